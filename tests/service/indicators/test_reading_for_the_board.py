"""What the board reads: city rows, duties, milestones, and where the installation stands."""

from dataclasses import replace
from datetime import date
from pathlib import Path

from duibiao.store import Store
from duibiao.web.board.alerts import OpenAlerts
from duibiao.web.board.rendering import InstallationState
from duibiao.web.lists import Page, from_cursor
from services.indicators.adapters import installation
from services.indicators.adapters.migrations import SCHEMA
from services.indicators.adapters.reading import Reading
from services.indicators.adapters.repository.repository import SqlRepository
from services.indicators.board.data import MilestoneState, PartRows, Wanted
from services.indicators.domain.rows import Checkpoint
from services.indicators.domain.submission import ReportContent, Submission
from tests.service.indicators.service import WORKDAYS, IndicatorsService, after_2021
from tests.support.clock import ManualClock
from tests.support.registers import CITY, CUSTOMS, TAX, register, target
from tests.support.statements import (
    NOON,
    change,
    duty_row,
    figure,
    later,
    observations,
    report_statement,
    submitted,
    verdict,
)


def opened(tmp_path: Path) -> Store:
    store = Store(f"sqlite:///{tmp_path}/duibiao.db", "indicators")
    SCHEMA.migrate(store)
    return store


def reading(store: Store) -> Reading:
    return Reading(store, register(targets=[target("T01"), target("T02")]), after_2021())


def test_an_empty_store_stands_on_today(tmp_path: Path) -> None:
    overview = reading(opened(tmp_path)).overview()
    assert overview.standing == InstallationState(date(2022, 1, 4), False, "", None)  # noqa: FBT003
    assert (overview.city, overview.duties, overview.milestones) == ((), (), ())
    assert overview.alerts == OpenAlerts({}, ())


def test_the_standing_is_that_of_the_verdicts(tmp_path: Path) -> None:
    store = opened(tmp_path)
    with store.begin() as tx:
        repository = SqlRepository(tx)
        repository.save_checkpoint(Checkpoint(date(2021, 4, 2), "r1", "c1", {}))
        repository.save_verdicts([change(verdict(), {})])
    installation.found(store, ManualClock(), None, sample=True)
    standing = reading(store).target("T01").standing
    assert standing == InstallationState(date(2021, 4, 2), True, "c1", NOON)  # noqa: FBT003


def test_the_citys_rows_are_of_every_target_and_period(tmp_path: Path) -> None:
    store = opened(tmp_path)
    kept = [
        verdict("T02", verdict_id="v1"),
        verdict("T01", "2021Q2", verdict_id="v2"),
        verdict("T01", "2021Q1", verdict_id="v3"),
    ]
    others = [verdict(org=TAX, verdict_id="v4"), verdict(region="610103", verdict_id="v5")]
    with store.begin() as tx:
        SqlRepository(tx).save_verdicts([change(one, {}) for one in (*kept, *others)])
    board = reading(store)
    assert board.overview().city == (kept[2], kept[1], kept[0])
    assert board.org(TAX).city == (kept[2], kept[1], kept[0])


def test_a_target_has_all_its_rows_and_a_unit_its_own(tmp_path: Path) -> None:
    store = opened(tmp_path)
    rows = [
        verdict(verdict_id="v1"),
        verdict(region="610103", verdict_id="v2"),
        verdict(org=TAX, verdict_id="v3"),
        verdict(org=TAX, region="610103", verdict_id="v4"),
    ]
    with store.begin() as tx:
        SqlRepository(tx).save_verdicts(
            [change(one, {}) for one in (*rows, verdict("T02", verdict_id="v5"))]
        )
    board = reading(store)
    sheet = board.target("T01")
    assert (sheet.city, sheet.parts.verdicts) == ((rows[0],), tuple(rows[1:]))
    assert board.org(TAX).own == (rows[2],)
    assert board.org(CUSTOMS).own == ()
    assert board.target("T09").city == ()
    assert board.target("T09").parts == PartRows({}, None, (), None)


def test_a_page_holds_some_rows_of_one_period(tmp_path: Path) -> None:
    store = opened(tmp_path)
    city = [verdict(period=period, verdict_id=f"c{period}") for period in ("2021Q1", "2021Q2")]
    parts = [
        verdict(org=f"unit-{n}", period=period, verdict_id=f"{period}-{n}")
        for period in ("2021Q1", "2021Q2")
        for n in range(5)
    ]
    with store.begin() as tx:
        SqlRepository(tx).save_verdicts([change(one, {}) for one in (*city, *parts)])
    board = reading(store)
    seen, page = [], Page(2, None)
    for _ in range(3):
        found = board.target("T01", Wanted(period="2021Q1", page=page)).parts
        assert found.counts == {"2021Q2": 5, "2021Q1": 5}
        seen.append([one.row.org for one in found.verdicts])
        page = Page(2, None if found.next_cursor is None else from_cursor(found.next_cursor))
    assert seen == [["unit-0", "unit-1"], ["unit-2", "unit-3"], ["unit-4"]]
    assert page.after is None
    # Without a period: that of the verdict, else the newest.
    of_verdict = board.target("T01", Wanted("2021Q1-4"))
    assert (of_verdict.proven, of_verdict.parts.period) == (parts[4], "2021Q1")
    assert board.target("T01", Wanted("nothing", "2020Q1")).parts.period == "2021Q1"  # present


