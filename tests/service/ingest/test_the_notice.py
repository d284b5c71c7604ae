"""With the register of the notice itself: all that is asked for can be reported, by those asked."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from duibiao.register import Indicator
from tests.service.ingest.service import CALLERS, Desk
from tests.support.registers import the_register

REGISTER = the_register()
AFTER = datetime(2022, 1, 10, 4, tzinfo=UTC)


@pytest.fixture(scope="module")
def desk(shared_folder: Path) -> Iterator[Desk]:
    with Desk(shared_folder, register=REGISTER) as desk:
        desk.clock.set(AFTER)
        yield desk


def plausible(indicator: Indicator, org: str) -> dict[str, Any]:
    row = {"indicator": indicator.code, "period": "2021Q4", "org": org}
    if indicator.statistic == "share":
        return row | {"numerator": 41, "denominator": 50}
    sample = {} if indicator.statistic == "latest" else {"sample_size": 23}
    return row | {"value": 5.5 if indicator.unit == "workday" else 74} | sample


@pytest.mark.parametrize("code", REGISTER.indicators)
def test_every_indicator_can_be_reported_by_its_units(desk: Desk, code: str) -> None:
    indicator = REGISTER.indicators[code]
    assert indicator.reported_by
    for org in indicator.reported_by:
        answer = desk.post("observation", plausible(indicator, org), by="office")
        assert answer.status_code == 202, answer.text
    others = sorted(set(REGISTER.orgs) - set(indicator.reported_by))
    answer = desk.post("observation", plausible(indicator, others[0]), by="office")
    assert [error["code"] for error in answer.json()["errors"]] == ["not-yours"]


@pytest.mark.parametrize("code", REGISTER.indicators)
def test_cases_are_taken_wherever_something_is_counted_from_them(desk: Desk, code: str) -> None:
    indicator = REGISTER.indicators[code]
    case = {
        "case_no": "一-1",
        "indicator": code,
        "org": indicator.reported_by[0],
        "accepted_at": "2021-11-01",
        "completed_at": "2021-11-03",
        "outcome": "completed",
    }
    answer = desk.post("case", case, by="office")
    if indicator.statistic == "latest":
        assert [error["code"] for error in answer.json()["errors"]] == ["no-cases"]
    else:
        assert answer.status_code == 202, answer.text


def test_every_duty_can_be_met(desk: Desk) -> None:
    reports: dict[str, list[dict[str, Any]]] = {}
    for duty in REGISTER.duties:
        row = {"measure": duty.measure, "period": duty.period, "state": "in_progress"}
        received = {"org": duty.org, "received_on": duty.due.isoformat()}
        reports.setdefault(duty.org, []).append(row | received)
    accepted = 0
    for rows in reports.values():
        answer = desk.post("progress_report", rows, by="office")
        assert answer.status_code == 202, answer.text
        accepted += answer.json()["accepted"]
    assert accepted == len(REGISTER.duties) == 4 * 136


def test_every_milestone_can_be_reported(desk: Desk) -> None:
    milestones = [(m, stone) for m in REGISTER.measures for stone in m.milestones]
    assert len(milestones) == 4
    for measure, milestone in milestones:
        row = {
            "measure": measure.no,
            "milestone": milestone.code,
            "period": "2021Q4",
            "state": "done",
            "done_on": milestone.due.isoformat(),
            "summary": "节点完成",
            "org": measure.leads[0],
        }
        answer = desk.post("progress_report", row, by="office")
        assert answer.status_code == 202, answer.text


def test_every_region_can_be_reported(desk: Desk) -> None:
    indicator = REGISTER.indicators["export-rebate-days"]
    rows = [plausible(indicator, "tax-bureau") | {"region": code} for code in REGISTER.regions]
    assert desk.post("observation", rows).status_code == 202
    assert CALLERS["tax"].org == "tax-bureau"


@pytest.mark.parametrize("value", [-0.1, 1e6])
def test_figures_that_no_target_could_mean_are_refused(desk: Desk, value: float) -> None:
    for indicator in REGISTER.indicators.values():
        org = indicator.reported_by[0]
        row = plausible(indicator, org) | {"value": value}
        for name in ("numerator", "denominator", "sample_size"):
            row.pop(name, None)
        answer = desk.post("observation", row, by="office")
        (error,) = answer.json()["errors"]
        assert error["pointer"] == "/value", (indicator.code, error)
