"""The app: FastAPI with our problems, request ids, hot routes, health pages and offline docs.

One app serves one service or all three. Hot routes are plain ASGI taken before FastAPI's stack,
because that stack costs more than the work of a small post.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

import msgspec
import structlog
from fastapi import APIRouter, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from prometheus_client import CollectorRegistry
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.responses import Response
from starlette.routing import Route, compile_path
from starlette.types import Lifespan, Receive, Scope, Send

from duibiao.core.retry import Retry
from duibiao.store.limits import REQUEST, limited
from duibiao.web import exports, health, pages
from duibiao.web.access import Admission, Caller, admitted
from duibiao.web.error_mapping import allowed_at, problem_of
from duibiao.web.exchange import Exchange, has_limits, is_late, org_of, trace_id_of
from duibiao.web.exposition import LabelledCounts
from duibiao.web.openapi import PLACEHOLDER, described, operation_id
from duibiao.web.problems import Problem, error_detail, response
from duibiao.web.quotas import Quota, Quotas, Visitors

HotRoute = Callable[[Scope, Receive, Send], Awaitable[None]]
_ERRORS_FROM: Final = 400
_NOT_ALLOWED: Final = 405
_TOO_LARGE: Final = 413
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Bounds:
    """What one request of an ordinary route may be, and how many `calls` a caller may make.

    A router that has a `max_body_size` says itself how large bodies to its prefix may be. Without a
    good key a body may have `open_body_bytes` only, and must say how long it is; and an address may
    ask for so many `pages`.
    """

    body_bytes: int = 64 << 10
    open_body_bytes: int = 8 << 10
    calls: Quota | None = None
    pages: Quota | None = None


class App(FastAPI):
    """The HTTP face of a process.

    A hot route may raise Problem or any exception before it has begun to answer; both are told
    as problems. It finds its trace id with `duibiao.web.exchange.trace_id_of(scope)`.
    """

    def __init__(  # noqa: PLR0913 - an app is made of these, all but two optional
        self,
        *,
        keyring: Admission,
        registry: CollectorRegistry,
        not_ready: health.NotReady = tuple,
        routers: Sequence[APIRouter] = (),
        hot: Mapping[tuple[str, str], HotRoute] | None = None,
        version: str = "0",
        lifespan: Lifespan[Any] | None = None,
        bounds: Bounds | None = None,
        public_url: str = "",
        sample: bool = False,
    ) -> None:
        """Put the app together; nothing is started.

        `hot` maps (method, path) to its route. `not_ready` gives the reasons why the process
        cannot take work, none when it can. `bounds` hold for ordinary routes; hot routes have
        their own. `public_url` is where people reach the board, if a gateway hides it;
        `sample`: the installation's figures are invented, which every page then tells.
        """
        bounds = bounds or Bounds()
        super().__init__(
            title="对标 Duibiao",
            version=version,
            openapi_url=None,  # FastAPI would write the document anew for every request
            redirect_slashes=False,
            lifespan=lifespan,
            responses=PLACEHOLDER,
            generate_unique_id_function=operation_id,
            max_body_size=bounds.body_bytes,
            # Spans and metrics of the framework are nobody's wish yet, and cost on every request.
            telemetry={"tracing": False, "metrics": False, "logs": False},
        )
        self.keyring, self.sample = keyring, sample
        self.stopping = asyncio.Event()  # what would never end by itself ends then
        public = urlsplit(public_url)
        self.public_host, self._scheme = public.netloc, public.scheme
        self._hot = dict(hot or {})
        self._bounds = bounds
        self._openapi_json: bytes | None = None
        self._refusals = LabelledCounts(
            "duibiao_refusals", "Requests answered with a problem, by type.", ("org", "reason")
        )
        registry.register(self._refusals)
        self._calls = None if bounds.calls is None else Quotas(bounds.calls)
        self._visitors = Visitors(keyring, bounds.pages)
        own = {one.prefix: one.max_body_size for one in routers if one.max_body_size}
        self._own_limits = [(compile_path(path)[0], most) for path, most in own.items()]
        for router in routers:
            self.include_router(router)
        self.include_router(health.router(registry, not_ready))
        self.router.routes.extend(pages.routes())
        self.router.routes.append(Route("/openapi.json", self._serve_openapi))
        self.router.routes.extend(_known_hot(self._hot))
        self.router.routes.extend(exports.routes())
        for raised in (Problem, HTTPException, RequestValidationError, Retry, Exception):
            self.add_exception_handler(raised, _on_error)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request; whatever goes wrong is told as a problem and logged once."""
        if scope["type"] != "http":
            await super().__call__(scope, receive, send)
            return
        if scope["method"] == "HEAD":
            scope = {**scope, "method": "GET"}  # the server, which has the other, sends no body
        exchange = Exchange(scope, send)
        hot = self._hot.get((scope["method"], scope["path"]))
        try:
            if hot is not None:
                await hot(scope, receive, exchange)
            else:
                await self._ordinary(scope, receive, exchange)
        except ClientDisconnect:
            if is_late(scope):
                self._refusals.add(org_of(scope), "timeout")
            _log.info("client left", **_about(scope))
        except Problem as told:
            await self._respond(told, scope, receive, exchange)
        except Exception as error:  # noqa: BLE001 - the edge of the request
            _log_failure(error, scope)
            problem = problem_of(error, method=scope["method"], path=scope["path"])
            await self._respond(problem, scope, receive, exchange)

    async def _ordinary(self, scope: Scope, receive: Receive, exchange: Exchange) -> None:
        if self._scheme:
            scope["scheme"] = self._scheme
        await self._look_at_body(scope)
        _refuse_nul(scope)
        seconds = await self._visitors.enter(scope)
        if seconds:
            self._refusals.add(org_of(scope), "too-many-requests")
            await pages.too_many(seconds)(scope, receive, exchange)
            return
        with limited(REQUEST):
            await super().__call__(scope, receive, exchange)

    def count(self, caller: Caller, scope: Scope) -> None:
        """Count a call of an ordinary route once; Problem 429 where the caller made too many."""
        if self._calls is not None and not has_limits(scope):
            self._calls.enter(caller, scope)

    def refused(self, problem: Problem, scope: Scope) -> Response:
        """Return a problem as the answer to a request, and count it."""
        self._refusals.add(org_of(scope), problem.type)
        if scope["path"].startswith(pages.BOARD) and _is_browser(scope):
            return pages.refused(problem, scope)
        return response(problem, path=scope["path"], trace_id=trace_id_of(scope))

    def openapi(self) -> dict[str, Any]:
        """Return the OpenAPI document, completed. Made once."""
        if self.openapi_schema is None:
            self.openapi_schema = exports.mentioned(described(super().openapi()))
        return self.openapi_schema

    async def _serve_openapi(self, _request: Request) -> Response:
        if self._openapi_json is None:
            self._openapi_json = msgspec.json.encode(self.openapi())
        return Response(self._openapi_json, media_type="application/json")

    async def _respond(
        self, problem: Problem, scope: Scope, receive: Receive, exchange: Exchange
    ) -> None:
        if not exchange.started:
            await self.refused(problem, scope)(scope, receive, exchange)

    async def _look_at_body(self, scope: Scope) -> None:
        """Refuse a body that is too large, and one worth mentioning that comes without a key.

        The framework answers a large Content-Length in plain text, before any handler, and reads
        a body before it asks for the key: whoever had the address could fill the memory.
        """
        headers = Headers(scope=scope)
        declared = headers.get("content-length", "0")
        length = int(declared) if declared.isdecimal() else 0
        most = self._limit_of(scope["path"])
        if length > most:
            raise _too_large(most)
        if length > self._bounds.open_body_bytes or "transfer-encoding" in headers:
            await admitted(self.keyring, headers.get("authorization"), scope)

    def _limit_of(self, path: str) -> int:
        own = (most for pattern, most in self._own_limits if pattern.match(path))
        return next(own, self._bounds.body_bytes)