def test_a_unit_sees_its_own_duties(tmp_path: Path) -> None:
    store = opened(tmp_path)
    owed = [duty_row(), duty_row(org=CUSTOMS, status="on_time", met=True)]
    with store.begin() as tx:
        SqlRepository(tx).save_duties(owed)
    board = reading(store)
    assert set(board.overview().duties) == set(owed)
    assert board.org(CUSTOMS).duties == (owed[1],)
    assert board.org("finance-bureau").duties == ()


def test_the_latest_period_has_the_last_word_on_a_milestone(tmp_path: Path) -> None:
    store = opened(tmp_path)
    told = [
        ("2021Q3", TAX, ReportContent("done", date(2021, 9, 1))),
        ("2021Q1", TAX, ReportContent("not_started")),
        ("2021Q4", TAX, ReportContent(None, zero_report=True)),  # says nothing of its state
        ("2021Q2", CUSTOMS, ReportContent("in_progress")),
    ]
    with store.begin() as tx:
        SqlRepository(tx).save_reports(
            [
                report_statement(period=period, milestone="1.1-a", org=org, content=content)
                for period, org, content in told
            ]
            + [report_statement(period="2021Q4")]
        )
    assert reading(store).overview().milestones == (
        MilestoneState("1.1-a", CUSTOMS, "in_progress", None),
        MilestoneState("1.1-a", TAX, "done", date(2021, 9, 1)),
    )


def test_a_clause_has_its_own_rows_and_reports_with_what_was_said_before(tmp_path: Path) -> None:
    store = opened(tmp_path)
    rows = [
        verdict("T01", verdict_id="v1"),
        verdict("T02", verdict_id="v2"),
        verdict("T01", org=TAX, verdict_id="v3"),
    ]
    owed = [duty_row(), duty_row("2.1/2021Q1")]
    now, before = report_statement(), replace(report_statement(), stated_at=later(-1))
    other = report_statement("2.1", org=CUSTOMS)
    said = replace(before, content=ReportContent("not_started", summary="已部署"))
    with store.begin() as tx:
        repository = SqlRepository(tx)
        repository.save_verdicts([change(one, {}) for one in rows])
        repository.save_duties(owed)
        repository.save_reports([now, other])
        repository.save_history([said, replace(now, stated_at=later(-2), content=said.content)])
    board = reading(store)
    sheet = board.clause(["1.1"], ["T01"])
    assert sheet.overview.city == (rows[0],)
    assert sheet.overview.duties == (owed[0],)
    (report,) = sheet.reports
    assert report.standing == now
    # Stated twice with the same content: one earlier version.
    assert [(one.content.summary, one.stated_at) for one in report.earlier] == [
        ("已部署", later(-1))
    ]
    assert board.org(TAX).reports == sheet.reports
    assert [one.standing for one in board.org(CUSTOMS).reports] == [other]
    assert board.clause([], []).reports == ()


def test_the_board_shows_what_was_posted(tmp_path: Path) -> None:
    with IndicatorsService(tmp_path, sample=True).start() as service:
        service.post(observations("s1", (CITY, "2021Q1", figure("5.25", 23))))
        (row,) = service.items("/v1/verdicts", org="", period="2021Q1")
        page = service.calls(None).get("/board/targets/T01", params={"verdict": row["id"]})
        unit = service.calls(None).get(f"/board/orgs/{TAX}")
        front = service.calls(None).get("/board")

    assert {answer.status_code for answer in (page, unit, front)} == {200}
    assert "5.25" in page.text
    assert "示例" in front.text
    assert WORKDAYS.version in page.text


def test_a_corrected_report_is_read_on_the_page_at_once_with_what_it_said_before(
    tmp_path: Path,
) -> None:
    def said(name: str, summary: str, hours: int) -> Submission:
        content = ReportContent("in_progress", summary=summary)
        return submitted(
            name, TAX, later(hours), report_statement(content=content, stated=later(hours))
        )

    with IndicatorsService(tmp_path).start() as service:
        pages = []
        for name, summary, hours in (("s1", "已部署", 1), ("s2", "已过半", 2)):
            service.post(said(name, summary, hours))
            paths = ("/board/tasks/1", "/board/measures/1.1", f"/board/orgs/{TAX}")
            pages.append([service.calls(None).get(path).text for path in paths])
    assert all("已部署" in text and "历次内容" not in text for text in pages[0])
    assert all(0 < text.find("已过半") < text.find("历次内容 1 份") for text in pages[1])
    assert all(text.find("历次内容 1 份") < text.find("已部署") for text in pages[1])


def test_a_proof_of_an_unknown_verdict_is_none(tmp_path: Path) -> None:
    assert reading(opened(tmp_path)).proof("nothing") is None
