"""`/board/submit`: tables and forms of a unit, checked first, then sent once."""

import csv
import io
import itertools
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import httpx
import pytest
from openpyxl import load_workbook

from services.ingest.domain.errors import RowError
from services.ingest.usecases.accept_submission import AcceptSubmission, Refused
from tests.service.board.html import Element, read
from tests.service.ingest.service import Desk
from tests.support.asgi import Calls
from tests.support.ingest import case, figure
from tests.support.registers import CUSTOMS, TAX
from tests.support.spreadsheets import table_of

PATH = "/board/submit"
GOOD = [figure(), figure(indicator="items", value=7)]
BAD = [figure(), figure(indicator="items", value="约七"), figure(period="2021Q9")]


def page(desk: Desk, path: str = "", by: str = "tax", status: int = 200) -> Element:
    answer = desk.get(PATH + path, by=by)
    assert answer.status_code == status, answer.text[:1000]
    return read(answer.text)


def posted(
    desk: Desk,
    path: str,
    by: str = "tax",
    file: tuple[str, bytes] = ("", b""),
    **fields: Any,  # noqa: ANN401
) -> httpx.Response:
    """Send a form as browsers do."""
    request = httpx.Request("POST", "http://test", data=fields, files={"file": file})
    body, kind = request.read(), request.headers["content-type"]
    headers = {"Content-Type": kind, "Accept": "text/html"}
    return Calls(desk.app, by).post(PATH + path, content=body, headers=headers)


def led(answer: httpx.Response) -> str:
    """Return where a form leads to, below PATH."""
    assert answer.status_code == 303, answer.text[:1000]
    return answer.headers["location"].removeprefix(PATH)


def uploaded(
    desk: Desk, name: str, content: bytes, kind: str = "observation", by: str = "tax"
) -> str:
    return led(posted(desk, "/uploads", by, (name, content), kind=kind))


def table(rows: Iterable[Mapping[str, object]]) -> bytes:
    names = list(dict.fromkeys(name for row in rows for name in row))
    text = io.StringIO()
    writer = csv.DictWriter(text, names)
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode("utf-8-sig")


def faults(shown: Element) -> list[tuple[str, ...]]:
    """Return the lines of the table of errors: row, column, cell, what is wrong."""
    (found,) = shown.with_class("faults")
    rows = found.all("tbody")[0].all("tr")
    return [tuple(one.text for one in (*row.all("th"), *row.all("td"))) for row in rows]


def counts(desk: Desk, by: str = "tax") -> list[tuple[str, str]]:
    """Return what was sent and how many rows, as the list of submissions shows it."""
    rows = [row for row in page(desk, "/submissions", by).all("tr") if row.all("td")]
    return [(row.all("td")[0].text, row.all("td")[-2].text) for row in rows]


def test_a_table_with_errors_is_shown_cell_by_cell_and_nothing_is_sent(desk: Desk) -> None:
    for name, content in (("数.csv", table(BAD)), ("数.xlsx", table_of(BAD))):
        at = uploaded(desk, name, content)
        shown = page(desk, at)
        (second, third) = faults(shown)
        assert (second[0], second[1], second[2]) == ("第3行 items", "数值", "约七")
        assert "应为数字" in second[3]
        assert (third[0], third[1], third[2]) == ("第4行 days", "期间", "2021Q9")
        assert "发现2处错误" in shown.text
        assert shown.all("form", action=f"{PATH}{at}/send") == []
        assert led(posted(desk, f"{at}/send")) == at
    assert counts(desk) == []