def _known_hot(hot: Mapping[tuple[str, str], HotRoute]) -> list[Route]:
    """Return routes that let the router answer 405 on the path of a hot route."""

    async def never(_request: Request) -> Response:
        message = "hot routes are taken before the router"
        raise AssertionError(message)

    return [Route(path, never, methods=[method]) for method, path in hot]


def _is_browser(scope: Scope) -> bool:
    return "text/html" in Headers(scope=scope).get("accept", "")


def _refuse_nul(scope: Scope) -> None:
    # No id of ours has one, and PostgreSQL does not even take the question.
    if "\0" in scope["path"]:
        raise Problem("not-found", [error_detail("not-found", value=scope["path"])])
    if b"%00" in scope["query_string"]:
        query = ("the query", "查询条件")
        raise Problem("invalid", [error_detail("nul-character", pointer="/query", field=query)])


async def _on_error(request: Request, error: Exception) -> Response:
    if is_late(request.scope):  # the framework makes a bad request of a body that broke off
        error = Problem("timeout")
    if isinstance(error, HTTPException) and error.status_code < _ERRORS_FROM:
        return Response(status_code=error.status_code, headers=error.headers)
    if isinstance(error, Retry):
        _log_failure(error, request.scope)
    if isinstance(error, HTTPException) and error.status_code == _NOT_ALLOWED:
        allowed = allowed_at(request.app.router.routes, request.scope)
        error = HTTPException(_NOT_ALLOWED, headers={"Allow": allowed})
    # Starlette raises an unexpected exception again once it is answered; App logs it then, once.
    if isinstance(error, HTTPException) and error.status_code == _TOO_LARGE:
        problem = _too_large(request.app.max_body_size)
    else:
        problem = problem_of(error, method=request.method, path=request.scope["path"])
    app: App = request.app
    return app.refused(problem, request.scope)


def _too_large(limit: int) -> Problem:
    return Problem("too-large", [error_detail("too-large", limit=limit)])


def _log_failure(error: Exception, scope: Scope) -> None:
    if isinstance(error, Retry):
        _log.warning("request put off", reason=str(error), **_about(scope))
    else:
        _log.error("request failed", exc_info=error, **_about(scope))


def _about(scope: Scope) -> dict[str, str]:
    return {"trace_id": trace_id_of(scope), "method": scope["method"], "path": scope["path"]}
