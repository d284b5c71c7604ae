"""How much one sender may ask for in a while: token buckets, and the fields that tell what is left.

A bucket holds `burst` tokens and wins back `rate` of them a second. Any thread may take. Each
process counts for itself. The fields are those of draft-ietf-httpapi-ratelimit-headers-11; they say
what held when the answer began.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import ceil
from threading import Lock
from typing import Any, Final

from starlette.types import Scope

from duibiao.web.access import Caller
from duibiao.web.problems import Fault, Problem, fault

DRAFT: Final = "draft-ietf-httpapi-ratelimit-headers-11"
_STATE: Final = "allowance"
_MANY: Final = 10_000  # buckets

Field = tuple[bytes, bytes]


@dataclass(frozen=True, slots=True)
class Policy:
    """One limit.

    Attributes:
        name: what the fields call it; also the unit, as the draft's `qu`.
        unit: what is counted, in English and in Chinese.
        burst: tokens of a full bucket.
        rate: tokens that come back in a second.

    """

    name: str
    unit: tuple[str, str]
    burst: int
    rate: float

    @property
    def window(self) -> int:
        """Seconds in which an empty bucket is full again."""
        return ceil(self.burst / self.rate)


@dataclass(slots=True)
class _Bucket:
    tokens: float
    at: float


class Quota:
    """The buckets of one policy, one a sender."""

    def __init__(self, policy: Policy, monotonic: Callable[[], float]) -> None:
        """`monotonic` tells seconds that never run backwards."""
        self.policy = policy
        self._monotonic = monotonic
        self._lock = Lock()
        self._buckets: dict[str, _Bucket] = {}

    def take(self, who: str, amount: int = 1) -> int:
        """Take tokens and return 0, or take none and return the seconds until there are enough.

        More than a full bucket is given when the bucket is full, and is owed from then on.
        """
        with self._lock:
            bucket = self._filled(who)
            short = min(amount, self.policy.burst) - bucket.tokens
            if short > 0:
                return ceil(short / self.policy.rate)
            bucket.tokens -= amount
            return 0

    def charge(self, who: str, amount: int) -> None:
        """Take tokens whether they are there or not; what is not there is owed."""
        with self._lock:
            self._filled(who).tokens -= amount

    def wait(self, who: str) -> int:
        """Return the seconds until there is a token, 0 where there is one."""
        with self._lock:
            short = 1 - self._filled(who).tokens
        return ceil(short / self.policy.rate) if short > 0 else 0

    def standing(self, who: str) -> tuple[int, int]:
        """Return the tokens that are left, and the seconds until the bucket is full again."""
        with self._lock:
            tokens = self._filled(who).tokens
        return max(0, int(tokens)), ceil((self.policy.burst - tokens) / self.policy.rate)

    def _filled(self, who: str) -> _Bucket:
        now = self._monotonic()
        bucket = self._buckets.get(who)
        if bucket is None:
            self._forget(now)
            bucket = self._buckets[who] = _Bucket(self.policy.burst, now)
        else:
            won = (now - bucket.at) * self.policy.rate
            bucket.tokens, bucket.at = min(self.policy.burst, bucket.tokens + won), now
        return bucket

    def _forget(self, now: float) -> None:
        """Let go of buckets that are full again, where there are many: senders may be anybody."""
        if len(self._buckets) >= _MANY:
            burst, rate = self.policy.burst, self.policy.rate
            self._buckets = {
                who: bucket
                for who, bucket in self._buckets.items()
                if bucket.tokens + (now - bucket.at) * rate < burst
            }


class Quotas:
    """Quotas that are told together, in the fields of one answer."""

    def __init__(self, *quotas: Quota) -> None:
        self._quotas = quotas
        policies = [quota.policy for quota in quotas]
        told = ", ".join(f'"{p.name}";q={p.burst};w={p.window};qu="{p.name}"' for p in policies)
        self._policy: Field = (b"ratelimit-policy", told.encode("ascii"))

    def enter(self, caller: Caller, scope: Scope) -> str:
        """Count one request against the first quota, and return whose it is.

        The answer will tell how its caller stands.

        Raises:
            Problem: 429 where it is one too many, or nothing is left of another quota.

        """
        who = counted_as(caller)
        scope["state"][_STATE] = (self, who)
        first, *others = self._quotas
        for quota in others:
            _no_wait(quota, quota.wait(who))
        _no_wait(first, first.take(who))
        return who

    def fields(self, who: str) -> Sequence[Field]:
        """Return the header fields of an answer."""
        told = ", ".join(self._told(quota, who) for quota in self._quotas)
        return self._policy, (b"ratelimit", told.encode("ascii"))

    def _told(self, quota: Quota, who: str) -> str:
        left, seconds = quota.standing(who)
        return f'"{quota.policy.name}";r={left};t={seconds}'


def counted_as(caller: Caller) -> str:
    """Return whose quota a caller uses: an org has one for all its keys, so has every role."""
    return caller.org or caller.role


def fields_of(state: Mapping[str, Any]) -> Sequence[Field]:
    """Return the fields for the answer to a request of this state; none without a quota."""
    applied: tuple[Quotas, str] | None = state.get(_STATE)
    return () if applied is None else applied[0].fields(applied[1])


def later(told: Fault, seconds: int) -> Problem:
    """Return a problem 429 that asks to come again after some seconds."""
    return Problem("too-many-requests", [told], headers={"Retry-After": str(seconds)})


def _no_wait(quota: Quota, seconds: int) -> None:
    if seconds:
        limit, unit = quota.policy.burst, quota.policy.unit
        raise later(fault("too-many-requests", limit=limit, unit=unit, seconds=seconds), seconds)
