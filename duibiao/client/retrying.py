"""Sending one request until an answer counts: when to try again, and how long to wait before.

Tried again, always with the same Idempotency-Key: no answer at all, 429, 502, 503, 504, and 409
`still-running`, which only says that an earlier try of ours is still being worked on; 500 a few
times, since it may come of the request itself. Every other 4xx is the answer.
"""

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final

from duibiao.client.answers import Unavailable, problem_of
from duibiao.client.wire import Lost, Reply, Request, Send, Steps, Wait

_AGAIN: Final = frozenset({429, 500, 502, 503, 504})
_CONFLICT, _INTERNAL = 409, 500
_MOST_DOUBLINGS: Final = 30  # 2**30 is far beyond any `most`


@dataclass(frozen=True, slots=True)
class Retries:
    """How long to go on.

    Attributes:
        patience: seconds after which a request is given up; None never.
        first, most: seconds of the first wait, which doubles up to `most`; each is jittered
            between its half and its whole, and never shorter than a Retry-After.
        internal: how often a 500 in a row is tried again.
        chance: a number from 0 up to 1 for the jitter.

    """

    patience: float | None = 60.0
    first: float = 0.25
    most: float = 30.0
    internal: int = 4
    chance: Callable[[], float] = random.random

    def wait(self, tries: int, retry_after: float | None = None) -> float:
        """Return the seconds to wait after so many tries."""
        whole = min(self.most, self.first * 2.0 ** min(tries - 1, _MOST_DOUBLINGS))
        jittered = whole * (1 + self.chance()) / 2
        # Those who were told the same Retry-After must not all come back at once.
        return jittered if retry_after is None else max(jittered, retry_after + jittered / 2)


def deliver(
    request: Request,
    retries: Retries,
    now: Callable[[], float],
    clock: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> Steps[Reply]:
    """Send a request until an answer counts, and return that.

    Args:
        request: stays the same over all tries.
        retries: how long to go on.
        now: monotonic seconds, against which the patience runs.
        clock: aware; a Retry-After may be a date.

    Raises:
        Unavailable: the patience would end before the next try, or it was 500 too often.

    """
    began = now()
    tries = internal = 0
    while True:
        heard = yield Send(request)
        tries += 1
        internal = internal + 1 if _is_internal(heard) else 0
        if isinstance(heard, Reply) and not passing(heard):
            return heard
        after = retry_after(heard, clock()) if isinstance(heard, Reply) else None
        seconds = retries.wait(tries, after)
        reason = reason_of(heard)
        late = retries.patience is not None and now() - began + seconds > retries.patience
        if late or internal > retries.internal:
            raise Unavailable(reason, tries, after)
        yield Wait(seconds, reason)


def _is_internal(heard: Lost | Reply | None) -> bool:
    return isinstance(heard, Reply) and heard.status == _INTERNAL


def passing(reply: Reply) -> bool:
    """Whether the same request may be answered otherwise a little later."""
    if reply.status != _CONFLICT:
        return reply.status in _AGAIN
    problem = problem_of(reply)
    return problem is not None and any(fault.code == "still-running" for fault in problem.errors)


def retry_after(reply: Reply, clock: datetime) -> float | None:
    """Return the seconds that a Retry-After asks for; None where there is none to be read."""
    value = reply.headers.get("retry-after", "").strip()
    if value.isascii() and value.isdecimal():
        return float(value)
    try:
        moment = parsedate_to_datetime(value)
    except ValueError:
        return None
    if moment.tzinfo is None:  # "-0000", which HTTP does not know
        moment = moment.replace(tzinfo=UTC)
    return max(0.0, (moment - clock).total_seconds())


def reason_of(heard: Reply | Lost | None) -> str:
    """Say in a few words why an answer does not count."""
    if isinstance(heard, Lost):
        return heard.reason
    if heard is None:
        return "no answer"
    problem = problem_of(heard)
    trace = f", trace_id {problem.trace_id}" if problem is not None and problem.trace_id else ""
    return f"HTTP {heard.status}{trace}"
