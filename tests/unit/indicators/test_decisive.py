"""What the notice is judged by, and how its promise was kept."""

from datetime import date

import pytest

from duibiao.register import Target, parse
from services.indicators.domain.decisive import Decisive, decisive_of, is_decisive
from services.indicators.domain.rows import Status
from tests.service.board.boards import verdict_row
from tests.support.indicators import Indicators
from tests.support.registers import WHOLE_2021, register, target
from tests.support.statements import figure, observations

STANDING = target()
DUE = target(due=date(2021, 12, 31))


@pytest.mark.parametrize(
    ("of", "period", "ended", "expected"),
    [
        (DUE, "2021Q4", False, True),
        (DUE, "2021Q4", True, True),
        (DUE, "2021Q3", True, False),
        (DUE, "2022Q1", True, False),
        (target(judged_by=date(2021, 8, 15)), "2021Q3", False, True),
        (STANDING, "2020Q4", True, False),
        (STANDING, "2021Q1", True, True),
        (STANDING, "2021Q4", False, False),
        (STANDING, "2022Q1", True, False),
    ],
)
def test_the_rows_that_decide(of: Target, period: str, ended: bool, expected: bool) -> None:  # noqa: FBT001 - columns
    assert is_decisive(of, parse(period), WHOLE_2021, ended=ended) is expected


@pytest.mark.parametrize(
    ("statuses", "expected"),
    [
        ([], Decisive(None, None, 0, 0)),
        (["met", "met", "met"], Decisive("met", None, 3, 3)),
        (["missed", "met", "unknown"], Decisive("missed", None, 1, 3)),
        (["met", "unknown"], Decisive("unknown", None, 1, 2)),
        (["unknown", "waived", "met"], Decisive("unknown", None, 1, 3)),
        (["waived", "met"], Decisive("waived", None, 1, 2)),
    ],
)
def test_a_standing_target_is_as_good_as_its_worst_period(
    statuses: list[Status], expected: Decisive
) -> None:
    rows = [
        verdict_row(STANDING, f"2021Q{place + 1}", 5, status, decisive=True)
        for place, status in enumerate(statuses)
    ]
    later = verdict_row(STANDING, "2022Q1", 5, "met")

    assert decisive_of(STANDING, [*rows, later]) == expected


def test_a_target_with_a_date_is_as_good_as_the_period_of_that_date() -> None:
    rows = [
        verdict_row(DUE, "2021Q3", 5, "on_track"),
        verdict_row(DUE, "2021Q4", 6, "missed", decisive=True),
        verdict_row(DUE, "2022Q1", 5, "met"),
    ]

    assert decisive_of(DUE, rows) == Decisive("missed", "2021Q4")
    assert decisive_of(DUE, rows[:1]) == Decisive(None)


def test_a_standing_targets_row_decides_from_the_day_its_period_has_ended() -> None:
    service = Indicators(register(targets=[STANDING]), "2021-03-31")
    service.post(observations("s1", ("610100", "2021Q1", figure(6, 1))))
    assert not service.row("T01", "2021Q1").decisive
    service.pass_to("2021-04-01")

    assert service.row("T01", "2021Q1").decisive
