"""kill -9 at random moments under load: afterwards nothing is missing and nothing is there twice.

20 kills in `make test`, 200 in `make soak`; the seed is printed and can be set by
`DUIBIAO_TEST_SEED`.
"""

import os
import random
import time
from collections import Counter
from pathlib import Path

import pytest

from tests.support.product import NO_LIMITS, Product
from tests.support.registers import the_register
from tests.support.writers import Writer, breach_and_recover, mortgage_cases, run

SEED = int(os.environ.get("DUIBIAO_TEST_SEED", "20210109"))
MORTGAGES = the_register().indicators["mortgage-registration-days"]
REBATES = the_register().indicators["export-rebate-days"]
SETTLING = 600.0  # seconds in which what was posted between the kills is judged
CYCLE = 3  # posts of `breach_and_recover` that make one alert


def killed_at_random(product: Product, kills: int) -> None:
    moments = random.Random(SEED)
    for _ in range(kills):
        time.sleep(moments.uniform(0.05, 1.0))  # the moment is the experiment
        product.kill()
        product.start()


@pytest.mark.parametrize(
    "kills",
    [20, pytest.param(200, marks=[pytest.mark.soak, pytest.mark.timeout(0)])],
)
def test_nothing_answered_is_lost_or_counted_twice(tmp_path: Path, kills: int) -> None:
    print(f"\n{kills} kills, seed {SEED}")  # noqa: T201 - the run can be repeated with it
    with Product(tmp_path / "state", settings=NO_LIMITS) as product:
        writers = [
            Writer("single", product, MORTGAGES.reported_by[0], "cases",
                   mortgage_cases("single", 1, MORTGAGES.code)),
            Writer("batch", product, MORTGAGES.reported_by[0], "cases",
                   mortgage_cases("batch", 200, MORTGAGES.code)),
            Writer("figures", product, REBATES.reported_by[0], "observations",
                   breach_and_recover(REBATES.code)),
        ]  # fmt: skip
        run(writers, lambda: killed_at_random(product, kills))
        product.settled(seconds=SETTLING)

        check_submissions(product, writers)
        check_verdicts(product, writers)
        check_alerts(product, writers[-1])


def check_submissions(product: Product, writers: list[Writer]) -> None:
    """Every request answered 2xx is there once, evaluated, and its rows add up."""
    heard = {one.submission: one for writer in writers for one in writer.heard}
    assert len(heard) == sum(len(writer.heard) for writer in writers)
    receipts = product.items("/v1/submissions?limit=1000")
    counted = Counter(receipt["submission_id"] for receipt in receipts)
    assert set(counted.values()) == {1}
    assert set(counted) == set(heard)
    for receipt in receipts:
        assert receipt["state"] == "evaluated", receipt
        assert receipt["received"] == heard[receipt["submission_id"]].rows
        parts = ("accepted", "duplicate", "revised", "rejected")
        assert sum(receipt[part] for part in parts) == receipt["received"], receipt


def check_verdicts(product: Product, writers: list[Writer]) -> None:
    """Every case counts once."""
    cases = sum(one.rows for writer in writers[:2] for one in writer.heard)
    verdict = product.verdict("T13", "2021Q4")
    assert (verdict["sample_size"], verdict["within_limit"]) == (cases, cases)


def check_alerts(product: Product, figures: Writer) -> None:
    """Every breach opened one alert, numbered without gaps, each transition told once."""
    posts = len(figures.heard)
    breaches = -(-posts // CYCLE)
    alerts = [row for row in product.items("/v1/alerts?limit=1000") if row["target"] == "T16"]
    assert len(alerts) == breaches
    assert sum(row["state"] != "resolved" for row in alerts) == (1 if posts % CYCLE else 0)
    numbers = [row["number"] for row in product.items("/v1/alerts?limit=1000")]
    check_numbers(product, numbers)
    for row in alerts:
        answer = product.client.get(f"/v1/alerts/{row['id']}", headers=product.key("office"))
        steps = [step["to"] for step in answer.json()["history"]]
        assert len(steps) == len(set(steps)), steps


def check_numbers(product: Product, numbers: list[str]) -> None:
    """Numbers of a colour and year run from 1 without gaps, those of escalations included."""
    histories = [
        product.client.get(f"/v1/alerts/{row['id']}", headers=product.key("office")).json()
        for row in product.items("/v1/alerts?limit=1000")
    ]
    given = {step["number"] for history in histories for step in history["history"]} | set(numbers)
    by_series: dict[str, list[int]] = {}
    for number in given:
        series, _, serial = number.rpartition("-")
        by_series.setdefault(series, []).append(int(serial))
    for series, serials in by_series.items():
        assert sorted(serials) == list(range(1, len(serials) + 1)), series
