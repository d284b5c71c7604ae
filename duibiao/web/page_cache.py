"""Rendered pages, kept in memory until something they may depend on has changed.

Pages are rendered on one thread of their own, each once for all who ask for it at the same time,
and at most half of the time: rendering keeps the interpreter busy, and requests with a key should
not wait for that.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from gzip import compress
from hashlib import sha256
from time import monotonic
from typing import Annotated, Final

from anyio import CapacityLimiter
from anyio.to_thread import run_sync
from fastapi import Depends
from starlette.requests import Request
from starlette.responses import Response

from duibiao.store import StoreUnavailable
from duibiao.web.access import Caller
from duibiao.web.signing_in import visitor

FRESH: Final = 30.0  # seconds; another replica, or a command, may have changed something
MOST: Final = 256  # pages; the one that was not asked for the longest goes first
_WAIT: Final = 8.0  # seconds that a visitor waits for a page
_LONGEST: Final = 200  # characters of a query; a page of a longer one is not kept
_NOT_MODIFIED: Final = 304
_LEVEL: Final = 3  # of gzip; a quarter of a megabyte takes 1 ms

Key = tuple[str, str, str, str]
Render = Callable[..., Response]
# A page, and its body once more as gzip.
Rendered = tuple[Response, bytes]
Visitor = Annotated[Caller | None, Depends(visitor)]


@dataclass(frozen=True, slots=True)
class _CachedPage:
    change: object
    until: float
    page: Rendered


class PageCache:
    """The pages of one router. Asked on the event loop; told of changes from any thread."""

    def __init__(self, cookie: str, now: Callable[[], float] = monotonic) -> None:
        """`cookie` is the one that pages depend on, beside path and query."""
        self._cookie = cookie
        self._now = now
        self._change = object()
        self._kept = OrderedDict[Key, _CachedPage]()
        self._under_way: dict[Key, tuple[object, asyncio.Task[Rendered]]] = {}
        self._thread = CapacityLimiter(1)
        self._turn = asyncio.Lock()
        self._rest_until = 0.0

    def mark_stale(self) -> None:
        """Have every page rendered again. From any thread, never blocks."""
        self._change = object()

    def endpoint(self, render: Render) -> Callable[..., Awaitable[Response]]:
        """Return the endpoint of pages; `render` gets the request and the parameters of its path.

        It answers 304 where the browser has the page already. What is rendered for one session, or
        one key, is kept for that one alone.
        """

        async def page(request: Request, caller: Visitor) -> Response:
            found, compressed = await self._page(request, caller, render)
            if found.headers["etag"] == request.headers.get("if-none-match"):
                return Response(status_code=_NOT_MODIFIED, headers=_without_length(found))
            # No secret of a session is compressed beside what an address says (BREACH).
            if "gzip" in request.headers.get("accept-encoding", "") and not (
                caller and request.url.query
            ):
                headers = {**_without_length(found), "content-encoding": "gzip"}
                return Response(compressed, found.status_code, headers)
            return Response(found.body, found.status_code, dict(found.headers))

        return page

    async def _page(self, request: Request, caller: Caller | None, render: Render) -> Rendered:
        query, whose = request.url.query, "" if caller is None else caller.csrf or caller.key_id
        key = request.url.path, query, request.cookies.get(self._cookie, ""), whose
        kept = self._kept.get(key)
        if kept is not None and kept.change is self._change and self._now() < kept.until:
            self._kept.move_to_end(key)
            return kept.page
        try:
            async with asyncio.timeout(_WAIT):
                return await asyncio.shield(self._rendering(key, request, render))
        except TimeoutError:
            raise StoreUnavailable("pages take too long") from None

    def _rendering(self, key: Key, request: Request, render: Render) -> "asyncio.Task[Rendered]":
        change = self._change
        began, task = self._under_way.get(key, (None, None))
        if task is None or began is not change or task.done():
            work = partial(render, request, **request.path_params)
            task = asyncio.create_task(self._rendered(key, change, work))
            self._under_way[key] = change, task
        return task

    async def _rendered(self, key: Key, change: object, work: Callable[[], Response]) -> Rendered:
        try:
            page = await self._in_turn(lambda: _compressed(work()))
        finally:
            if self._under_way.get(key, (None,))[0] is change:
                del self._under_way[key]
        if len(key[1]) <= _LONGEST:
            self._kept[key] = _CachedPage(change, self._now() + FRESH, page)
            if len(self._kept) > MOST:
                self._kept.popitem(last=False)
        return page

    async def _in_turn(self, work: Callable[[], Rendered]) -> Rendered:
        async with self._turn:
            await asyncio.sleep(self._rest_until - monotonic())
            began = monotonic()
            try:
                return await run_sync(work, limiter=self._thread)
            finally:
                self._rest_until = 2 * monotonic() - began


def _compressed(page: Response) -> Rendered:
    page.headers["ETag"] = f'W/"{sha256(bytes(page.body)).hexdigest()[:16]}"'
    return page, compress(bytes(page.body), _LEVEL)


def _without_length(page: Response) -> dict[str, str]:
    return {name: value for name, value in page.headers.items() if name != "content-length"}
