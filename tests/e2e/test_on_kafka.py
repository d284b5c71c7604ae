"""The whole product on a real Kafka: `duibiao topics apply`, `duibiao up`, real input.

State is on SQLite here; what goes between the services goes through the broker.
"""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.e2e import real_input
from tests.support.product import Product
from tests.support.registers import the_register
from tests.support.servers.kafka import Cluster
from tests.support.shapes import with_topics

HOTLINE = the_register().indicators["hotline-resolution-rate"]


@pytest.fixture
def product(tmp_path: Path, kafka: Cluster) -> Iterator[Product]:
    with Product(tmp_path / "state", settings=with_topics(kafka.bootstrap)) as product:
        yield product


def test_hotline_requests_become_verdicts(product: Product) -> None:
    frame = real_input.requests(real_input.INVENTED / "hotline_invented.csv")
    cases = real_input.request_cases(frame, HOTLINE.code)

    answer = product.post("cases?mode=partial", HOTLINE.reported_by[0], cases)

    assert answer.status_code == httpx.codes.MULTI_STATUS, answer.text
    final = product.evaluated(answer.json()["submission_id"])
    assert final["accepted"] == 118
    for expected in real_input.request_shares(frame).iter_rows(named=True):
        verdict = product.verdict("T12", expected["quarter"])
        assert verdict["sample_size"] == expected["count"]
        share = expected["resolved"] / expected["count"] * 100
        assert verdict["value"] == pytest.approx(share, abs=1e-9, rel=0)


def test_a_breach_becomes_an_alert_and_the_services_come_to_rest(product: Product) -> None:
    register = the_register()
    target = next(t for t in register.targets if t.threshold is not None and t.unit == "workday")
    indicator = register.indicators[target.indicator]
    figure = {"indicator": indicator.code, "period": "2021Q1", "value": 400}

    answer = product.post("observations", indicator.reported_by[0], figure)

    assert answer.status_code == httpx.codes.ACCEPTED, answer.text
    product.evaluated(answer.json()["submission_id"])
    product.settled()
    assert product.items("/v1/alerts")


def test_it_goes_on_after_a_kill(product: Product) -> None:
    org, code = HOTLINE.reported_by[0], HOTLINE.code
    figure = {"indicator": code, "period": "2021Q1", "value": 90}
    answer = product.post("observations", org, figure)
    product.kill()

    product.start()

    product.evaluated(answer.json()["submission_id"])
    assert product.verdict("T12", "2021Q1")["value"] == 90
    product.settled()
