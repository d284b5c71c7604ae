"""The app: FastAPI with our problems, request ids, hot routes, health pages and offline docs.

One app serves one service or all three. Hot routes are plain ASGI taken before FastAPI's stack,
because that stack costs more than the work of a small post.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from fastapi import APIRouter, FastAPI
from prometheus_client import CollectorRegistry
from starlette.types import Lifespan, Receive, Scope, Send

from duibiao.web.keyring import Keyring

HotRoute = Callable[[Scope, Receive, Send], Awaitable[None]]
Reasons = Callable[[], Sequence[str]]


class App(FastAPI):
    """The HTTP face of a process.

    A hot route may raise Problem or any exception before it has begun to answer; both are told
    as problems. It finds the request's trace id in scope["state"]["trace_id"].
    """

    def __init__(
        self,
        *,
        keyring: Keyring,
        registry: CollectorRegistry,
        not_ready: Reasons = tuple,
        routers: Sequence[APIRouter] = (),
        hot: Mapping[tuple[str, str], HotRoute] | None = None,
        version: str = "0",
        lifespan: Lifespan[Any] | None = None,
    ) -> None:
        """`hot` maps (method, path) to its route; `not_ready` gives the reasons, none = ready."""
        super().__init__(
            title="对标 Duibiao",
            version=version,
            docs_url=None,
            redoc_url=None,
            redirect_slashes=False,
            lifespan=lifespan,
        )
        self.keyring = keyring
        self.registry = registry
        self.not_ready = not_ready
        self._hot = dict(hot or {})
        for router in routers:
            self.include_router(router)
