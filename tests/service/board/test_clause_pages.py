"""The pages of a task and a measure, and progress reports on them and on a unit's page."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from services.indicators.domain.submission import ReportContent, ReportKey
from tests.service.board.boards import HeldBoard, alert, duty, report, series, verdict_row
from tests.service.board.html import Element
from tests.service.board.pages import page, serve
from tests.support.asgi import Calls
from tests.support.registers import (
    CUSTOMS,
    FINANCE,
    TAX,
    measure,
    milestone,
    org,
    register,
    target,
    the_register,
)

STONE = replace(milestone("1.1-plan"), title_zh="印发方案", title="Issue the plan")
MEASURES = [
    replace(measure("1.1", milestones=(STONE,), supports=(FINANCE,)), title_zh="第一项措施"),
    replace(measure("1.2", leads=(TAX,)), title_zh="第二项措施"),
    measure("2.1", leads=(CUSTOMS,)),
]
FIRST, OTHER = target("T01", clause="1.1"), target("T02", clause="2.1")
NASTY = "<script>alert(1)</script>\n第二行"
ORGS = [org(TAX, TAX, "税务局"), org(CUSTOMS, CUSTOMS, "海关"), org(FINANCE, FINANCE, "财政局")]


def noon(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 4, tzinfo=UTC)


REPORTS = (
    report(
        ReportKey(TAX, "1.1", "2021Q2", ""),
        "已部署",
        "过半",
        ReportContent("done", date(2021, 6, 20), "全部办结"),
        received=noon(date(2021, 6, 24)),
    ),
    report(ReportKey(CUSTOMS, "1.1", "2021Q2", ""), NASTY, received=noon(date(2021, 6, 25))),
    report(
        ReportKey(TAX, "1.1", "2021Q1", "1.1-plan"),
        ReportContent("done", date(2021, 3, 20), "方案已印发"),
        received=noon(date(2021, 3, 21)),
    ),
    # On paper: the day the office took it, not the day it was keyed in.
    report(
        ReportKey(TAX, "1.2", "2021Q1", ""),
        ReportContent(None, zero_report=True, received_on=date(2021, 3, 19)),
    ),
    report(ReportKey(CUSTOMS, "2.1", "2021Q1", ""), "别的任务"),
    report(ReportKey(TAX, "9.9", "2021Q1", ""), "登记册已无此措施"),
)
BOARD = HeldBoard(
    register(measures=MEASURES, targets=[FIRST, OTHER], orgs=ORGS),
    verdicts=(*series(verdict_row(FIRST, value=5)), *series(verdict_row(OTHER, value=9))),
    duties=(duty("1.1"), duty("1.1", CUSTOMS, status="overdue"), duty("1.2"), duty("2.1")),
    alerts=(
        alert("黄-2021-0001", target="T01"),
        alert("黄-2021-0002", target="T02"),
        alert("黄-2021-0003", measure="1.1", org=CUSTOMS),
    ),
    reports=REPORTS,
)


def test_alerts_on_what_the_register_removed_are_shown_until_they_are_revoked() -> None:
    gone = (alert("红-2021-0001", target="T99"), alert("黄-2021-0009", measure="9.9", org=TAX))
    calls = serve(replace(BOARD, alerts=gone))
    for path, codes in (("/board", ["T99", "9.9/2021Q3"]), (f"/board/orgs/{TAX}", ["9.9/2021Q3"])):
        text = page(calls, path).text
        for code in codes:
            assert f"{code} 登记册中已无此项" in text


@pytest.fixture(scope="module")
def board() -> Calls:
    return serve(BOARD)


def rows(shown: Element) -> list[list[str]]:
    """Return the cells of all tables of reports, the newest period first."""
    return [
        [cell.text for cell in row.all() if cell.tag in {"th", "td"}]
        for table in shown.with_class("reports")
        for row in table.one("tbody").all("tr")
    ]


def test_a_measure_shows_its_reports_by_period_with_their_earlier_versions(board: Calls) -> None:
    shown = page(board, "/board/measures/1.1")
    assert [one.text for one in shown.with_class("reports")[0].all("th")][:4] == [
        *("单位", "进展", "内容", "报送日期")
    ]
    assert rows(shown) == [
        [
            "税务局",
            "已完成 2021-06-20",
            "全部办结 历次内容 2 份 2021-06-23 推进中 过半 2021-06-22 推进中 已部署",
            "2021-06-24",
        ],
        ["海关", "推进中", "<script>alert(1)</script> 第二行", "2021-06-25"],
        ["税务局", "已完成 2021-03-20", "节点 印发方案：方案已印发", "2021-03-21"],
    ]
    periods = [
        one.all("summary")[0].text for one in shown.all("details") if one.with_class("reports")
    ]
    assert periods == ["2021年二季度 2 份", "2021年一季度 1 份"]
    assert shown.all("script") == []


def test_a_measure_shows_its_own_targets_alerts_and_duties_alone(board: Calls) -> None:
    shown = page(board, "/board/measures/1.1")
    assert shown.one("h1").text == "第一项措施"
    targets = shown.with_class("targets")[0].all("a")
    assert [a.attributes["href"] for a in targets] == ["/board/targets/T01"]
    numbers = [one.text for one in shown.with_class("alerts")[0].with_class("code")]
    assert numbers == ["黄〔2021〕1号", "黄〔2021〕3号"]
    assert shown.with_class("quarters")[0].one("dd").text == "按时 1 逾期未报 1"
    assert "印发方案 2021-03-31 前" in shown.with_class("milestones")[0].text
    assert shown.with_class("led")[0].text == "牵头单位 税务局、海关 配合单位 财政局"
    links = [a.attributes["href"] for a in shown.with_class("trail")[0].all("a")]
    assert links == ["/board", "/board/tasks/1"]


def test_a_task_shows_the_reports_on_all_its_measures(board: Calls) -> None:
    shown = page(board, "/board/tasks/1")
    assert [row[:3] for row in rows(shown)] == [
        ["1.1 第一项措施", "税务局", "已完成 2021-06-20"],
        ["1.1 第一项措施", "海关", "推进中"],
        ["1.1 第一项措施", "税务局", "已完成 2021-03-20"],
        ["1.2 第二项措施", "税务局", "零报告"],
    ]
    assert rows(shown)[-1][3:] == ["未填写文字说明", "2021-03-19"]
    assert "别的任务" not in shown.text
    measures = shown.with_class("measures")[0].one("tbody").all("tr")
    assert [row.all("a")[0].attributes["href"] for row in measures] == [
        "/board/measures/1.1",
        "/board/measures/1.2",
    ]
    numbers = [one.text for one in shown.with_class("alerts")[0].with_class("code")]
    assert numbers == ["黄〔2021〕1号", "黄〔2021〕3号"]


def test_a_unit_shows_the_reports_it_sent(board: Calls) -> None:
    shown = page(board, f"/board/orgs/{CUSTOMS}")
    assert [row[0] for row in rows(shown)] == ["1.1 第一项措施", "2.1 2.1"]
    assert "登记册已无此措施" not in page(board, f"/board/orgs/{TAX}").text
    assert "进展情况" not in page(board, f"/board/orgs/{FINANCE}").text


def test_a_report_of_a_unit_is_told_in_its_own_words_on_english_pages(board: Calls) -> None:
    shown = page(board, "/board/measures/1.1?lang=en")
    texts = shown.with_class("said")
    assert {one.attributes["lang"] for one in texts} == {"zh-CN"}
    assert "2 earlier versions" in shown.text
    assert "Done" not in rows(shown)[0][0]


def test_without_any_report_the_page_says_so() -> None:
    calls = serve(replace(BOARD, reports=(), duties=(), alerts=()))
    shown = page(calls, "/board/measures/1.2")
    assert "尚未收到进展情况报告。" in shown.text
    assert "该措施没有报送任务。" in shown.text
    assert "尚未收到进展情况报告。" in page(calls, "/board/tasks/1").text


def test_pages_lead_to_each_other(asked: Calls) -> None:
    target_page = page(asked, "/board/targets/T13")
    links = {a.attributes["href"] for a in target_page.all("a")}
    assert {"/board/tasks/18", "/board/measures/18.4"} <= links
    links = {a.attributes["href"] for a in page(asked, "/board/targets/T11").all("a")}
    assert "/board/tasks/17" in links
    links = {a.attributes["href"] for a in page(asked, "/board").all("a")}
    the = the_register()
    assert {f"/board/tasks/{task.no}" for task in the.tasks} <= links
    assert {f"/board/measures/{one.no}" for one in the.measures} <= links
    links = {a.attributes["href"] for a in page(asked, "/board/orgs/tax-bureau").all("a")}
    assert "/board/measures/21.2" in links


def test_every_task_and_measure_of_the_notice_has_a_page(asked: Calls) -> None:
    the = the_register()
    for path in [f"/board/tasks/{task.no}" for task in the.tasks]:
        assert len(page(asked, path).all("h1")) == 1
    for path in [f"/board/measures/{one.no}" for one in the.measures][::6]:
        assert len(page(asked, path).all("h1")) == 1


@pytest.mark.parametrize(
    "path", ["tasks/0", "tasks/99", "tasks/01", "tasks/x", "measures/6", "measures/6.30"]
)
def test_what_the_notice_does_not_name_has_no_page(asked: Calls, path: str) -> None:
    assert asked.get(f"/board/{path}").status_code == 404
