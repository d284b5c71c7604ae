"""A case is held to what the row it enters is held to: by its unit, and by the period it ends in.

The notice allows 20 working days; the office allows every unit 10 since October and customs 4.
"""

import json
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from duibiao.register import LocalThreshold
from tests.service.indicators.service import IndicatorsService, Row
from tests.support.clock import ManualClock
from tests.support.registers import CUSTOMS, TAX, indicator, register, target
from tests.support.statements import at, case, cases

pytestmark = pytest.mark.usefixtures("each_database")

EACH = indicator(statistic="each")
OCTOBER = LocalThreshold("T01", Decimal(10), "workday", "市营商办", date(2021, 10, 1))
OWN = LocalThreshold("T01", Decimal(4), "workday", "市营商办", date(2021, 1, 11), CUSTOMS)
REGISTER = register(
    indicators=[EACH], targets=[target("T01", EACH, threshold=20).decided([OCTOBER, OWN])]
)
PROMPT, LATE = at("2021-11-23"), at("2022-01-28")  # 18 working days after 4 January


@pytest.fixture(scope="module")
def service(shared_folder: Path) -> Iterator[IndicatorsService]:
    clock = ManualClock(at("2022-01-04", 12))  # the installation begins
    with IndicatorsService(shared_folder, clock, register=REGISTER).start() as made:
        clock.set(at("2022-01-28", 12))
        brief = case("2021-03-24", "2021-04-01")
        made.post(
            cases(
                "s1", ("spring", case("2021-03-01", "2021-03-22")), ("twin", brief), received=LATE
            ),
            cases(
                "s2",
                ("own", case("2021-03-01", "2021-03-08")),
                ("own-twin", brief),
                org=CUSTOMS,
                received=LATE,
            ),
            cases(
                "s3",
                ("turn", case("2021-09-06", "2021-10-11")),
                ("autumn", case("2021-11-01", "2021-11-22")),
                received=PROMPT,
            ),
        )
        yield made.quiet()


def rows(service: IndicatorsService, path: str, **given: str) -> list[Row]:
    answer = service.calls("office").get(path, params=given)
    assert answer.status_code == 200, answer.text
    found: list[Row] = answer.json()["items"]
    return found


def told(found: list[Row]) -> dict[str, tuple[object, ...]]:
    columns = ("net_days", "limit", "overdue_days", "due")
    return {row["case_no"]: tuple(row[name] for name in columns) for row in found}


def test_a_case_has_the_limit_of_its_unit_and_of_the_period_it_was_completed_in(
    service: IndicatorsService,
) -> None:
    # Working days. March: 2 to 5, 8 to 12, 15 to 19, 22 (15 days), 20 end on the 29th; 24 to 31
    # and 1 April are 6. September: 7 to 10, 13 to 18, 22 to 24, 26 to 30 (18), then 8, 9 and 11
    # October; the 18th is the tenth. November as March, 10 end on the 15th.
    assert told(rows(service, "/v1/records/cases")) == {
        "spring": (15, 20, 0, "2021-03-29"),
        "twin": (6, 20, 0, "2021-04-22"),  # 6 of April is the first of 14 more
        "own": (5, 4, 1, "2021-03-05"),
        "own-twin": (6, 4, 2, "2021-03-30"),
        "turn": (21, 10, 11, "2021-09-18"),
        "autumn": (15, 10, 5, "2021-11-15"),
    }
    late = rows(service, "/v1/records/cases", overdue="true")
    assert {row["case_no"] for row in late} == {"own", "own-twin", "turn", "autumn"}
    in_time = rows(service, "/v1/records/cases", overdue="false")
    assert {row["case_no"] for row in in_time} == {"spring", "twin"}


@pytest.mark.parametrize(
    ("org", "period", "threshold", "within", "expected"),
    [
        (TAX, "2021Q1", 20, 1, {"spring"}),
        (TAX, "2021Q2", 20, 1, {"twin"}),
        (TAX, "2021Q4", 10, 0, {"turn", "autumn"}),
        (CUSTOMS, "2021Q1", 4, 0, {"own", "own-twin"}),  # open since the 24th: 5 days in March
        (CUSTOMS, "2021Q2", 4, 0, {"own-twin"}),
    ],
)
def test_the_cases_of_a_period_are_those_its_verdict_counts(
    service: IndicatorsService,
    org: str,
    period: str,
    threshold: int,
    within: int,
    expected: set[str],
) -> None:
    found = rows(service, "/v1/records/cases", org=org, period=period)
    assert {row["case_no"] for row in found} == expected
    (row,) = rows(service, "/v1/verdicts", org=org, period=period)
    counted = (row["threshold"], row["sample_size"], row["within_limit"])
    assert counted == (threshold, len(expected), within)
    assert row["status"] == ("met" if within else "missed")
    lines = service.calls("office").get(f"/v1/verdicts/{row['id']}/cases").text.splitlines()
    assert {json.loads(line)["case_no"] for line in lines} == expected


def test_a_row_over_several_units_holds_every_case_to_one_limit(service: IndicatorsService) -> None:
    (row,) = rows(service, "/v1/verdicts", org="", period="2021Q1")
    counted = (row["threshold"], row["sample_size"], row["within_limit"], row["overdue_open"])
    assert counted == (20, 2, 2, 0)  # spring and own; the other one is open for 5 days of 20


def test_a_case_within_the_limit_of_its_time_is_in_no_earlier_period(
    service: IndicatorsService,
) -> None:
    # 18 days at the end of September, of 20; the limit of 10 holds from the next quarter on.
    assert rows(service, "/v1/records/cases", period="2021Q3") == []
    # The year ends after the decision: all its cases are there, whatever their limit was.
    year = rows(service, "/v1/records/cases", org=TAX, period="2021")
    assert {row["case_no"] for row in year} == {"spring", "twin", "turn", "autumn"}


@pytest.mark.parametrize(
    ("as_of", "expected"),
    [
        ("2021-09-30", {"turn": ("due_soon", 18, 20, 0, "2021-10-09")}),
        ("2021-10-01", {"turn": ("overdue", 18, 10, 8, "2021-09-18")}),
        ("2021-10-11", {}),  # completed that day
        ("2021-03-30", {"own-twin": ("due_soon", 4, 4, 0, "2021-03-30")}),
        ("2021-03-31", {"own-twin": ("overdue", 5, 4, 1, "2021-03-30")}),
    ],
)
def test_the_ledger_holds_each_case_to_the_limit_of_the_day_it_is_asked_of(
    service: IndicatorsService, as_of: str, expected: dict[str, tuple[object, ...]]
) -> None:
    found = rows(service, "/v1/records/overdue-cases", as_of=as_of, within="2")
    states = {row["case_no"]: row["state"] for row in found}
    assert {name: (states[name], *days) for name, days in told(found).items()} == expected


def test_only_what_was_in_time_by_its_own_limit_is_asked_about_as_keyed_late(
    service: IndicatorsService,
) -> None:
    found = rows(service, "/v1/doubts", period="2021S1", kind="late_keying")
    assert sorted((row["period"], row["orgs"], row["facts"]["examples"]) for row in found) == [
        ("2021Q1", [TAX], ["spring"]),
        ("2021Q2", [TAX], ["twin"]),
    ]
