"""The one line that says why, in words a reader can check against the figures beside it."""

from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import get_args

import pytest

from duibiao.register import Target
from services.indicators.board.whys import is_incomplete, notes, why
from services.indicators.domain.rows import Reason, Status, VerdictRow
from tests.service.board.boards import verdict_row
from tests.support.registers import target

END = date(2021, 12, 31)
DAYS = target(threshold="5.5", due=END)
CASES = target(threshold=35, statistic="each", due=END)
ITEMS = target(op=">=", threshold=74, unit="item", statistic="latest", due=END)
SHARE = target(op=">=", threshold=30, unit="percent", statistic="share", judged_by=END)
STANDING = target(threshold="5.5")
RISE = target(op="rise", threshold=None, unit="percent", statistic="share")


@pytest.mark.parametrize(
    ("asked", "row", "zh", "en"),
    [
        (
            DAYS,
            verdict_row(DAYS, value=Decimal("5.5")),
            "平均 5.5 个工作日，正好等于目标值。达到要求。",
            "5.5 working days on average, exactly the threshold. This meets what was asked.",
        ),
        (
            DAYS,
            verdict_row(DAYS, value=Decimal("5.51"), status="missed"),
            "平均 5.51 个工作日，距目标值差 0.01 个工作日。时限已到，没有达到。",
            (
                "5.51 working days on average, short of the threshold by 0.01 working days. "
                "The time is up and it is not met."
            ),
        ),
        (
            ITEMS,
            verdict_row(ITEMS, value=30, status="behind"),
            "累计 30 项，距目标值差 44 项。未到时限，按当前进度预计差距超过10%。",
            (
                "30 items in all, short of the threshold by 44 items. "
                "The time is not up; as it stands it falls short by more than a tenth."
            ),
        ),
        (
            ITEMS,
            verdict_row(ITEMS, value=75, status="sustained"),
            "累计 75 项，优于目标值 1 项。此前已达标，继续保持。",
            "75 items in all, better than the threshold by 1 item. Met before, and kept.",
        ),
        (
            SHARE,
            verdict_row(SHARE, value=Decimal("27.5"), status="at_risk"),
            "占比 27.5%，距目标值差 2.5 个百分点。未到时限，按当前进度预计差距不超过10%。",
            (
                "A share of 27.5%, short of the threshold by 2.5 points. "
                "The time is not up; as it stands it falls short, by a tenth at most."
            ),
        ),
        (
            CASES,
            verdict_row(
                CASES,
                value=64,
                status="regressed",
                sample_size=120,
                within_limit=118,
                attainment_ratio=Fraction(118, 120),
                overdue_open=1,
            ),
            (
                "120 件中 118 件在 35 个工作日内（98.33%），最长 64 个工作日，"
                "其中 1 件未办结已超期限。此前曾达标，现已回落。"
            ),
            (
                "118 of 120 cases within 35 working days (98.33%), the longest 64 working days, "
                "1 still open and past the limit. Met before, and not kept."
            ),
        ),
        (
            RISE,
            verdict_row(RISE, value=86),
            "占比 86%。比可比的上期有改善。",
            "A share of 86%. Better than the period it is compared with.",
        ),
        (
            DAYS,
            verdict_row(DAYS, value=5, status="waived"),
            "平均 5 个工作日，优于目标值 0.5 个工作日。经批准豁免，不计为达标。",
            (
                "5 working days on average, better than the threshold by 0.5 working days. "
                "Waived by approval; not counted as met."
            ),
        ),
    ],
)
def test_the_line_gives_figure_distance_and_outcome(
    asked: Target, row: VerdictRow, zh: str, en: str
) -> None:
    assert why(asked, row, "zh") == zh
    assert why(asked, row, "en") == en


