"""The three services as three processes on the same files: the path of a figure is the same."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest

from tests.support.product import Product
from tests.support.waiting import until

NAMES = ("ingest", "indicators", "alerts")


@pytest.fixture
def services(tmp_path: Path) -> Iterator[dict[str, Product]]:
    folder = tmp_path / "state"
    with Product(folder) as whole:  # makes the files and the keys
        assert whole.stop() == 0
    with ExitStack() as stack:
        yield {
            name: stack.enter_context(Product(folder, arguments=("serve", name))) for name in NAMES
        }


@pytest.mark.soak  # in `make test` a working day of test_scenario.py goes this way
def test_a_breach_posted_to_one_process_is_judged_and_alerted_by_two_others(
    services: dict[str, Product],
) -> None:
    row = {"indicator": "export-rebate-days", "period": "2021Q4", "value": 5.51, "sample_size": 9}

    answer = services["ingest"].post("observations", "tax-bureau", row)

    assert answer.status_code == httpx.codes.ACCEPTED, answer.text
    receipt = services["ingest"].evaluated(answer.json()["submission_id"])
    assert receipt["accepted"] == 1
    verdict = services["indicators"].verdict("T16", "2021Q4")
    assert (verdict["status"], verdict["value"]) == ("missed", 5.51)
    alerts = until(
        lambda: services["alerts"].items("/v1/alerts?target=T16") or None,
        what="the breach is alerted",
    )
    assert [(alert["colour"], alert["verdict_id"]) for alert in alerts] == [
        ("yellow", verdict["id"])
    ]


def test_each_process_serves_its_own_paths_and_says_when_it_ends_well(
    services: dict[str, Product],
) -> None:
    paths = {"ingest": "/v1/submissions", "indicators": "/v1/verdicts", "alerts": "/v1/alerts"}

    for name, product in services.items():
        for other, path in paths.items():
            found = product.client.get(path, headers=product.key("office")).status_code
            assert found == (httpx.codes.OK if other == name else httpx.codes.NOT_FOUND)
    for product in services.values():
        assert product.stop() == 0
