"""From a record on the submissions topic to verdicts, events and an outcome, in one commit."""

from datetime import date, datetime
from pathlib import Path

import pytest

from duibiao.contracts.v1 import submission_pb2 as wire
from services.indicators.domain.submission import Submission
from tests.service.indicators.service import (
    DEAD_LETTERS,
    OUTCOMES,
    SUBMISSIONS,
    VERDICTS,
    IndicatorsService,
    packed,
)
from tests.support.registers import CITY, CUSTOMS, TAX, indicator, register, target
from tests.support.statements import NOON, case, cases, figure, later, observations, reports
from tests.support.waiting import until

pytestmark = pytest.mark.usefixtures("each_database")

EACH = indicator("cases-days", statistic="each")
MEAN_AND_EACH = register(
    indicators=[indicator(), EACH], targets=[target(), target("T02", EACH, threshold=35)]
)


def quarter(
    submission_id: str, value: str, sample: int = 23, *, received: datetime = NOON
) -> Submission:
    row = (CITY, "2021Q1", figure(value, sample))
    return observations(submission_id, row, received=received)


def test_a_figure_becomes_a_verdict_and_an_outcome(tmp_path: Path) -> None:
    with IndicatorsService(tmp_path).start() as service:
        (outcome,) = service.post(quarter("s1", "5.5"))
        (row,) = service.items("/v1/verdicts", org="", period="2021Q1")

    assert (outcome.org, outcome.accepted, outcome.duplicate, outcome.revised) == (TAX, 1, 0, 0)
    assert (row["status"], row["value"], row["threshold"]) == ("met", 5.5, 5.5)


def test_verdicts_are_told_with_exact_figures(tmp_path: Path) -> None:
    two = Submission(
        "s2",
        CUSTOMS,
        later(),
        observations=observations("s2", (CITY, "2021Q1", figure("8", 1))).observations,
    )
    with IndicatorsService(tmp_path).start() as service:
        service.post(quarter("s1", "5.5", 2), two)
        city = [v for v in service.told_verdicts() if (v.org, v.period) == ("", "2021Q1")]

    # First the day told the empty row, then each submission its own: 5.5, then (11 + 8) / 3.
    assert [(v.status, v.value) for v in city] == [
        ("unknown", ""),
        ("met", "5.5"),
        ("missed", "19/3"),
    ]
    assert city[-1].threshold == "5.5"
    assert city[-1].attainment_ratio == "33/38"
    assert (city[-1].period_end, city[-1].ended) == ("2021-03-31", True)
    assert (city[-1].present, city[-1].region) == (True, CITY)


def test_an_event_says_when_what_caused_it_came_in(tmp_path: Path) -> None:
    with IndicatorsService(tmp_path).start() as service:
        service.post(quarter("s1", "5.5"))
        changes = [c for c in service.changed() if c.verdict.period == "2021Q1"]

    received_us = 1_617_249_600_000_000  # 2021-04-01T04:00Z
    assert [change.received_us for change in changes] == [0, received_us, received_us]


def test_keys_keep_the_order_of_a_series(tmp_path: Path) -> None:
    with IndicatorsService(tmp_path).start() as service:
        service.post(quarter("s1", "5.5"), reports("s2", "1.1"))
        events = service.events(VERDICTS)
        (first, second) = service.events(OUTCOMES)

    keys = {event.key for event in events}
    assert {"T01//610100", "T01/tax-bureau/610100", "1.1/2021Q1/tax-bureau"} <= keys
    assert {first.key, second.key} == {TAX}
    assert len({event.id for event in events}) == len(events)
    assert {event.source for event in events} == {"indicators"}


def test_the_same_rows_again_are_duplicates_and_tell_nothing(tmp_path: Path) -> None:
    with IndicatorsService(tmp_path).start() as service:
        service.post(quarter("s1", "5.5"))
        before = service.events(VERDICTS)
        (outcome,) = service.post(quarter("s2", "5.50"))
        assert service.events(VERDICTS) == before

    assert (outcome.accepted, outcome.duplicate, outcome.revised) == (0, 1, 0)


def test_a_revision_counts_as_one_and_is_told(tmp_path: Path) -> None:
    with IndicatorsService(tmp_path).start() as service:
        service.post(quarter("s1", "5.5"))
        (outcome,) = service.post(
            observations("s2", (CITY, "2021Q1", figure("5.51", 23)), received=later())
        )
        (row,) = service.items("/v1/verdicts", org="", period="2021Q1")

    assert (outcome.accepted, outcome.duplicate, outcome.revised) == (0, 0, 1)
    assert (row["status"], row["value"]) == ("missed", 5.51)


