from datetime import UTC, date, datetime
from decimal import Decimal
from fractions import Fraction

import pytest

from duibiao.register import UNITS, Op
from duibiao.web.board import figures
from duibiao.web.board.marks import moment
from tests.support.registers import target


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0"),
        (74, "74"),
        (58119, "58,119"),
        (1234567, "1,234,567"),
        (Decimal("5.50"), "5.5"),
        (Fraction(11, 2), "5.5"),
        (Fraction(1, 3), "0.33"),
        (Fraction(2, 3), "0.67"),
        (Decimal("0.005"), "0.01"),
        (Decimal("0.004"), "0"),
        (Decimal("-1.25"), "-1.25"),
        (Decimal("-0.005"), "-0.01"),
        (Decimal(100), "100"),
        (Decimal("1E+3"), "1,000"),
    ],
)
def test_a_number_has_two_decimals_at_most_and_no_idle_zeros(
    value: Decimal | Fraction | int, text: str
) -> None:
    assert figures.number(value) == text


@pytest.mark.parametrize(
    ("value", "against", "text"),
    [
        (Decimal("5.504"), Decimal("5.5"), "5.504"),
        (Decimal("5.496"), Decimal("5.5"), "5.496"),
        (Decimal("5.5"), Decimal("5.5"), "5.5"),
        (Decimal("5.5000001"), Decimal("5.5"), "5.5000001"),
        (Decimal("99.996"), 100, "99.996"),
        (Decimal("99.99"), 100, "99.99"),
        (Fraction(1, 1000), 0, "0.001"),
        (Fraction(6, 1000), 0, "0.01"),
        (Decimal("61.004"), 60, "61"),
    ],
)
def test_rounding_never_moves_a_figure_across_its_threshold(
    value: Decimal | Fraction, against: Decimal | int, text: str
) -> None:
    assert figures.number(value, against) == text


def test_nothing_stays_nothing() -> None:
    assert figures.shown(None, 5) is None
    assert figures.shown(Decimal("5.504"), Decimal("5.5")) == "5.504"


@pytest.mark.parametrize(
    ("ratio", "text"),
    [(1, "100%"), (Fraction(397, 412), "96.36%"), (Fraction(99999, 100000), "99.999%"), (0, "0%")],
)
def test_a_share_short_of_all_never_reads_as_all(ratio: Fraction, text: str) -> None:
    assert figures.share(ratio) == text


def test_units_follow_the_number() -> None:
    assert figures.with_unit("60", UNITS["workday"], "zh") == "60 个工作日"
    assert figures.with_unit("60", UNITS["workday"], "en") == "60 working days"
    assert figures.with_unit("1", UNITS["workday"], "en") == "1 working day"
    assert figures.with_unit("74", UNITS["item"], "zh") == "74 项"
    assert figures.with_unit("1", UNITS["item"], "en") == "1 item"
    assert figures.with_unit("97.5", UNITS["percent"], "zh") == "97.5%"


def test_shares_differ_in_points_and_days_in_days() -> None:
    assert figures.difference(Decimal("-2.5"), UNITS["percent"], "zh") == "2.5 个百分点"
    assert figures.difference(Decimal("2.5"), UNITS["percent"], "en") == "2.5 points"
    assert figures.difference(Fraction(1), UNITS["workday"], "en") == "1 working day"
    assert figures.difference(Decimal("0.0004"), UNITS["workday"], "zh") == "0.0004 个工作日"


@pytest.mark.parametrize(
    ("op", "threshold", "zh", "en"),
    [
        ("<=", 60, "≤ 60 个工作日", "≤ 60 working days"),
        ("<=", 1, "≤ 1 个工作日", "≤ 1 working day"),
        (">=", 60, "≥ 60 个工作日", "≥ 60 working days"),
        (">=", None, "未设目标值", "no figure given"),
        ("rise", None, "上升", "rise"),
        ("fall", None, "下降", "fall"),
    ],
)
def test_what_is_asked_is_said_with_operator_and_unit(
    op: Op, threshold: int | None, zh: str, en: str
) -> None:
    asked = target(op=op, threshold=threshold)

    assert figures.asked(asked, "zh") == zh
    assert figures.asked(asked, "en") == en


@pytest.mark.parametrize(
    ("value", "text"),
    [(1, "一"), (9, "九"), (10, "十"), (11, "十一"), (20, "二十"), (25, "二十五"), (99, "九十九")],
)
def test_items_are_numbered_as_a_notice_numbers_them(value: int, text: str) -> None:
    assert figures.numeral(value) == text
    assert figures.item_number(value, "zh") == f"（{text}）"
    assert figures.item_number(value, "en") == f"({value})"


@pytest.mark.parametrize(
    ("code", "zh", "en", "part_zh", "part_en"),
    [
        ("2021", "2021年", "2021", "2021年", "2021"),
        ("2021S1", "2021年上半年", "2021 H1", "上半年", "H1"),
        ("2021S2", "2021年下半年", "2021 H2", "下半年", "H2"),
        ("2021Q1", "2021年一季度", "2021 Q1", "一季度", "Q1"),
        ("2021Q4", "2021年四季度", "2021 Q4", "四季度", "Q4"),
        ("202103", "2021年3月", "2021 Mar", "3月", "Mar"),
        ("202112", "2021年12月", "2021 Dec", "12月", "Dec"),
        ("20210325", "2021-03-25", "2021-03-25", "03-25", "03-25"),
    ],
)
def test_every_kind_of_period_has_a_name(
    code: str, zh: str, en: str, part_zh: str, part_en: str
) -> None:
    assert figures.period_name(code, "zh") == zh
    assert figures.period_name(code, "en") == en
    assert figures.period_part(code, "zh") == part_zh
    assert figures.period_part(code, "en") == part_en


def test_a_moment_is_told_in_the_time_of_the_city() -> None:
    assert moment(datetime(2021, 12, 31, 16, 30, tzinfo=UTC)) == "2022-01-01 00:30"
    assert figures.day(date(2021, 3, 25)) == "2021-03-25"
