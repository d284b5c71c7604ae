"""The calendar over HTTP: the table of domain.md section 4, asked in both directions."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.service.indicators.service import WORKDAYS, IndicatorsService

Service = IndicatorsService


@pytest.fixture(scope="module")
def service(shared_folder: Path) -> Iterator[Service]:
    with IndicatorsService(shared_folder) as made:
        yield made


@pytest.mark.parametrize(
    ("start", "end", "days"),
    [
        ("2021-02-07", "2021-02-07", 0),
        ("2021-02-05", "2021-02-07", 1),
        ("2021-02-05", "2021-02-08", 2),
        ("2021-02-06", "2021-02-07", 1),
        ("2021-04-30", "2021-05-06", 1),
        ("2021-09-30", "2021-10-08", 1),
        ("2020-01-23", "2020-02-03", 1),
        ("2021-01-20", "2021-03-15", 35),
        ("2020-12-31", "2021-12-31", 250),
        ("2021-03-15", "2021-01-20", 0),
    ],
)
def test_working_days_between_two_days(service: Service, start: str, end: str, days: int) -> None:
    assert service.get(f"/v1/workdays?from={start}&to={end}") == {
        "from": start,
        "to": end,
        "workdays": days,
        "provisional": False,
        "calendar_version": WORKDAYS.version,
    }


@pytest.mark.parametrize(
    ("start", "days", "due", "provisional"),
    [
        ("2021-01-20", 35, "2021-03-15", False),
        ("2021-02-05", 1, "2021-02-07", False),
        ("2021-02-08", 20, "2021-03-12", False),
        ("2021-09-28", 5, "2021-10-11", False),
        ("2021-12-30", 7, "2022-01-11", False),
        ("2020-01-22", 10, "2020-02-13", False),
        ("2021-02-06", 0, "2021-02-06", False),
        ("2026-12-31", 1, "2027-01-01", True),  # a Friday of a year not announced yet
    ],
)
def test_the_last_day_of_a_limit(
    service: Service, start: str, days: int, due: str, *, provisional: bool
) -> None:
    assert service.get(f"/v1/workdays?from={start}&days={days}") == {
        "from": start,
        "days": days,
        "due": due,
        "provisional": provisional,
        "calendar_version": WORKDAYS.version,
    }


@pytest.mark.parametrize(
    ("query", "faults"),
    [
        ("", {"/query/from": "missing", "/query/to": "missing"}),
        ("from=2021-01-20", {"/query/to": "missing"}),
        ("to=2021-01-20", {"/query/from": "missing"}),
        ("from=2021-02-30&to=20210301", {"/query/from": "bad-time", "/query/to": "bad-time"}),
        (
            "from=2021-W01-1&days=1.5",
            {"/query/from": "bad-time", "/query/days": "not-a-whole-number"},
        ),
        ("from=2021-01-20&days=-1", {"/query/days": "out-of-range"}),
        ("from=2021-01-20&days=100001", {"/query/days": "out-of-range"}),
        ("from=9999-12-30&days=10", {"/query/days": "invalid-value"}),
        ("from=2021-01-20&to=2021-01-21&days=1", {"/query/to": "not-allowed"}),
        ("from=&to=2021-01-21", {"/query/from": "empty"}),
        ("from=2021-01-20&to=2021-01-21&upto=2", {"/query/upto": "unknown-field"}),
        ("from=2021-01-20&from=2021-01-21&days=1", {"/query/from": "duplicate-key"}),
        ("from=2021-01-20&days=٣", {"/query/days": "not-a-whole-number"}),
    ],
)
def test_faults_of_the_query_are_told_at_once(
    service: Service, query: str, faults: dict[str, str]
) -> None:
    answer = service.calls().get(f"/v1/workdays?{query}")
    problem = answer.json()

    assert (answer.status_code, problem["type"]) == (422, "/problems/invalid")
    assert {error["pointer"]: error["code"] for error in problem["errors"]} == faults
    assert all(error["message"] != error["message_zh"] for error in problem["errors"])


def test_a_key_is_needed(service: Service) -> None:
    answer = service.calls(None).get("/v1/workdays?from=2021-01-20&days=1")
    assert answer.status_code == 401


def test_the_longest_limit_is_counted(service: Service) -> None:
    found = service.get("/v1/workdays?from=2021-01-01&days=100000")
    assert (found["due"][:2], found["provisional"]) == ("24", True)


def test_years_before_the_calendar_are_provisional(service: Service) -> None:
    found = service.get("/v1/workdays?from=2003-12-01&to=2003-12-08")
    assert (found["workdays"], found["provisional"]) == (5, True)