def test_a_submission_delivered_twice_is_counted_once(tmp_path: Path) -> None:
    with IndicatorsService(tmp_path, register=MEAN_AND_EACH).start() as service:
        one = cases("s1", ("1", case("2021-01-20", "2021-03-15")), indicator="cases-days")
        service.post(one)
        service.append(SUBMISSIONS, packed(one))  # the same submission under another event id
        until(lambda: len(service.outcomes()) == 2, what="the second outcome is told")
        (row,) = service.items("/v1/verdicts", target="T02", org="", period="2021Q1")
        first, second = service.outcomes()

    assert (row["sample_size"], row["value"], row["status"]) == (1, 35, "met")
    assert (second.accepted, second.duplicate) == (first.accepted, first.duplicate) == (1, 0)


def test_cases_keep_everything_they_came_with(tmp_path: Path) -> None:
    content = case(
        "2021-09-16", "2021-10-12", pauses=(("2021-09-22", "2021-09-29"),), labels=(("部门", "甲"),)
    )
    with IndicatorsService(tmp_path, register=MEAN_AND_EACH).start() as service:
        service.post(cases("s1", ("西〔2021〕1", content), indicator="cases-days"))
        (row,) = service.items("/v1/verdicts", target="T02", org="", period="2021Q4")

    # 14 working days less the 6 of the hearing (domain.md section 4).
    assert (row["value"], row["within_limit"], row["attainment_ratio"]) == (8, 1, 1)


def test_a_report_meets_its_duty(tmp_path: Path) -> None:
    with IndicatorsService(tmp_path).start() as service:
        service.post(reports("s1", "1.1", received_on=date(2021, 3, 24)))
        (row,) = service.items("/v1/duties", org=TAX, status="on_time")
        told = [change.duty for change in service.changed() if change.HasField("duty")]

    assert (row["duty"], row["received_on"], row["submission_id"]) == (
        "1.1/2021Q1",
        "2021-03-24",
        "s1",
    )
    assert row["received_at"] == "2021-04-01T04:00:00Z"
    assert (told[-1].status, told[-1].received_on, told[-1].submission_id) == (
        "on_time",
        "2021-03-24",
        "s1",
    )


def test_poison_is_dead_lettered_and_the_rest_goes_on(tmp_path: Path) -> None:
    unknown_org = wire.Submission(id="s0", org="nobody").SerializeToString()
    with IndicatorsService(tmp_path).start() as service:
        forged = packed(quarter("s00", "9.9"))  # would count first, were it not for its key
        service.append(SUBMISSIONS, forged, key="finance-bureau")
        service.append(SUBMISSIONS, b"\xff\xff", unknown_org)
        service.post(quarter("s1", "5.5"))
        until(lambda: len(service.events(DEAD_LETTERS)) == 3, what="dead letters are there")
        stray, first, second = service.events(DEAD_LETTERS)
        assert service.failed() is None
        told = [(outcome.submission_id, outcome.dead_lettered) for outcome in service.outcomes()]

    dead = [letter.headers["dead-id"] for letter in (stray, first, second)]
    assert told == [*((ident, True) for ident in dead), ("s1", False)]
    assert (stray.key, stray.data) == ("finance-bureau", forged)
    assert "stands under the key 'finance-bureau'" in stray.headers["dead-reason"]
    assert first.data == b"\xff\xff"
    assert "not a submission" in first.headers["dead-reason"]
    assert "unknown org nobody" in second.headers["dead-reason"]
    assert second.headers["dead-service"] == "indicators"


def test_what_was_read_is_not_read_again_after_a_restart(tmp_path: Path) -> None:
    with IndicatorsService(tmp_path).start() as service:
        service.post(quarter("s1", "5.5"))
        told = service.quiet().events(VERDICTS), service.events(OUTCOMES)
        rows = service.items("/v1/verdicts", limit=1000)
    with IndicatorsService(tmp_path).start() as again:
        again.post(quarter("s2", "5.5", received=later()))  # a duplicate: only an outcome
        assert again.events(VERDICTS) == told[0]
        assert len(again.events(OUTCOMES)) == len(told[1]) + 1
        assert again.items("/v1/verdicts", limit=1000) == rows
