"""The pages for machines: /livez, /readyz and /metrics. Open without a key.

A scrape is rendered on a thread, one at a time, so that no request waits for it. Nor does it wait
for a thread of the requests, which may all be waiting for the database.
"""

from collections.abc import Callable, Sequence
from typing import Literal

from anyio import CapacityLimiter
from anyio.to_thread import run_sync
from fastapi import APIRouter
from prometheus_client import CollectorRegistry
from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from duibiao.web.error_mapping import RETRY_AFTER_SECONDS
from duibiao.web.exposition import render
from duibiao.web.openapi import MACHINES
from duibiao.web.problems import Problem, error_detail

# Reasons in English and Chinese. Quick: it is asked on the event loop.
NotReady = Callable[[], Sequence[tuple[str, str]]]


class Status(BaseModel):
    """How the process is."""

    status: Literal["live", "ready"]


def router(registry: CollectorRegistry, not_ready: NotReady) -> APIRouter:
    """Return the three routes."""
    made = APIRouter(tags=[MACHINES])
    one_scrape = CapacityLimiter(1)

    @made.get("/livez", summary="进程存活 This process turns")
    async def livez() -> Status:
        return Status(status="live")

    @made.get("/readyz", summary="可以受理 It can take work")
    async def readyz() -> Status:
        reasons = not_ready()
        if reasons:
            told = [error_detail("not-ready", reason=reason) for reason in reasons]
            raise Problem("not-ready", told, headers={"Retry-After": str(RETRY_AFTER_SECONDS)})
        return Status(status="ready")

    @made.get(
        "/metrics", summary="Prometheus指标 What Prometheus reads", response_class=PlainTextResponse
    )
    async def metrics(request: Request) -> Response:
        accept = request.headers.get("accept", "")
        text, content_type = await run_sync(render, registry, accept, limiter=one_scrape)
        return Response(text, headers={"Content-Type": content_type})

    return made