def test_the_copy_with_the_errors_marked_is_taken_once_it_is_corrected(desk: Desk) -> None:
    at = uploaded(desk, "数.xlsx", table_of(BAD))
    copy = desk.get(f"{PATH}{at}/marked")
    assert "%E6%95%B0.errors.xlsx" in copy.headers["content-disposition"]
    book = load_workbook(io.BytesIO(copy.content))
    lines = list(book.worksheets[0].iter_rows(values_only=True))
    assert [line[1] for line in lines] == ["period", "2021Q1", "2021Q1", "2021Q9"]  # all are kept
    assert [bool(line[3]) for line in lines] == [True, False, True, True]
    book.worksheets[0]["C3"], book.worksheets[0]["B4"] = 7, "2021Q2"
    file = io.BytesIO()
    book.save(file)
    again = uploaded(desk, "数.errors.xlsx", file.getvalue())
    assert "已检查3行，没有错误" in page(desk, again).text
    csv_copy = desk.get(f"{PATH}{uploaded(desk, '数.csv', table(BAD))}/marked").content
    marked = list(csv.DictReader(io.StringIO(csv_copy.decode("utf-8-sig"))))
    assert [row["_行号"] for row in marked] == ["2", "3", "4"]
    assert [bool(row["_错误"]) for row in marked] == [False, True, True]


def test_what_was_checked_is_sent_once_however_often_it_is_asked(desk: Desk) -> None:
    at = uploaded(desk, "数.xlsx", table_of(GOOD))
    assert counts(desk) == []
    for _ in range(3):
        assert led(posted(desk, f"{at}/send")) == at
    (sent,) = desk.sent()
    assert [row.indicator for row in sent.observations] == ["days", "items"]
    assert counts(desk) == [("指标数据", "共2行、接收2行、拒收0行")]
    shown = page(desk, at)
    assert "报送成功" in shown.text
    assert "正在评估" in shown.text
    desk.settle(sent.id, accepted=1, revised=1)
    assert "共2行、新增1行、重复0行、更正1行" in page(desk, at).text
    receipt = page(desk, f"/submissions/{sent.id}")
    assert "已评估" in receipt.text
    # The same table again, later, is another submission: figures go back and forth.
    again = uploaded(desk, "数.xlsx", table_of(GOOD))
    assert led(posted(desk, f"{again}/send")) == again
    assert len(desk.sent(2)) == 2


