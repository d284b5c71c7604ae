"""Pages are rendered once until something has changed, on a thread of their own."""

import asyncio
import threading

import httpx
import pytest
from fastapi import APIRouter
from prometheus_client import CollectorRegistry
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from duibiao.web import page_cache
from duibiao.web.app import App
from duibiao.web.page_cache import FRESH, PageCache
from duibiao.web.problems import Problem
from tests.support.asgi import TAX, Calls, KnownKeys
from tests.support.clock import ManualClock


def _nothing() -> object:
    return None


class Board:
    """One page that tells how often it was rendered; `meanwhile` happens while it is."""

    def __init__(self) -> None:
        self.rendered = 0
        self.meanwhile = _nothing
        self.clock = ManualClock()
        self.cache = PageCache("lang", self.clock.monotonic)
        router = APIRouter()
        router.add_api_route("/board/{name}", self.cache.endpoint(self.page))
        self.app = App(keyring=KnownKeys(tax=TAX), registry=CollectorRegistry(), routers=[router])
        self.calls = Calls(self.app)

    def page(self, request: Request, name: str) -> Response:
        self.rendered += 1
        text = f"{self.rendered} {name} {request.cookies.get('lang')} {request.url.query}"
        self.meanwhile()
        if name == "nowhere":
            raise Problem("not-found")
        return HTMLResponse(text, headers={"Content-Language": "zh"})

    def get(self, path: str = "/board/a", **headers: str) -> httpx.Response:
        return self.calls.get(path, headers=headers)


@pytest.fixture
def board() -> Board:
    return Board()


def test_a_page_is_rendered_once_until_something_changes(board: Board) -> None:
    assert [board.get().text for _ in range(3)] == ["1 a None "] * 3
    assert board.get().headers["content-language"] == "zh"
    board.cache.mark_stale()
    assert [board.get().text for _ in range(2)] == ["2 a None "] * 2


def test_a_page_is_rendered_again_after_a_while_for_another_replica_s_sake(board: Board) -> None:
    board.get()
    board.clock.advance(seconds=FRESH - 0.1)
    assert board.get().text == "1 a None "
    board.clock.advance(seconds=0.2)
    assert board.get().text == "2 a None "


def test_pages_differ_by_path_query_and_language(board: Board) -> None:
    asked = [("/board/a", ""), ("/board/b", ""), ("/board/a?x=1", ""), ("/board/a", "lang=en")]
    for path, cookie in asked * 2:
        board.get(path, Cookie=cookie)
    assert board.rendered == len(asked)
    assert board.get("/board/a", Cookie="lang=en; other=7").text == "4 a en "


def test_what_changes_during_a_rendering_has_it_rendered_again(board: Board) -> None:
    board.meanwhile = board.cache.mark_stale
    board.get()
    board.meanwhile = lambda: None
    assert board.get().text == "2 a None "
    assert board.get().text == "2 a None "


def test_a_browser_that_has_the_page_is_sent_none(board: Board) -> None:
    first = board.get()
    again = board.get(**{"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["content-language"] == "zh"
    assert board.get(**{"If-None-Match": '"other"'}).status_code == 200


def test_a_refusal_is_told_and_not_kept(board: Board) -> None:
    assert [board.get("/board/nowhere").status_code for _ in range(2)] == [404, 404]
    assert board.rendered == 2


def test_the_page_that_was_not_asked_for_the_longest_goes_first(
    board: Board, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(page_cache, "MOST", 2)
    for path in ("/board/a", "/board/b", "/board/a", "/board/c", "/board/a"):
        board.get(path)
    assert board.rendered == 3
    board.get("/board/b")
    assert board.rendered == 4


def test_a_page_of_a_long_query_is_not_kept(board: Board) -> None:
    for _ in range(2):
        board.get(f"/board/a?{'x' * 201}")
    assert board.rendered == 2


def test_those_who_ask_at_once_share_one_rendering_and_pages_are_rendered_one_at_a_time(
    board: Board,
) -> None:
    inside, most = [0], [0]

    def meanwhile() -> None:
        inside[0] += 1
        most[0] = max(most[0], inside[0])
        threading.Event().wait(0.02)
        inside[0] -= 1

    board.meanwhile = meanwhile

    async def all_at_once() -> list[str]:
        transport = httpx.ASGITransport(app=board.app)
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            names = ["a", "b"] * 20
            answers = await asyncio.gather(*(client.get(f"/board/{name}") for name in names))
        return [answer.text[2:3] for answer in answers]

    assert asyncio.run(all_at_once()) == ["a", "b"] * 20
    assert (board.rendered, most) == (2, [1])


def test_a_visitor_does_not_wait_for_ever(board: Board, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(page_cache, "_WAIT", 0.05)
    board.meanwhile = lambda: threading.Event().wait(0.3)
    answer = board.get()
    assert (answer.status_code, answer.json()["type"]) == (503, "/problems/unavailable")
    assert int(answer.headers["Retry-After"]) > 0


def test_a_page_is_compressed_for_who_takes_it(board: Board) -> None:
    plain = board.get("/board/a?q=1", **{"Accept-Encoding": "identity"})
    compressed = board.get("/board/a?q=1", **{"Accept-Encoding": "br, gzip"})
    assert "content-encoding" not in plain.headers
    assert compressed.headers["content-encoding"] == "gzip"
    assert compressed.text == plain.text
    assert compressed.headers["etag"] == plain.headers["etag"]
    assert board.rendered == 1


@pytest.mark.parametrize(("path", "encoded"), [("/board/a", "gzip"), ("/board/a?q=1", None)])
def test_what_a_session_is_shown_is_never_compressed_beside_words_of_the_address(
    board: Board, path: str, encoded: str | None
) -> None:
    asked = {"Authorization": "Bearer tax", "Accept-Encoding": "gzip"}
    assert board.get(path, **asked).headers.get("content-encoding") == encoded
