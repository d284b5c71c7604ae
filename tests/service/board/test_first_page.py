"""The whole notice on one page, in its order, each target with all it must say."""

from dataclasses import replace
from datetime import date
from fractions import Fraction

from services.indicators.board.data import MilestoneState, Overview
from tests.service.board.boards import HeldBoard, alert, duty, series, standing, verdict_row
from tests.service.board.html import Element
from tests.service.board.pages import page, serve
from tests.support.asgi import Calls
from tests.support.registers import measure, milestone, register, target, the_register

ITEMS = target(
    "T10",
    op=">=",
    threshold=74,
    unit="item",
    statistic="latest",
    due=date(2021, 12, 31),
    verb="strive",
)


def row_of(board: Element, target_id: str) -> Element:
    tables = board.with_class("targets")
    address = f"/board/targets/{target_id}"
    rows = [row for table in tables for row in table.all("tr") if row.all("a", href=address)]
    assert len(rows) == 1
    return rows[0]


def small(**parts: object) -> HeldBoard:
    """A board of one target, 74 items by the end of the year, 30 of them there."""
    held = HeldBoard(
        register(targets=[ITEMS]),
        verdicts=series(
            verdict_row(ITEMS, "2021Q2", 21, "behind"),
            verdict_row(ITEMS, "2021Q3", 30, "behind", reporters=1, expected=2),
        ),
        duties=(duty(), duty(org="customs", status="overdue")),
    )
    return replace(held, **parts)  # type: ignore[arg-type]


def test_all_twenty_five_tasks_stand_in_the_order_of_the_notice(asked: Calls) -> None:
    headings = [h.text for h in page(asked, "/board").all("h3") if h.inside("article")]

    assert len(headings) == 25
    assert headings[0].startswith("（一）")
    assert headings[5].startswith("（六）")
    assert headings[24].startswith("（二十五）")


def test_chapters_group_the_tasks_under_their_headings(asked: Calls) -> None:
    sections = page(asked, "/board").with_class("chapter")

    assert [s.all("h2")[0].text for s in sections] == [
        f"{number}、{chapter.title_zh}"
        for number, chapter in zip("一二三四五", the_register().chapters, strict=True)
    ]
    assert [len(s.all("article")) for s in sections] == [4, 6, 5, 6, 4]


def test_a_notice_without_chapters_still_shows_every_task() -> None:
    board = page(serve(small()), "/board")

    assert len(board.all("article")) == 1
    assert board.with_class("contents") == []
    assert board.with_class("chapter")[0].all("h2")[0].text == "重点任务"


def test_every_target_is_there_once_and_in_its_task(asked: Calls) -> None:
    board = page(asked, "/board")
    for one in the_register().targets:
        task = board.by_id(f"task-{one.clause.partition('.')[0]}")
        assert row_of(board, one.id) in task.all("tr")


def test_the_strip_holds_every_target_in_order(asked: Calls) -> None:
    links = page(asked, "/board").with_class("strip")[0].all("a")

    assert [link.text for link in links] == [f"T{number:02}" for number in range(1, 19)]
    assert all("：" in link.attributes["aria-label"] for link in links)


def test_a_line_says_figure_asked_due_basis_status_trend_reporters_and_why() -> None:
    cells = row_of(page(serve(small()), "/board"), "T10").all("td")

    assert [cell.text for cell in cells[:4]] == [
        "30 项 2021年三季度",
        "≥ 74 项 原文",
        "2021-12-31",
        "滞后",
    ]
    assert "2021年三季度 30 项（滞后）" in cells[4].one("desc").text
    assert cells[5].text == "1/2 不全"
    assert cells[6].text == (
        "累计 30 项，距目标值差 44 项。未到时限，按当前进度预计差距超过10%。 "
        "报送不全：应报 2 家，已报 1 家"
    )


def test_the_same_line_in_english() -> None:
    cells = row_of(page(serve(small()), "/board?lang=en"), "T10").all("td")

    assert [cell.text for cell in cells[:4]] == [
        "30 items 2021 Q3",
        "≥ 74 items Stated",
        "2021-12-31",
        "Behind",
    ]
    assert cells[5].text == "1/2 incomplete"


