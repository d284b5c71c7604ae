"""The clock: first verdicts at the start, a new day in Asia/Shanghai, another register."""

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from duibiao.contracts.v1 import verdict_pb2
from tests.service.indicators.service import IndicatorsService
from tests.support.clock import ManualClock
from tests.support.registers import CITY, TAX, indicator, measure, register, target
from tests.support.statements import at, case, cases, figure, observations
from tests.support.waiting import until

pytestmark = pytest.mark.usefixtures("each_database")

EACH = indicator(statistic="each")


def test_verdicts_and_duties_are_there_before_anything_was_posted(tmp_path: Path) -> None:
    with IndicatorsService(tmp_path).start() as service:
        rows = service.items("/v1/verdicts")
        duties = service.items("/v1/duties")

    assert [row["period"] for row in rows] == ["2021Q4", "2021Q3", "2021Q2", "2021Q1"]
    assert {(row["org"], row["region"], row["status"]) for row in rows} == {(None, CITY, "unknown")}
    assert {duty["status"] for duty in duties} == {"overdue"}


def test_the_service_is_not_ready_before_the_day_is_passed(tmp_path: Path) -> None:
    service = IndicatorsService(tmp_path)
    assert service.service.not_ready()[0][0] == "verdicts are being brought up to this day"
    with service.start():
        assert service.service.not_ready() == ()


def told_overdue(service: IndicatorsService) -> list[verdict_pb2.Changed] | None:
    return [change for change in service.changed() if change.duty.status == "overdue"] or None


def test_a_new_day_in_shanghai_is_passed_by_itself(tmp_path: Path) -> None:
    clock = ManualClock(datetime(2021, 3, 25, 15, 59, tzinfo=UTC))  # 23:59 in Asia/Shanghai
    with IndicatorsService(tmp_path, clock=clock).start() as service:
        before = service.items("/v1/duties", org=TAX, due="2021-03-25")
        clock.advance(seconds=60)
        changes = until(lambda: told_overdue(service), seconds=20, what="the duty is overdue")
        overdue = service.items("/v1/duties", status="overdue")

    assert [row["status"] for row in before] == ["due_soon"]  # the day named is still in time
    assert {row["due"] for row in overdue} == {"2021-03-25"}
    assert {change.duty.org for change in changes} == {row["org"] for row in overdue}
    assert {change.received_us for change in changes} == {0}


def test_an_open_case_grows_older_by_the_day(tmp_path: Path) -> None:
    small = register(indicators=[EACH], targets=[target("T01", EACH, threshold=1)])
    clock = ManualClock(at("2021-03-01", 12))
    with IndicatorsService(tmp_path, clock=clock, register=small).start() as service:
        service.post(cases("s1", ("1", case("2021-02-26")), received=at("2021-03-01")))
        service.post(observations("s2", (CITY, "2021Q1", figure(not_applicable=True)), org=TAX))
        clock.set(at("2021-03-02", 9))
        until(
            lambda: any(v.value == "2" for v in service.told_verdicts()),
            seconds=20,
            what="the case is counted at two days",
        )
        (row,) = service.items("/v1/verdicts", org="", period="2021Q1")

    # Friday to Tuesday: two working days, past the limit of one.
    assert (row["value"], row["within_limit"], row["overdue_open"]) == (2, 0, 1)


def test_nothing_happens_twice_on_one_day(tmp_path: Path) -> None:
    with IndicatorsService(tmp_path).start() as service:
        told = service.quiet().changed()
        rows = service.items("/v1/verdicts")
    with IndicatorsService(tmp_path).start() as again:
        assert again.quiet().changed() == told
        assert again.items("/v1/verdicts") == rows


def test_another_register_judges_everything_anew(tmp_path: Path) -> None:
    with IndicatorsService(tmp_path).start() as service:
        service.post(observations("s1", (CITY, "2021Q1", figure("5.5", 23))))
        (before,) = service.items("/v1/verdicts", org="", period="2021Q1")
    stricter = register(targets=[target(threshold=5)], version="test+111111111111")
    with IndicatorsService(tmp_path, register=stricter).start() as again:
        (after,) = again.items("/v1/verdicts", org="", period="2021Q1")
        told = again.quiet().told_verdicts()

    assert (before["status"], before["threshold"]) == ("met", 5.5)
    assert (after["status"], after["threshold"]) == ("missed", 5)
    assert after["register_version"] == "test+111111111111"
    assert [v.status for v in told if (v.org, v.period) == ("", "2021Q1")][-1] == "missed"


def test_what_the_register_holds_no_longer_goes(tmp_path: Path) -> None:
    with IndicatorsService(tmp_path).start() as service:
        service.post(observations("s1", (CITY, "2021Q1", figure("5.5", 23))))
    other = register(
        targets=[target("T09")], measures=[measure("2.1")], version="test+222222222222"
    )
    with IndicatorsService(tmp_path, register=other).start() as again:
        rows = again.items("/v1/verdicts", limit=1000)
        duties = again.items("/v1/duties", limit=1000)

    assert {row["target"] for row in rows} == {"T09"}
    assert {row["measure"] for row in duties} == {"2.1"}
    assert {row["status"] for row in rows if row["period"] == "2021Q1"} == {"met"}


def test_the_clock_set_back_changes_nothing(tmp_path: Path) -> None:
    clock = ManualClock(at("2021-03-26", 9))
    with IndicatorsService(tmp_path, clock=clock).start() as service:
        told = service.quiet().changed()
        clock.set(at("2021-03-20", 9))
        service.post(observations("s1", (CITY, "2021Q1", figure("5.5", 23)), received=clock.now()))
        duties = service.items("/v1/duties", due=date(2021, 3, 25).isoformat())
        first = service.changed()[: len(told)]

    assert {row["status"] for row in duties} == {"overdue"}
    assert first == told