@pytest.mark.parametrize("most", [1_000, pytest.param(10_000, marks=pytest.mark.soak)])
def test_a_large_table_is_cut_and_a_repeat_after_a_crash_sends_nothing_twice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, most: int
) -> None:
    """Two and a half times as many rows as one submission may hold; the second breaks off once."""
    numbers = [f"A-{number}" for number in range(most * 5 // 2)]
    content, total = table([case(case_no=number) for number in numbers]), len(numbers)
    with Desk(tmp_path, max_rows=most) as desk:
        at = uploaded(desk, "办件.csv", content, "case")
        assert f"已检查{total}行" in page(desk, at).text
        assert "分为3次报送" in page(desk, at).text
        monkeypatch.setattr(AcceptSubmission, "_store", failing_once(AcceptSubmission._store, 2))  # noqa: SLF001
        assert posted(desk, f"{at}/send").status_code == 503
        assert "共3次报送，已完成1次" in page(desk, at).text
        assert "报送中断，可继续" in page(desk).text
        assert uploaded(desk, "又一次.csv", content, "case") == at  # continued, not begun anew
        assert led(posted(desk, f"{at}/send")) == at
        sent = desk.sent(3)
        assert [len(one.cases) for one in sent] == [most, most, most // 2]
        assert [row.case_no for one in sent for row in one.cases] == numbers
        shown = page(desk, at)
        assert f"共{total}行、接收{total}行" in shown.text
        links = {one.attributes["href"] for one in shown.all("a")}
        assert {f"{PATH}/submissions/{one.id}" for one in sent} <= links
        assert len(counts(desk)) == 3


def failing_once(store: Any, on: int) -> Any:  # noqa: ANN401 - a method of the use case
    calls = itertools.count(1)

    async def stored(self: AcceptSubmission, *given: Any) -> Any:  # noqa: ANN401
        if next(calls) == on:
            raise Refused(
                "backlog-full", [RowError("backlog-full", names={"seconds": 5})], retry_after=5
            )
        return await store(self, *given)

    return stored


def test_errors_far_down_in_a_large_table_are_told_at_their_lines(tmp_path: Path) -> None:
    rows = [case(case_no=f"A-{number}") for number in range(1_200)]
    rows[1_100].update(outcome="?", case_no="A-1101")
    with Desk(tmp_path, max_rows=1_000) as desk:
        found = faults(page(desk, uploaded(desk, "办件.csv", table(rows), "case")))
    told = [(one[0].split()[0], one[1]) for one in found]
    assert told == [("第1102行", "办理结果"), ("第1102行", "—"), ("第1103行", "—")]
    assert "第1102行" in found[2][3]


def test_whose_rows_a_clerk_may_send(desk: Desk) -> None:
    """A unit its own, the office anybody's, an auditor none; nobody sees another's."""
    theirs = table([figure(indicator="theirs")])
    (row,) = faults(page(desk, uploaded(desk, "a.csv", theirs)))
    assert "不由" in row[3]
    at = uploaded(
        desk, "a.csv", table([figure(org=TAX), figure(org=TAX, indicator="items")]), by="office"
    )
    assert led(posted(desk, f"{at}/send", "office")) == at
    assert desk.sent()[0].org == TAX
    mine = uploaded(desk, "b.csv", table(GOOD))
    for who in ("customs", "office"):
        page(desk, mine, who, 404)
        assert posted(desk, f"{mine}/send", who).status_code == 404
        assert desk.get(f"{PATH}{mine}/marked", by=who).status_code == 404
    (sent,) = desk.sent()
    page(desk, f"/submissions/{sent.id}", "customs", 404)
    assert counts(desk, "customs") == []
    assert desk.get(PATH, by="auditor").status_code == 403
    assert (
        page(desk, "/forms/observation?org=customs&period=2021Q1", "office")
        .all("legend")[-1]
        .text.startswith("theirs")
    )
    assert desk.get(f"{PATH}/forms/observation?org=customs").status_code == 403
    assert posted(desk, "/forms/observation", org=CUSTOMS, period="2021Q1").status_code == 403


REFUSED = {
    "an old workbook": ("a.xls", b"\xd0\xcf\x11\xe0", "不接收.xls文件"),
    "another kind of file": ("a.json", b"[{}]", "请使用“.xlsx”、“.csv”"),
    "no table at all": ("a.pdf", b"%PDF-1.7", "不支持该文件格式"),
    "a broken workbook": ("a.xlsx", b"not a workbook", "不是有效的.xlsx文件"),
    "a workbook without rows": ("a.xlsx", table_of([{"indicator": None}]), "没有任何数据行"),
    "an empty file": ("a.csv", b"", "文件为空"),
    "neither UTF-8 nor GB18030": ("a.csv", b"\xff\xfe\xff", "编码"),
    "no file": ("", b"", "缺少字段“文件”"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_file_that_cannot_be_read_is_refused_in_chinese(one_desk: Desk, name: str) -> None:
    called, content, words = REFUSED[name]
    answer = posted(one_desk, "/uploads", file=(called, content), kind="observation")
    assert 400 <= answer.status_code < 500
    assert answer.headers["content-type"].startswith("text/html")
    assert words in read(answer.text).text


def test_a_file_that_is_too_large_is_refused_on_a_page(tmp_path: Path) -> None:
    with Desk(tmp_path, max_body_bytes=64 * 1024) as desk:
        for size in (65 * 1024, 200 * 1024):
            answer = posted(desk, "/uploads", file=("a.csv", b"x" * size), kind="case")
            assert answer.status_code == 413
            shown = read(answer.text)
            assert "过大" in shown.text or "超过" in shown.text, shown.text
            assert "后退" in shown.text


def test_a_form_of_the_page_keeps_what_was_typed_and_sends_it(desk: Desk) -> None:
    path = "/forms/observation?period=2021Q1"
    shown = page(desk, path)
    names = {one.attributes["name"] for one in shown.all("input")}
    assert {"days-610100.value", "days-610100.sample_size", "share-610100.numerator"} <= names
    assert "items-610100.sample_size" not in names  # a count has none
    typed: dict[str, Any] = {
        "days-610100.value": "1,234.5",
        "share-610100.value": "95.5%",
        "period": "2021Q1",
    }
    assert led(posted(desk, "/forms/observation", **typed, only="draft")).endswith("period=2021Q1")
    assert value(page(desk, path), "days-610100.value") == "1,234.5"
    assert "草稿" in page(desk).text
    assert "草稿" not in page(desk, by="customs").text
    assert counts(desk) == []
    at = led(posted(desk, "/forms/observation", **typed))  # above the maximum of 1000
    (row,) = faults(page(desk, at))
    assert row[1:3] == ("数值", "1,234.5")
    back = next(one for one in page(desk, at).all("a") if "/forms/" in one.attributes["href"])
    assert value(read(desk.get(back.attributes["href"]).text), "share-610100.value") == "95.5%"
    at = led(posted(desk, "/forms/observation", **{**typed, "days-610100.value": "12.50"}))
    assert led(posted(desk, f"{at}/send")) == at
    (sent,) = desk.sent()
    told = {(row.indicator, row.value) for row in sent.observations}
    assert told == {("days", "12.5"), ("share", "95.5")}
    after = page(desk, path)
    assert value(after, "days-610100.value") == ""  # the draft is gone
    assert "上次报送：12.5（2021年一季度）" in after.text
    assert "已报0项" in page(desk).text  # of May, which one figure is monthly for
    assert "此前未在本系统报送" in after.text


def value(shown: Element, name: str) -> str:
    return shown.one("input", name=name).attributes["value"]


def test_progress_reports_are_typed_too(desk: Desk) -> None:
    typed: dict[str, Any] = {
        "1.1-1.1-a.zero_report": "true",
        "1.1.state": "done",
        "1.1.done_on": "2021-03-25",
        "1.1.summary": "一\r\n“二”，三",
        "period": "2021Q1",
    }
    at = led(posted(desk, "/forms/progress_report", **typed))
    assert led(posted(desk, f"{at}/send")) == at
    (sent,) = desk.sent()
    first, second = sent.reports
    assert (first.state, first.done_on) == ("done", "2021-03-25")
    assert first.summary.splitlines() == ["一", "“二”，三"]
    assert (second.milestone, second.zero_report) == ("1.1-a", True)
    shown = page(desk, "/forms/progress_report?period=2021Q1")
    lines = [one.text for one in shown.with_class("small") if "上次报送" in one.text]
    assert lines == ["上次报送：已完成（2021年一季度）", "上次报送：零报告（2021年一季度）"]
    assert "已报2项" in page(desk).text


def test_what_nobody_owes_cannot_be_asked_for(one_desk: Desk) -> None:
    page(one_desk, "/forms/case", status=404)
    for period in ("2020Q1", "x", ""):
        shown = page(one_desk, f"/forms/observation?period={period}&org={period}")
        assert shown.one("input", name="period").attributes["value"] == "202105"
        assert posted(one_desk, "/forms/observation", period=period).status_code == 404
    assert led(posted(one_desk, "/forms/observation", period="2021Q1")).startswith("/forms/")


def test_drafts_are_forgotten_after_a_month_and_never_more_than_fifty(desk: Desk) -> None:
    first = uploaded(desk, "a.csv", table([figure(value=1)]))
    desk.clock.advance(days=29)
    page(desk, first)
    desk.clock.advance(days=2)
    uploaded(desk, "b.csv", table([figure(value=2)]))
    page(desk, first, status=404)
    for number in range(52):
        desk.clock.advance(seconds=1)
        uploaded(desk, "c.csv", table([figure(value=number + 3)]))
    assert desk.count("drafts") == 50


def test_own_submissions_are_listed_page_by_page(desk: Desk) -> None:
    for number in range(53):
        desk.post("observation", figure(value=number))
    first = page(desk, "/submissions")
    (older,) = first.all("a", rel="next")
    second = page(desk, f"/submissions{older.attributes['href']}")
    rows = [sum(1 for row in one.all("tr") if row.all("td")) for one in (first, second)]
    assert rows == [50, 3]
    assert second.all("a", rel="next") == []
