"""The client that waits for every answer."""

import time
from collections.abc import Callable
from types import TracebackType
from typing import Self, TypeVar

import httpx

from duibiao.client.answers import Receipt
from duibiao.client.bodies import MOST_ROWS
from duibiao.client.progress import Part, Progress
from duibiao.client.retrying import Retries
from duibiao.client.shared import Shared, heard, lost, progress_or_new
from duibiao.client.spool import Drained, Spool, drain
from duibiao.client.uploading import Plan
from duibiao.client.wire import Heard, Kind, Mode, Request, Steps, Wait

T = TypeVar("T")


class Client(Shared):
    """Speaks to the product for one org, and waits for every answer.

    Every method raises `Refused`, `Unavailable` or `Unexpected`, all of them `ClientError`.
    """

    def __init__(
        self,
        url: str,
        key: str,
        *,
        retries: Retries | None = None,
        timeout: float = 60.0,
        transport: httpx.BaseTransport | None = None,
        sleep: Callable[[float], None] = time.sleep,
        on_wait: Callable[[Wait], None] | None = None,
    ) -> None:
        """`timeout` in seconds, of one try; `on_wait` hears of every wait before it begins."""
        super().__init__(url, key, retries, on_wait)
        self._http = httpx.Client(timeout=timeout, transport=transport)
        self._sleep = sleep

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def submit(
        self,
        kind: Kind,
        rows: object,
        *,
        mode: Mode = "atomic",
        dry_run: bool = False,
        idempotency_key: str | None = None,
    ) -> Receipt:
        """Send rows of one org in one request.

        Args:
            kind: "observations", "cases" or "progress-reports".
            rows: one mapping or dataclass, an iterable of them, or the path of a file.
            mode: "atomic": one wrong row and nothing is stored; "partial": the others are.
            dry_run: only check.
            idempotency_key: a fresh one unless given; all tries share it.

        """
        return self._take(self._asking.submit(kind, rows, mode, idempotency_key, dry_run=dry_run))

    def submission(self, submission: Receipt | str) -> Receipt:
        """Return the receipt of a submission, by receipt or id, as it stands."""
        return self._take(self._asking.submission(submission))

    def evaluated(self, submission: Receipt | str, *, within: float = 60.0) -> Receipt:
        """Return the receipt once its counts are final; wait so many seconds for it."""
        return self._take(self._asking.evaluated(submission, within))

    def upload(
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
        """Send any number of rows in as many requests as they need, and return how it went.

        Args:
            kind: "observations", "cases" or "progress-reports".
            rows: the path of a file, or an iterable of mappings or dataclasses.
            mode: each request by itself is atomic or partial; an atomic one that is refused ends
                the upload.
            dry_run: only check.
            progress: a `StateFile` to go on from after an interruption.
            spool: where requests go while the product is away, and as long as others wait there
                (so `drain` it first).
            told: hears of every part once it is answered.
            most_rows: of one request.

        """
        plan = Plan(kind, mode, dry_run, most_rows)
        progress = progress_or_new(progress)
        self._take(self._uploading(plan, rows, progress, spool, told).steps())
        return progress

    def drain(self, spool: Spool) -> Drained:
        """Send what waits in a spool, in order."""
        return self._take(drain(spool, self._asking))

    def _take(self, steps: Steps[T]) -> T:
        answer: Heard = None
        while True:
            try:
                step = steps.send(answer)
            except StopIteration as end:
                result: T = end.value
                return result
            if isinstance(step, Wait):
                self._on_wait(step)
                self._sleep(step.seconds)
                answer = None
            else:
                answer = self._ask(step.request)

    def _ask(self, request: Request) -> Heard:
        try:
            return heard(self._http.send(self._wire(request)))
        except httpx.RequestError as error:
            return lost(error)