def test_a_target_nothing_is_known_of_is_there_as_unknown() -> None:
    line = row_of(page(serve(small(verdicts=())), "/board"), "T10")
    assert line.all("td")[0].text == "—"
    assert line.all("td")[3].text == "无数据"


def test_a_date_of_our_own_reading_is_marked(asked: Calls) -> None:
    board = page(asked, "/board")
    assert row_of(board, "T04").all("td")[2].text == "2021-12-31 本系统解读"
    assert row_of(board, "T15").all("td")[2].text == "长期"


def test_a_basis_is_told_in_a_word_and_explained(asked: Calls) -> None:
    board = page(asked, "/board")
    said = {key: row_of(board, key).with_class("basis")[0] for key in ("T01", "T06", "T08")}

    assert [tag.text for tag in said.values()] == ["原文", "解读", "无"]
    assert said["T08"].attributes["title"] == "通知未设目标值"


def test_totals_by_status_add_up_to_all_targets(asked: Calls) -> None:
    totals = page(asked, "/board").with_class("totals")
    counts = {
        item.with_class("mark")[0].text: int(item.all("b")[0].text) for item in totals[0].all("li")
    }

    assert counts == {
        "持续达标": 0,
        "达标": 1,
        "正常推进": 5,
        "临近预警": 2,
        "滞后": 3,
        "回落": 1,
        "未达标": 2,
        "无数据": 1,
        "未设目标值": 2,
        "豁免": 1,
    }
    assert sum(counts.values()) == 18
    assert totals[0].all("li")[0].classes == ["zero"]


def test_what_cannot_be_judged_is_counted_by_its_reason() -> None:
    bare = target("T08", op=">=", threshold=None, unit="percent", statistic="share")
    row = verdict_row(bare, "2021Q3", 90, "unknown", reason="no_threshold")
    held = small(register=register(targets=[bare]), verdicts=series(row))
    labels = [li.text for li in page(serve(held), "/board").with_class("totals")[0].all("li")]

    assert "1 未设目标值" in labels
    assert "0 无数据" in labels
    assert not [label for label in labels if "无可比期" in label]


def test_the_head_says_window_and_day_and_the_foot_the_versions_too() -> None:
    head, foot = (one.text for one in page(serve(small()), "/board").with_class("facts"))

    for words in (
        "监测期 2021-01-01 至 2021-12-31",
        "评估日 2021-12-20",
        "最近变动 2021-12-20 12:00",
    ):
        assert words in head
        assert words in foot
    for words in ("登记册版本 test+000000000000", "工作日历版本 cn-2026+test"):
        assert words not in head
        assert words in foot


def test_where_nothing_was_judged_yet_nothing_is_said_of_the_last_change() -> None:
    new = replace(standing(), evaluated_at=None)
    assert "最近变动" not in page(serve(small(standing=new, verdicts=())), "/board").text


def test_open_alerts_are_listed_with_number_subject_and_units() -> None:
    alerts = (
        alert("蓝-2021-0009", "blue", target="T10"),
        alert("红-2021-0001", "red", target="T10", leads=("customs",), state="acknowledged"),
        alert("黄-2021-0004", measure="1.1", org="customs", period="2021Q3"),
    )
    rows = page(serve(small(alerts=alerts)), "/board").with_class("alerts")[0].all("tr")[1:]

    assert [row.with_class("code")[0].text for row in rows] == [
        "红〔2021〕1号",
        "黄〔2021〕4号",
        "蓝〔2021〕9号",
    ]
    assert [cell.text for cell in rows[0].all("td")] == [
        "T10 T10 · 2021年三季度",
        "customs",
        "2021-12-20",
        "2021-12-27",
        "已签收",
    ]
    links = [link.attributes["href"] for link in rows[1].all("a")]
    assert links[:2] == ["/board/alerts/黄-2021-0004", "/board/orgs/customs"]
    assert rows[2].all("td")[3].text == "—"


