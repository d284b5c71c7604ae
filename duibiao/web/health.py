"""The pages for machines: /livez, /readyz and /metrics. Open without a key.

A scrape is rendered on a thread, one at a time: fifty thousand series take a good part of a
second, and no request should wait for that. Nor does it wait for a thread of the requests, which
may all be waiting for the database.
"""

from collections.abc import Callable, Sequence

from anyio import CapacityLimiter
from anyio.to_thread import run_sync
from prometheus_client import CollectorRegistry
from prometheus_client.exposition import choose_encoder
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from duibiao.web.framework import RETRY_AFTER_SECONDS
from duibiao.web.problems import Problem, fault

NotReady = Callable[[], Sequence[tuple[str, str]]]
"""Reasons in English and Chinese. Quick: it is asked on the event loop."""


def routes(registry: CollectorRegistry, not_ready: NotReady) -> list[Route]:
    """Return the three routes."""
    one_scrape = CapacityLimiter(1)

    async def livez(_request: Request) -> Response:
        return JSONResponse({"status": "live"})

    async def readyz(_request: Request) -> Response:
        reasons = not_ready()
        if reasons:
            told = [fault("not-ready", reason=reason) for reason in reasons]
            raise Problem("not-ready", told, headers={"Retry-After": str(RETRY_AFTER_SECONDS)})
        return JSONResponse({"status": "ready"})

    async def metrics(request: Request) -> Response:
        encode, content_type = choose_encoder(request.headers.get("accept", ""))
        text = await run_sync(encode, registry, limiter=one_scrape)
        return Response(text, headers={"Content-Type": content_type})

    return [Route("/livez", livez), Route("/readyz", readyz), Route("/metrics", metrics)]
