"""The clock of one case: gross, paused, extended, net days, its limit and how far it is beyond."""

from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest

from services.indicators.domain.case_clock import CaseClock, allowed_days, case_clock
from services.indicators.domain.submission import CaseContent
from tests.support.court import the_workdays
from tests.support.registers import indicator, register, target
from tests.support.statements import case

LATER = date(2022, 3, 1)
DAYS = indicator(statistic="each")


@pytest.mark.parametrize(
    ("content", "day", "expected"),
    [
        (case("2021-01-20", "2021-03-15"), LATER, (35, 0, 0, 35)),
        # From Monday 8 to Friday 12 March takes away 4 days: Monday was still worked on.
        (case("2021-03-01", "2021-03-19", pauses=(("2021-03-08", "2021-03-12"),)), LATER,
         (14, 4, 0, 10)),
        (case("2021-03-01", "2021-03-19", extension=5), LATER, (14, 0, 5, 14)),
        # Seen on an earlier day: neither completion nor the rest of the pause has come.
        (case("2021-03-01", "2021-03-19", pauses=(("2021-03-08", "2021-03-12"),)),
         date(2021, 3, 10), (7, 2, 0, 5)),
        (case("2021-03-01", pauses=(("2021-03-08", None),)), date(2021, 3, 10), (7, 2, 0, 5)),
    ],
)  # fmt: skip
def test_days_of_a_case(
    content: CaseContent, day: date, expected: tuple[int, int, int, int]
) -> None:
    assert case_clock(content, DAYS, day, the_workdays()) == CaseClock(*expected, provisional=False)


def test_an_extension_lengthens_the_limit_and_nothing_else() -> None:
    clock = CaseClock(gross=14, paused=4, extended=5, net=10, provisional=False)
    assert clock.limit(Decimal(3)) == 8
    assert clock.overdue(Decimal(3)) == 2
    assert clock.overdue(Decimal(5)) == 0
    assert clock.overdue(Decimal("4.5")) == Fraction(1, 2)
    assert (clock.limit(None), clock.overdue(None)) == (None, None)


def test_the_tightest_limit_of_every_case_holds() -> None:
    targets = [target("T01", DAYS, threshold=20), target("T02", DAYS, threshold=15)]
    held = register(indicators=[DAYS], targets=targets)
    assert allowed_days(held, DAYS) == 15
    assert allowed_days(register(indicators=[DAYS], targets=[]), DAYS) is None
