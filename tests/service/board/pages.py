"""Boards served in process, their pages read as trees."""

from collections.abc import Mapping
from functools import lru_cache

import httpx
from prometheus_client import CollectorRegistry

from duibiao.web.access import Caller
from duibiao.web.app import App
from duibiao.web.board.language import COOKIE
from duibiao.web.page_cache import PageCache
from services.indicators.board.data import WhatIf
from services.indicators.board.router import Access, build_router
from tests.service.board.boards import HeldBoard
from tests.service.board.html import Element, read
from tests.support.asgi import Calls, KnownKeys


def app(
    board: HeldBoard, access: Access = "open-all", what_if: WhatIf | None = None, **keys: Caller
) -> App:
    router = build_router(board.register, board, PageCache(COOKIE), access, what_if)
    return App(keyring=KnownKeys(**keys), registry=CollectorRegistry(), routers=[router])


def serve(board: HeldBoard) -> Calls:
    """Return what asks a board's pages, without a key."""
    return Calls(app(board))


class Kept(Calls):
    """Asks a board that does not change: the same question without headers is asked once."""

    def __init__(self, board: HeldBoard) -> None:
        super().__init__(app(board))
        self._kept: dict[str, httpx.Response] = {}

    def get(
        self,
        path: str,
        *,
        params: Mapping[str, str | int] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> httpx.Response:
        if params or headers:
            return super().get(path, params=params, headers=headers)
        if path not in self._kept:
            self._kept[path] = super().get(path)
        return self._kept[path]


def page(calls: Calls, path: str) -> Element:
    """Get a page and read it."""
    answer = calls.get(path)
    assert answer.status_code == 200, answer.text
    return _read(answer.text)


_read = lru_cache(maxsize=64)(read)