@pytest.mark.parametrize(
    ("reason", "value", "zh", "en"),
    [
        (
            "no_figure",
            None,
            "本期没有报送数据，不作判断。",
            "No figure for this period; not judged.",
        ),
        (
            "no_threshold",
            Decimal("81.3"),
            "占比 81.3%；通知没有给出可比的目标值，不作判断。",
            "A share of 81.3%; the notice gives nothing to compare it with, so it is not judged.",
        ),
        (
            "no_comparison",
            Decimal("81.3"),
            "占比 81.3%；没有更早的数据可比，不作判断。",
            "A share of 81.3%; there is no earlier figure to compare it with, so it is not judged.",
        ),
    ],
)
def test_what_is_unknown_says_why_it_is(
    reason: Reason, value: Decimal | None, zh: str, en: str
) -> None:
    open_target = target(op=">=", threshold=None, unit="percent", statistic="share")
    row = verdict_row(open_target, value=value, status="unknown", reason=reason)

    assert why(open_target, row, "zh") == zh
    assert why(open_target, row, "en") == en


@pytest.mark.parametrize("status", get_args(Status))
def test_no_status_is_left_without_words(status: Status) -> None:
    for asked in (DAYS, CASES, ITEMS, SHARE, RISE):
        row = verdict_row(asked, value=5, status=status)
        for language in ("zh", "en"):
            line = why(asked, row, language)
            assert line[-1] in "。."
            assert len(line) > 8


@pytest.mark.parametrize("status", get_args(Status))
def test_the_line_never_leans_on_a_colour(status: Status) -> None:
    for asked in (DAYS, CASES, ITEMS, RISE):
        row = verdict_row(asked, value=5, status=status)
        assert not set("红黄蓝绿灰橙") & set(why(asked, row, "zh"))
        for colour in ("red", "green", "yellow", "amber", "blue"):
            assert colour not in why(asked, row, "en").lower().split()


@pytest.mark.parametrize(
    ("status", "zh", "en"),
    [
        ("missed", "本期结束，没有达到。", "The period is over and it is not met."),
        ("on_track", "本期未结束，进度正常。", "The period still runs; so far as it should be."),
        (
            "behind",
            "本期未结束，按当前进度预计差距超过10%。",
            "The period still runs; as it stands it falls short by more than a tenth.",
        ),
        ("met", "达到要求。", "This meets what was asked."),
    ],
)
def test_a_standing_target_speaks_of_its_period_and_not_of_a_date(
    status: Status, zh: str, en: str
) -> None:
    row = verdict_row(STANDING, value=5, status=status)
    assert why(STANDING, row, "zh").endswith(zh)
    assert why(STANDING, row, "en").endswith(en)
    assert "时限" not in why(STANDING, row, "zh")


def test_a_reported_average_of_single_cases_is_told_as_one() -> None:
    row = verdict_row(CASES, value=36, status="missed", evidence="reported")

    assert why(CASES, row, "zh").startswith("平均 36 个工作日，距目标值差 1 个工作日。")
    assert "只有报送的平均数，没有逐件数据" in notes(CASES, row, "zh")
    assert notes(DAYS, verdict_row(DAYS, evidence="reported"), "zh") == ()


def test_cases_without_counts_still_tell_the_longest() -> None:
    row = verdict_row(CASES, value=36, status="missed", sample_size=None)

    assert why(CASES, row, "en").startswith("The longest took 36 working days.")


def test_reservations_stand_beside_the_figure() -> None:
    row = verdict_row(
        DAYS,
        value=Decimal("5.4"),
        reporters=12,
        expected=14,
        near_threshold=True,
        insufficient_sample=True,
        provisional=True,
    )

    assert notes(DAYS, row, "zh") == (
        "报送不全：应报 14 家，已报 12 家",
        "接近期限（余量不足10%）",
        "样本偏少",
        "部分日历尚未公布，天数暂按周一至周五计",
    )
    assert notes(DAYS, row, "en")[0] == "incomplete: 12 of 14 units reported"


def test_where_there_is_no_figure_there_are_no_reservations() -> None:
    row = verdict_row(DAYS, value=None, status="unknown", reason="no_figure")
    assert notes(DAYS, row._replace(near_threshold=True), "zh") == ()


def test_incomplete_is_fewer_than_expected() -> None:
    assert is_incomplete(verdict_row(DAYS, reporters=1, expected=2))
    assert not is_incomplete(verdict_row(DAYS, reporters=2, expected=2))
