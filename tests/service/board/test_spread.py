from fractions import Fraction

import pytest

from duibiao.web.board.rendering import View
from services.indicators.board.spread import spread
from tests.service.board.boards import groups


def drawn(rows: list[tuple[int, int, int]], limit: int | None = None) -> View:
    made = spread(groups(rows), None if limit is None else Fraction(limit), "zh")
    assert made is not None
    return made


def test_no_cases_no_bars() -> None:
    assert spread([], Fraction(35), "zh") is None


def test_the_tallest_bar_fills_the_height_and_the_others_their_part() -> None:
    made = drawn([(0, 0, 10), (1, 0, 5), (2, 0, 20)])
    assert [bar.within_height for bar in made.bars] == ["50.0", "25.0", "100.0"]
    assert [bar.count for bar in made.bars] == ["10", "5", "20"]
    assert [bar.days for bar in made.bars] == ["0", "1", "2"]


def test_days_nobody_took_keep_their_place() -> None:
    made = drawn([(0, 0, 1), (3, 0, 1)])
    assert [bar.within_height for bar in made.bars] == ["100.0", "0.0", "0.0", "100.0"]
    assert made.bars[1].count == ""


def test_what_is_past_the_limit_stands_on_top_of_what_is_within() -> None:
    made = drawn([(35, 0, 3), (36, 0, 2), (36, 5, 1)], 35)
    last = made.bars[-1]

    assert made.over == 2
    assert (last.within_height, last.over_height) == ("33.3", "66.7")
    assert float(last.over_y) + float(last.over_height) == float(last.within_y)
    assert made.bars[-2].over_height == "0.0"


def test_an_extension_moves_the_limit_of_its_case_alone() -> None:
    assert drawn([(40, 5, 1)], 35).over == 0
    assert drawn([(41, 5, 1)], 35).over == 1


def test_without_a_limit_nothing_is_past_it() -> None:
    assert drawn([(400, 0, 1)], limit=None).over == 0


def test_long_spreads_are_gathered_into_forty_bars_at_most() -> None:
    made = drawn([(days, 0, 1) for days in range(100)])
    assert len(made.bars) == 34
    assert made.bars[0].days == "0–2"
    assert made.bars[0].count == ""
    assert sum(1 for bar in made.bars if bar.days) <= 8


def test_bars_stay_inside_the_picture() -> None:
    for bar in drawn([(0, 0, 7), (36, 0, 9)], 35).bars:
        assert 0 <= float(bar.over_y) <= float(bar.within_y) <= 150
        assert float(bar.x.rstrip("%")) + float(bar.width.rstrip("%")) <= 100


def test_the_words_tell_every_bar() -> None:
    made = drawn([(0, 0, 10), (36, 0, 2)], 35)
    assert made.desc == "0 个工作日：10 件；36 个工作日：2 件（2 件超期限）"


@pytest.mark.parametrize(
    ("rows", "limit", "at", "bars"),
    [
        ([(0, 0, 1), (3, 0, 1)], 1, "50.00%", 4),  # behind the second of four
        ([(0, 0, 1), (3, 0, 1)], 3, "100.00%", 4),
        ([(0, 0, 1)], 4, "100.00%", 5),  # the room that is left is seen
        ([(days, 0, 1) for days in range(100)], 35, "35.29%", 34),  # 36 / 3 of 34 bars
    ],
)
def test_the_limit_is_marked_behind_the_last_day_within_it(
    rows: list[tuple[int, int, int]], limit: int, at: str, bars: int
) -> None:
    made = drawn(rows, limit)
    assert (made.limit_x, len(made.bars)) == (at, bars)


def test_a_limit_of_half_a_day_lies_behind_the_whole_days_within_it() -> None:
    made = spread(groups([(5, 0, 1), (6, 0, 2)]), Fraction("5.5"), "zh")
    assert made is not None
    assert (made.limit_x, made.over) == ("85.71%", 2)  # 6 of 7


def test_without_a_limit_none_is_marked() -> None:
    assert drawn([(4, 0, 1)]).limit_x is None


def test_a_case_with_a_deadline_of_its_own_is_held_against_that() -> None:
    own = [
        {"net": 30, "extended": 0, "past_deadline": 0, "cases": 4},
        {"net": 9, "extended": 2, "past_deadline": 3, "cases": 2},
    ]
    made = spread(own, Fraction(0), "zh")
    assert made is not None
    assert (made.over, made.limit_x) == (2, None)


def test_the_table_has_every_bar_that_has_cases() -> None:
    made = drawn([(0, 0, 1200), (2, 0, 1), (2, 0, 2)], 1)
    assert [(bar.range, bar.cases) for bar in made.bars] == [
        ("0", ("1,200", "0")),
        ("1", None),
        ("2", ("0", "3")),
    ]
