"""Who sees the board: anybody figures; what units owe, and alerts, who has signed in."""

import re
from dataclasses import replace

import pytest

from tests.service.board.boards import HeldBoard
from tests.service.board.html import Element, read
from tests.service.board.pages import app
from tests.service.board.story import DONE, WORK
from tests.service.board.test_every_page import PATHS
from tests.support.asgi import OFFICE, TAX, Calls

everywhere = pytest.mark.parametrize("path", PATHS)
SIGNED_IN = {"Cookie": "duibiao-session=office"}
OWED = re.compile(
    r"未结预警|进展情况|按时报送|逾期未报|迟报|零报告|红牌|黄牌|蓝色提醒|[红黄蓝]〔2021〕\d+号"
    r"|已完成|推进中|未开始|received|overdue"
)
SENT = re.compile(f"{WORK}|{DONE}")


def ask(calls: Calls, path: str, signed_in: bool) -> Element:  # noqa: FBT001 - the point of it
    answer = calls.get(path, headers=SIGNED_IN if signed_in else {})
    assert answer.status_code == 200
    return read(answer.text)


@pytest.fixture(scope="module")
def open_board(story: HeldBoard) -> Calls:
    return Calls(app(story, "open", office=OFFICE, tax=replace(TAX, csrf="c" * 64)))


@everywhere
def test_a_stranger_sees_figures_and_nothing_of_what_units_owe(
    open_board: Calls, path: str
) -> None:
    shown = ask(open_board, path, signed_in=False).one("main")
    assert OWED.findall(shown.text) == []
    assert not SENT.search(shown.text)
    assert [one for name in ("alerts", "duties", "reports") for one in shown.all("", id=name)] == []
    assert {one.attributes["method"] for one in shown.all("form")} <= {"get"}
    for table in shown.all("table"):
        columns = len(table.one("thead").all("th"))
        rows = table.one("tbody").all("tr")
        assert {len(row.all("th")) + len(row.all("td")) for row in rows} == {columns}


def test_figures_are_there_for_a_stranger(open_board: Calls) -> None:
    board = ask(open_board, "/board", signed_in=False)
    assert len(board.with_class("strip")[0].all("a")) == 18
    whole = ask(open_board, "/board", signed_in=True)
    strips = [page.with_class("strip")[0].text for page in (board, whole)]
    assert strips[0] == strips[1]
    target = ask(open_board, "/board/targets/T02", signed_in=False)
    assert target.by_id("proof").text


@everywhere
def test_who_has_signed_in_sees_what_an_open_board_shows_all(
    open_board: Calls, story: HeldBoard, path: str
) -> None:
    whole = ask(Calls(app(story, "open-all")), path, signed_in=False)
    seen = ask(open_board, path, signed_in=True).one("main").text
    exports = "导出全部： CSV Excel "  # lead to the API, which asks for a key
    assert seen.replace(exports, "") == whole.one("main").text


def test_there_is_something_that_a_stranger_does_not_see(open_board: Calls) -> None:
    pages = {path: ask(open_board, path, signed_in=True).one("main").text for path in PATHS}
    assert sum(bool(OWED.search(text)) for text in pages.values()) >= 7
    assert any(SENT.search(text) for text in pages.values())


def test_views_are_not_mixed_by_what_is_kept(open_board: Calls) -> None:
    for _ in range(2):
        assert not OWED.search(ask(open_board, "/board", signed_in=False).one("main").text)
        assert OWED.search(ask(open_board, "/board", signed_in=True).one("main").text)
        stale = open_board.get("/board", headers={"Cookie": "duibiao-session=nobody"})
        assert not OWED.search(read(stale.text).one("main").text)


def test_an_etag_of_one_view_is_none_of_the_other(open_board: Calls) -> None:
    etag = open_board.get("/board/orgs", headers=SIGNED_IN).headers["etag"]
    asked = open_board.get("/board/orgs", headers={"If-None-Match": etag})
    assert asked.status_code == 200
    assert "Cookie" in asked.headers["vary"]


@everywhere
def test_a_closed_board_leads_strangers_to_sign_in(story: HeldBoard, path: str) -> None:
    calls = Calls(app(story, "signed-in", office=OFFICE))
    answer = calls.get(f"{path}?lang=en")
    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/board/sign-in?next=/board")
    assert answer.content == b""
    assert ask(calls, path, signed_in=True).one("h1").text
    assert calls.get(path).status_code == 303
    assert calls.get("/board/static/board.css").status_code == 200


@everywhere
def test_the_frame_says_who_is_signed_in_and_takes_them_out(open_board: Calls, path: str) -> None:
    stranger = ask(open_board, path, signed_in=False).one("header", **{"class": "masthead"})
    assert [a.text for a in stranger.all("a")][-2:] == ["登录", "English"]
    tax = read(open_board.get(path, headers={"Cookie": "duibiao-session=tax"}).text)
    assert [a.text for a in tax.one("nav", aria_label="主导航").all("a")] == [
        *("总览", "单位", "报送", "待办", "预警", "日历与台账", "审核", "通报", "通知记录")
    ]
    assert "市税务局" in tax.one("header", **{"class": "masthead"}).text


def test_forms_may_be_sent_only_where_there_are_any(open_board: Calls) -> None:
    page = open_board.get("/board", headers={"Cookie": "duibiao-session=tax"})
    form = read(page.text).one("form", method="post")
    assert form.attributes["action"] == "/board/sign-out"
    assert form.one("input").attributes["value"] == "c" * 64
    assert "form-action 'self'" in page.headers["content-security-policy"]
    assert "form-action 'none'" in open_board.get("/board/orgs").headers["content-security-policy"]
