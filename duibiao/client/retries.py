"""When a request is sent again, and how long the client waits before."""

import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final

import httpx

from duibiao.client.answers import Unavailable, problem_of

_TEMPORARY: Final = frozenset({429, 500, 502, 503, 504})
_CONFLICT, _INTERNAL = 409, 500
_MOST_INTERNAL: Final = 4  # retries of a 500 in a row, which may come of the request itself
_FIRST, _LONGEST = 0.25, 30.0  # seconds
_MOST_DOUBLINGS: Final = 7  # 0.25 s * 2**7 > 30 s


@dataclass(frozen=True, slots=True)
class Retries:
    """Retries of one request.

    No answer, 429, 502, 503, 504 and 409 `still-running` are retried, 500 at most four times in a
    row. Waits double from 0.25 s to 30 s, jittered, and are never shorter than Retry-After.

    Attributes:
        patience: seconds after which the client gives up.
        on_wait: called with the seconds and the reason before each wait.

    """

    patience: float = 60.0
    on_wait: Callable[[float, str], None] = lambda _seconds, _reason: None
    sleep: Callable[[float], None] = time.sleep
    clock: Callable[[], float] = time.monotonic
    chance: Callable[[], float] = random.random

    def until_answered(self, send: Callable[[], httpx.Response]) -> httpx.Response:
        """Send until the answer is final. Raise Unavailable once the patience is exhausted."""
        deadline = self.clock() + self.patience
        tries = internal = 0
        while True:
            tries += 1
            after = None
            try:
                response = send()
            except httpx.RequestError as error:
                reason = f"{type(error).__name__}: {error}".removesuffix(": ")
                internal = 0
            else:
                if not _is_temporary(response):
                    return response
                reason, after = _reason(response), retry_after(response, datetime.now(UTC))
                internal = internal + 1 if response.status_code == _INTERNAL else 0
            seconds = self.backoff(tries, after)
            if self.clock() + seconds > deadline or internal > _MOST_INTERNAL:
                raise Unavailable(reason, tries, after)
            self.on_wait(seconds, reason)
            self.sleep(seconds)

    def backoff(self, tries: int, after: float | None = None) -> float:
        """Return the seconds to wait after so many tries."""
        whole = min(_LONGEST, _FIRST * 2.0 ** min(tries - 1, _MOST_DOUBLINGS))
        jittered = whole * (1 + self.chance()) / 2
        # Clients with the same Retry-After must not all return at once.
        return jittered if after is None else max(jittered, after + jittered / 2)


def retry_after(response: httpx.Response, now: datetime) -> float | None:
    """Return Retry-After in seconds; None where it is absent or invalid."""
    value = response.headers.get("retry-after", "").strip()
    if value.isascii() and value.isdecimal():
        return float(value)
    try:
        date = parsedate_to_datetime(value)
    except ValueError:
        return None
    return max(0.0, (date.replace(tzinfo=date.tzinfo or UTC) - now).total_seconds())


def _is_temporary(response: httpx.Response) -> bool:
    if response.status_code != _CONFLICT:
        return response.status_code in _TEMPORARY
    problem = problem_of(response)
    return problem is not None and any(e.code == "still-running" for e in problem.errors)


def _reason(response: httpx.Response) -> str:
    problem = problem_of(response)
    trace = f", trace_id {problem.trace_id}" if problem is not None and problem.trace_id else ""
    return f"HTTP {response.status_code}{trace}"
