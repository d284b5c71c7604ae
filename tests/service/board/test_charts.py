"""Where the points fall. The picture must not say other than the figures."""

from decimal import Decimal
from fractions import Fraction

import pytest

from duibiao.register import Op, Statistic
from duibiao.web.board.rendering import View
from services.indicators.board.charts import CHART_HEIGHT, chart, sparkline
from services.indicators.domain.rows import Verdict
from tests.service.board.boards import series, verdict_row
from tests.support.registers import target

DAYS = target(threshold="5.5")
QUARTERS = ("2021Q1", "2021Q2", "2021Q3", "2021Q4")


def year(*values: str | None) -> tuple[Verdict, ...]:
    return series(
        *(
            verdict_row(
                DAYS,
                period,
                None if value is None else Decimal(value),
                "unknown" if value is None else "missed",
                reason="no_figure" if value is None else None,
            )
            for period, value in zip(QUARTERS, values, strict=False)
        )
    )


def heights(drawn: View) -> list[float | None]:
    return [None if point.y is None else float(point.y) for point in drawn.points]


def test_a_larger_figure_lies_higher_and_equal_ones_level() -> None:
    first, second, third, fourth = heights(sparkline(DAYS, year("5.8", "5.5", "6.1", "5.5"), "zh"))
    assert third < first < second == fourth  # type: ignore[operator]


def test_a_figure_at_the_threshold_lies_on_its_line() -> None:
    drawn = chart(DAYS, year("5.8", "5.5"), "zh")
    assert drawn.threshold_y == drawn.points[1].y
    assert drawn.threshold_label == "≤ 5.5 个工作日"


def test_periods_are_spread_evenly_in_percent() -> None:
    drawn = sparkline(DAYS, year("5", "5", "5", "5"), "zh")
    assert [point.x for point in drawn.points] == ["12.50%", "37.50%", "62.50%", "87.50%"]


def test_one_period_stands_in_the_middle() -> None:
    assert [point.x for point in sparkline(DAYS, year("5"), "zh").points] == ["50.00%"]


def test_no_line_crosses_a_period_without_a_figure() -> None:
    drawn = sparkline(DAYS, year("5.8", None, "5.6", "5.4"), "zh")
    assert [(s.x1, s.x2) for s in drawn.segments] == [("62.50%", "87.50%")]
    assert drawn.points[1].y is None


def test_nothing_known_draws_nothing_but_marks() -> None:
    drawn = chart(DAYS, year(None, None), "zh")
    assert drawn.segments == ()
    assert heights(drawn) == [None, None]


def test_an_empty_series_is_an_empty_chart() -> None:
    assert chart(DAYS, (), "zh").points == ()
    assert sparkline(DAYS, (), "en").points == ()


@pytest.mark.parametrize(("op", "side"), [("<=", "below"), (">=", "above")])
def test_the_good_side_lies_where_the_operator_says(op: Op, side: str) -> None:
    asked = target(op=op, threshold=10)
    rows = series(verdict_row(asked, "2021Q1", 5), verdict_row(asked, "2021Q2", 15))
    drawn = chart(asked, rows, "zh")

    assert drawn.threshold_y is not None
    assert drawn.good_top is not None
    assert drawn.good_height is not None
    line, top = float(drawn.threshold_y), float(drawn.good_top)
    if side == "below":
        assert top == line
    else:
        assert top + float(drawn.good_height) == pytest.approx(line)


def test_a_direction_has_neither_line_nor_side() -> None:
    asked = target(op="rise", threshold=None, unit="percent", statistic="share")
    drawn = chart(asked, series(verdict_row(asked, "2021Q1", 80)), "zh")
    assert (drawn.threshold_y, drawn.good_top, drawn.threshold_label) == (None, None, "上升")


def test_the_grid_has_round_labels_and_holds_every_point() -> None:
    drawn = chart(DAYS, year("5.8", "5.51", "5.5", "5.4"), "zh")

    assert [tick.label for tick in drawn.ticks] == ["5.3", "5.4", "5.5", "5.6", "5.7", "5.8"]
    lowest, highest = float(drawn.ticks[0].y), float(drawn.ticks[-1].y)
    assert 0 < highest < lowest < CHART_HEIGHT
    assert all(highest <= y <= lowest for y in heights(drawn) if y is not None)


@pytest.mark.parametrize("statistic", ["latest"])
def test_a_running_total_starts_at_nought(statistic: Statistic) -> None:
    asked = target(op=">=", threshold=74, unit="item", statistic=statistic)
    rows = series(verdict_row(asked, "2021Q1", 60), verdict_row(asked, "2021Q2", 70))
    assert chart(asked, rows, "zh").ticks[0].label == "0"


def test_a_scale_of_small_positive_figures_does_not_dip_below_nought() -> None:
    asked = target(threshold=1)
    rows = series(verdict_row(asked, "2021Q1", 0), verdict_row(asked, "2021Q2", 1))
    assert chart(asked, rows, "zh").ticks[0].label == "0"


def test_one_figure_equal_to_the_threshold_still_has_a_scale() -> None:
    drawn = chart(DAYS, year("5.5"), "zh")
    assert len({tick.y for tick in drawn.ticks}) == len(drawn.ticks) >= 3
    zero = target(threshold=0)
    assert chart(zero, series(verdict_row(zero, "2021Q1", 0)), "zh").points[0].y is not None


def test_the_description_says_all_the_picture_says() -> None:
    drawn = chart(DAYS, year("5.8", None, "5.5"), "zh")
    assert drawn.desc == (
        "要求：≤ 5.5 个工作日。2021年一季度 5.8 个工作日（未达标）；2021年二季度 无数据；"
        "2021年三季度 5.5 个工作日（未达标）。"
    )
    assert "2021 Q1 5.8 working days (Missed)" in chart(DAYS, year("5.8"), "en").desc


def months(count: int) -> tuple[Verdict, ...]:
    codes = [f"{2018 + place // 12}{place % 12 + 1:02}" for place in range(count)]
    return series(*(verdict_row(DAYS, code, Fraction(50 + n, 10)) for n, code in enumerate(codes)))


def test_many_periods_keep_few_labels_and_always_the_last() -> None:
    drawn = chart(DAYS, months(36), "zh")

    labelled = [point for point in drawn.points if point.labelled]
    assert len(drawn.points) == 36
    assert len(labelled) <= 8
    assert labelled[-1] is drawn.points[-1]


def test_only_the_newest_periods_are_drawn() -> None:
    assert len(chart(DAYS, months(60), "zh").points) == 40
    assert len(sparkline(DAYS, months(60), "zh").points) == 8
    assert sparkline(DAYS, months(60), "zh").points[-1].value == "10.9"


def test_a_year_is_named_once() -> None:
    assert [p.year for p in chart(DAYS, year("5", "5", "5"), "zh").points] == ["2021年", "", ""]
    across = series(verdict_row(DAYS, "2021Q4", 5), verdict_row(DAYS, "2022Q1", 5))
    assert [p.year for p in chart(DAYS, across, "en").points] == ["2021", "2022"]


def test_the_present_period_is_the_marked_one() -> None:
    assert [p.present for p in chart(DAYS, year("5", "6"), "zh").points] == [False, True]
