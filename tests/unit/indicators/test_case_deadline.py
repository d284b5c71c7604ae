"""Cases held to their own deadline instead of a number of days."""

from dataclasses import replace
from datetime import date, datetime
from fractions import Fraction

import pytest

from duibiao.register import ClockRules
from duibiao.workdays import SHANGHAI
from services.indicators.domain.case_clock import CaseRecords, case_clock
from services.indicators.domain.submission import CaseContent
from tests.support.indicators import Indicators, the_workdays, told
from tests.support.registers import indicator, register, target
from tests.support.statements import case, case_statement, cases

RULES = ClockRules(limit="deadline", max_extension=10)
OWN = indicator("own", statistic="each", clock=RULES)
LATER = date(2022, 3, 1)
REGISTER = register(indicators=[OWN], targets=[target("T01", OWN, threshold=0)])


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


def handled(deadline: str, completed: str | None, extension: int | None = None) -> CaseContent:
    content = case("2021-03-01", deadline=moment(deadline), extension=extension)
    if completed is None:
        return content
    return content._replace(completed_at=moment(completed), outcome="completed")


@pytest.mark.parametrize(
    ("content", "seen", "past"),
    [
        # Completed: to the minute where the deadline has a time.
        (handled("2021-03-15T10:00", "2021-03-15T10:00"), "2021-12-31", 0),
        (handled("2021-03-15T10:00", "2021-03-15T10:01"), "2021-12-31", 1),
        (handled("2021-03-15T10:00", "2021-03-16T09:00"), "2021-12-31", 1),
        (handled("2021-03-15T10:00", "2021-03-17T09:00"), "2021-12-31", 2),
        # A date alone is the whole day.
        (handled("2021-03-15", "2021-03-15T23:59"), "2021-12-31", 0),
        (handled("2021-03-15", "2021-03-16"), "2021-12-31", 1),
        # Saturday and Sunday after a Friday are past it too, by 1 though no working day has gone.
        (handled("2021-03-12", "2021-03-13T09:00"), "2021-12-31", 1),
        (handled("2021-03-12", "2021-03-15T09:00"), "2021-12-31", 1),
        (handled("2021-03-12", "2021-03-16T09:00"), "2021-12-31", 2),
        # Open: at the end of the day it is seen on.
        (handled("2021-03-15", None), "2021-03-15", 0),
        (handled("2021-03-15T10:00", None), "2021-03-15", 1),
        (handled("2021-03-15T10:00", None), "2021-03-14", 0),
        (handled("2021-03-15", None), "2021-03-19", 4),
        # Completed later, seen before that: open.
        (handled("2021-03-15T10:00", "2021-03-17T09:00"), "2021-03-15", 1),
        (handled("2021-03-15", "2021-03-17T09:00"), "2021-03-15", 0),
        # An extension adds its working days, a pause nothing.
        (handled("2021-03-15", "2021-03-18", extension=3), "2021-12-31", 0),
        (handled("2021-03-15", "2021-03-19", extension=3), "2021-12-31", 1),
        (handled("2021-03-15T10:00", "2021-03-15T10:01", extension=1), "2021-12-31", 0),
        # Friday and one working day more is Monday to its end, Saturday and one more too.
        (handled("2021-03-12", "2021-03-15T23:00", extension=1), "2021-12-31", 0),
        (handled("2021-03-12", "2021-03-16", extension=1), "2021-12-31", 1),
        (handled("2021-03-13", "2021-03-15T23:00", extension=1), "2021-12-31", 0),
        (case("2021-03-01", "2021-03-16"), "2021-12-31", 0),  # came before the rule: no deadline
    ],
)  # fmt: skip
def test_days_past_the_deadline(content: CaseContent, seen: str, past: int) -> None:
    clock = case_clock(content, OWN, date.fromisoformat(seen), the_workdays())
    assert clock.past_deadline == past


def test_in_calendar_days_every_day_past_it_counts() -> None:
    days = replace(OWN, unit="day")
    clock = case_clock(handled("2021-03-12", "2021-03-15T09:00"), days, LATER, the_workdays())
    assert (clock.net, clock.past_deadline) == (14, 3)


def test_a_verdict_is_about_the_deadlines() -> None:
    it = Indicators(REGISTER, "2021-04-10")
    it.post(
        cases(
            "s1",
            ("1", handled("2021-03-15", "2021-03-15T16:00")),  # 10 working days, in time
            ("2", handled("2021-03-15", "2021-03-18T16:00")),  # 13, 3 past
            ("3", handled("2021-03-15", None)),  # to 31 March: 22, 12 past
            ("4", handled("2021-04-15", None)),  # open, not past it on 31 March
            indicator="own",
        )
    )
    row = it.row("T01", "2021Q1")
    fields = ("status", "value", "gap", "sample_size", "within_limit", "max", "overdue_open")
    assert told(row, *fields) == ("missed", 12, 12, 3, 1, 22, 1)
    assert told(row, "mean", "attainment_ratio") == (15, Fraction(1, 3))


def test_batches_and_one_by_one_come_to_the_same() -> None:
    rows = [
        (str(n), handled(f"2021-03-{12 + n % 9}T1{n % 3}:00", f"2021-03-{10 + n % 13}T11:30"))
        for n in range(60)
    ]
    at_once, singly = Indicators(REGISTER, "2021-04-10"), Indicators(REGISTER, "2021-04-10")
    at_once.post(cases("s1", *rows, indicator="own"))
    for n, row in enumerate(rows):
        singly.post(cases(f"s{n}", row, indicator="own"))
    late = sum(content.completed_at > content.deadline for _, content in rows)  # type: ignore[operator]
    assert counted(at_once) == counted(singly) == (60, 60 - late)


def counted(it: Indicators) -> tuple[object, ...]:
    return told(it.row("T01", "2021Q1"), "sample_size", "within_limit")


def test_a_list_of_cases_says_how_far_each_is_past() -> None:
    records = CaseRecords(REGISTER, the_workdays(), date(2021, 3, 18))
    found = records.record(case_statement("1", handled("2021-03-15", None), indicator="own"))
    assert (found.limit, found.overdue) == (None, Fraction(3))
