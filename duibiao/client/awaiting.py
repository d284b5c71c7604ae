"""The client for programs on an event loop."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType
from typing import Generic, Self, TypeVar

import httpx

from duibiao.client.answers import Receipt
from duibiao.client.bodies import MOST_ROWS
from duibiao.client.progress import Part, Progress
from duibiao.client.retrying import Retries
from duibiao.client.shared import Shared, heard, lost, progress_or_new
from duibiao.client.spool import Drained, Spool, drain
from duibiao.client.uploading import Plan
from duibiao.client.wire import Heard, Kind, Mode, Request, Step, Steps, Wait

T = TypeVar("T")


class AsyncClient(Shared):
    """Speaks to the product like `Client`, but never holds up the event loop."""

    def __init__(
        self,
        url: str,
        key: str,
        *,
        retries: Retries | None = None,
        timeout: float = 60.0,
        transport: httpx.AsyncBaseTransport | None = None,
        on_wait: Callable[[Wait], None] | None = None,
    ) -> None:
        """`timeout` in seconds, of one try; `on_wait` hears of every wait before it begins."""
        super().__init__(url, key, retries, on_wait)
        self._http = httpx.AsyncClient(timeout=timeout, transport=transport)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def submit(
        self,
        kind: Kind,
        rows: object,
        *,
        mode: Mode = "atomic",
        dry_run: bool = False,
        idempotency_key: str | None = None,
    ) -> Receipt:
        """Send rows of one org in one request, as `Client.submit` does."""
        steps = self._asking.submit(kind, rows, mode, idempotency_key, dry_run=dry_run)
        return await self._take(steps)

    async def submission(self, submission: Receipt | str) -> Receipt:
        """Return the receipt of a submission, by receipt or id, as it stands."""
        return await self._take(self._asking.submission(submission))

    async def evaluated(self, submission: Receipt | str, *, within: float = 60.0) -> Receipt:
        """Return the receipt once its counts are final; wait so many seconds for it."""
        return await self._take(self._asking.evaluated(submission, within))

    async def upload(
        self,
        kind: Kind,
        rows: object,
        *,
        mode: Mode = "partial",
        dry_run: bool = False,
        progress: Progress | None = None,
        spool: Spool | None = None,
        told: Callable[[Part], None] | None = None,
        most_rows: int = MOST_ROWS,
    ) -> Progress:
        """Send any number of rows, as `Client.upload` does; `told` is called on a thread."""
        plan = Plan(kind, mode, dry_run, most_rows)
        progress = progress_or_new(progress)
        uploading = await asyncio.to_thread(self._uploading, plan, rows, progress, spool, told)
        await self._take(uploading.steps())
        return progress

    async def drain(self, spool: Spool) -> Drained:
        """Send what waits in a spool, in order."""
        return await self._take(drain(spool, self._asking))

    async def _take(self, steps: Steps[T]) -> T:
        answer: Heard = None
        while True:
            # Between two steps files are read and written, so each is taken on a thread.
            step = await asyncio.to_thread(_next, steps, answer)
            if isinstance(step, _End):
                return step.value
            if isinstance(step, Wait):
                self._on_wait(step)
                await asyncio.sleep(step.seconds)
                answer = None
            else:
                answer = await self._ask(step.request)

    async def _ask(self, request: Request) -> Heard:
        try:
            return heard(await self._http.send(self._wire(request)))
        except httpx.RequestError as error:
            return lost(error)


@dataclass(frozen=True, slots=True)
class _End(Generic[T]):
    value: T


def _next(steps: Steps[T], answer: Heard) -> Step | _End[T]:
    try:
        return steps.send(answer)
    except StopIteration as end:  # which no future can hold
        return _End(end.value)
