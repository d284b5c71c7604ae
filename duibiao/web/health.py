"""The pages for machines: /livez, /readyz and /metrics. Open without a key.

A scrape is rendered on a thread, one at a time: fifty thousand series take a good part of a
second, and no request should wait for that.
"""

import asyncio
from collections.abc import Callable, Sequence

from prometheus_client import CollectorRegistry
from prometheus_client.exposition import choose_encoder
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from duibiao.web.problems import Problem, fault


def routes(registry: CollectorRegistry, not_ready: Callable[[], Sequence[str]]) -> list[Route]:
    """Return the three routes; `not_ready` must be quick, it is asked on the event loop."""
    one_scrape = asyncio.Lock()

    async def livez(_request: Request) -> Response:
        return JSONResponse({"status": "live"})

    async def readyz(_request: Request) -> Response:
        reasons = not_ready()
        if reasons:
            raise Problem("not-ready", [fault("not-ready", reason=reason) for reason in reasons])
        return JSONResponse({"status": "ready"})

    async def metrics(request: Request) -> Response:
        encode, content_type = choose_encoder(request.headers.get("accept", ""))
        async with one_scrape:
            text = await run_in_threadpool(encode, registry)
        return Response(text, headers={"Content-Type": content_type})

    return [Route("/livez", livez), Route("/readyz", readyz), Route("/metrics", metrics)]
