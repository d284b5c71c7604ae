"""How much one sender may ask for in a while: token buckets, and the fields that tell what is left.

A bucket holds `burst` tokens and wins back `rate` of them a second. Any thread may take. Each
process counts for itself. The fields are those of draft-ietf-httpapi-ratelimit-headers-11; they say
what held when the answer began.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from ipaddress import IPv4Address, ip_address, ip_network
from math import ceil
from threading import Lock
from typing import Final

from starlette.datastructures import Headers
from starlette.types import Scope

from duibiao.web.access import Admission, Caller, admitted
from duibiao.web.cookies import session_of
from duibiao.web.exchange import Header, tell_limits
from duibiao.web.problems import ErrorDetail, Problem, error_detail

DRAFT: Final = "draft-ietf-httpapi-ratelimit-headers-11"
_MANY: Final = 10_000  # buckets
_PAGES: Final = ("/board", "/docs", "/problems")
_NOT_COUNTED: Final = "/board/static/"  # kept by browsers
_PREFIX: Final = 64  # bits of an IPv6 address that one line has


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


class Quota:
    """The buckets of one policy, one a sender."""

    def __init__(self, policy: Policy, monotonic: Callable[[], float]) -> None:
        """`monotonic` tells seconds that never run backwards."""
        self.policy = policy
        self._burst, self._rate = policy.burst, policy.rate
        self._monotonic = monotonic
        self._lock = Lock()
        self._buckets: dict[str, tuple[float, float]] = {}  # tokens that are missing, and when

    def take(self, who: str, amount: int = 1) -> int:
        """Take tokens and return 0, or take none and return the seconds until there are enough.

        More than a full bucket is given when the bucket is full, and is owed from then on.
        """
        with self._lock:
            now = self._monotonic()
            missing = self._missing(who, now)
            short = missing + min(amount, self._burst) - self._burst
            if short > 0:
                return ceil(short / self._rate)
            self._set(who, now, missing + amount)
            return 0

    def charge(self, who: str, amount: int) -> None:
        """Take tokens whether they are there or not; what is not there is owed."""
        with self._lock:
            now = self._monotonic()
            self._set(who, now, self._missing(who, now) + amount)

    def wait(self, who: str) -> int:
        """Return the seconds until there is a token, 0 where there is one."""
        short = self._missing(who, self._monotonic()) + 1 - self._burst
        return ceil(short / self._rate) if short > 0 else 0

    def remaining(self, who: str) -> tuple[int, int]:
        """Return the tokens that are left, and the seconds until the bucket is full again."""
        missing = self._missing(who, self._monotonic())
        return max(0, int(self._burst - missing)), ceil(missing / self._rate)

    def _missing(self, who: str, now: float) -> float:
        """Return how many tokens a bucket is short of being full."""
        missing, at = self._buckets.get(who, (0.0, now))
        return max(0.0, missing - (now - at) * self._rate)

    def _set(self, who: str, now: float, missing: float) -> None:
        if len(self._buckets) >= _MANY and who not in self._buckets:  # senders may be anybody
            known = [(name, self._missing(name, now)) for name in self._buckets]
            self._buckets = {name: (short, now) for name, short in known if short}
        self._buckets[who] = missing, now


class Quotas:
    """Quotas that are told together, in the fields of one answer."""

    def __init__(self, *quotas: Quota) -> None:
        self._quotas = quotas
        policies = [quota.policy for quota in quotas]
        told = ", ".join(f'"{p.name}";q={p.burst};w={p.window};qu="{p.name}"' for p in policies)
        self._policy: Header = (b"ratelimit-policy", told.encode("ascii"))

    def enter(self, caller: Caller, scope: Scope) -> str:
        """Count one request against the first quota, and return whose it is.

        The answer will tell how its caller stands.

        Raises:
            Problem: 429 where it is one too many, or nothing is left of another quota.

        """
        who = counted_as(caller)
        tell_limits(scope, partial(self.fields, who))
        first, *others = self._quotas
        for quota in others:
            _no_wait(quota, quota.wait(who))
        _no_wait(first, first.take(who))
        return who

    def fields(self, who: str) -> Sequence[Header]:
        """Return the header fields of an answer."""
        told = []
        for quota in self._quotas:
            left, seconds = quota.remaining(who)
            told.append(f'"{quota.policy.name}";r={left};t={seconds}')
        return self._policy, (b"ratelimit", ", ".join(told).encode("ascii"))


def counted_as(caller: Caller) -> str:
    """Return whose quota a caller uses: an org has one for all its keys, so has every role."""
    return caller.org or caller.role


def later(told: ErrorDetail, seconds: int) -> Problem:
    """Return a problem 429 that asks to come again after some seconds."""
    return Problem("too-many-requests", [told], headers={"Retry-After": str(seconds)})


def _no_wait(quota: Quota, seconds: int) -> None:
    if seconds:
        limit, unit = quota.policy.burst, quota.policy.unit
        raise later(
            error_detail("too-many-requests", limit=limit, unit=unit, seconds=seconds), seconds
        )


class Visitors:
    """How many pages visitors without a key may ask for: by address, in one process.

    Behind a proxy the address is the visitor's own only where the proxy is a trusted one. An
    office shares one address, so the limit is a generous one.
    """

    def __init__(self, admission: Admission, quota: Quota | None) -> None:
        self._admission = admission
        self._quota = quota

    async def enter(self, scope: Scope) -> int:
        """Count a request; return 0, or the seconds after which its sender may ask for a page."""
        path: str = scope["path"]
        if self._quota is None or not path.startswith(_PAGES) or path.startswith(_NOT_COUNTED):
            return 0
        if await self._is_known(scope):
            return 0
        return self._quota.take(address_of(scope))

    async def _is_known(self, scope: Scope) -> bool:
        header = Headers(scope=scope).get("authorization")
        if header is None and session_of(scope) is None:
            return False
        try:
            await admitted(self._admission, header, scope)
        except Problem:
            return False
        return True


def address_of(scope: Scope) -> str:
    """Return the address of a request, that of the line for IPv6; empty where it is not known."""
    client = scope.get("client")
    try:
        found = ip_address(client[0] if client else "")
    except ValueError:
        return ""
    if isinstance(found, IPv4Address):
        return str(found)
    mapped = found.ipv4_mapped
    return str(mapped or ip_network((found, _PREFIX), strict=False))