def test_a_card_whose_target_has_recovered_says_so() -> None:
    marked = alert(
        target="T10",
        recovered=True,
        late_figure=True,
        restated=(("2021Q3", Fraction("9.9"), Fraction(5)),),
    )
    (row,) = page(serve(small(alerts=(marked,))), "/board").with_class("alerts")[0].all("tr")[1:]

    assert row.all("td")[4].text == (
        "已发出 数据已恢复，待核实销号 迟报或更正 2021年三季度数据由9.9更正为5"
    )


def test_an_alert_of_a_region_or_a_unit_says_whose_it_is() -> None:
    alerts = (alert(target="T10", region="610103", org="customs"),)
    table = page(serve(small(alerts=alerts)), "/board").with_class("alerts")[0]
    assert "T10 · 610103 · customs · 2021年三季度" in table.text


def test_no_alert_is_said_in_words() -> None:
    board = page(serve(small()), "/board")
    assert board.with_class("alerts") == []
    assert "目前没有未结的预警。" in board.with_class("open")[0].text


def test_reports_are_summed_up_per_task_and_quarter() -> None:
    task = page(serve(small()), "/board").by_id("task-1")

    assert task.with_class("quarters")[0].text == "一季度 2021-03-25 按时 1 逾期未报 1"
    assert task.with_class("measures")[0].all("td")[1].text == "按时 1 逾期未报 1"


def test_a_measure_that_owes_nothing_in_a_period_leaves_its_cell_empty() -> None:
    held = HeldBoard(
        register(measures=[measure("1.1"), measure("1.2")], targets=[ITEMS]),
        duties=(duty(), duty("1.2", period="2021Q2", due=date(2021, 6, 25))),
    )
    rows = page(serve(held), "/board").with_class("measures")[0].all("tr")

    assert [cell.text for cell in rows[1].all("td")[1:]] == ["按时 1", "无"]
    assert [cell.text for cell in rows[2].all("td")[1:]] == ["无", "按时 1"]


def test_milestones_stand_under_their_task_with_what_is_said_of_them() -> None:
    held = HeldBoard(
        register(measures=[measure("1.1", milestones=(milestone(),))], targets=[ITEMS]),
        milestones=(MilestoneState("1.1-a", "customs", "in_progress", None),),
    )
    (line,) = page(serve(held), "/board").with_class("milestones")[0].all("li")
    assert line.text == "节点 1.1-a 2021-03-31 前 · customs：推进中"


def test_a_task_without_figures_says_so(asked: Calls) -> None:
    task = page(asked, "/board").by_id("task-1")
    assert "无量化指标" in task.text
    assert "无量化指标" not in page(asked, "/board").by_id("task-6").text


def test_a_task_without_measures_says_that_it_owes_no_reports(asked: Calls) -> None:
    assert the_register().measures_of(22) == ()
    assert "本任务没有具体措施" in page(asked, "/board").by_id("task-22").text


def test_a_store_that_is_still_empty_makes_a_whole_page() -> None:
    board = page(serve(small(verdicts=(), duties=())), "/board")
    assert "本任务没有具体措施" not in board.text
    assert board.with_class("measures")[0].all("th", scope="row")[0].text == "1.1 1.1"


def test_the_banner_is_there_for_the_sample_and_only_then() -> None:
    assert page(serve(small()), "/board").with_class("sample") == []
    sample = page(serve(small(standing=standing(sample=True))), "/board").with_class("sample")
    assert sample[0].text.startswith("示例数据 Sample data")


class CountedBoard(HeldBoard):
    """A board that counts how often it is read."""

    reads = 0

    def overview(self) -> Overview:
        CountedBoard.reads += 1
        return super().overview()


def test_a_second_rendering_without_a_change_does_not_touch_the_store() -> None:
    calls = serve(CountedBoard(register(targets=[ITEMS])))
    paths = "/board", "/board?lang=en"
    first = [calls.get(path).text for path in paths]
    assert CountedBoard.reads == 2
    assert [calls.get(path).text for path in paths] == first
    assert CountedBoard.reads == 2
