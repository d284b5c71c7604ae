"""One request and its answer, as plain ASGI: its trace id, whose it is, and whether it has begun.

The trace id is the caller's X-Request-Id where that is a sensible word, else a fresh one. It
stands in every answer's X-Request-Id, in every problem and in the log line of a failure.
"""

import random
from collections.abc import Callable, Sequence
from typing import Any, Final

from starlette.types import Message, Scope, Send

REQUEST_ID: Final = "X-Request-Id"
_HEADER: Final = REQUEST_ID.lower().encode("ascii")
_LONGEST: Final = 64
_ALLOWED: Final = frozenset(b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-_.")
_FRESH_BITS: Final = 128
_NOSNIFF: Final = (b"x-content-type-options", b"nosniff")
_ORG: Final = "org"
_LIMITS: Final = "limits"
_LATE: Final = "late"

Header = tuple[bytes, bytes]


class Exchange:
    """Stands in for `send`: adds the request id and remembers that an answer has begun."""

    __slots__ = ("_send", "_state", "started", "trace_id")

    def __init__(self, scope: Scope, send: Send) -> None:
        """Put the trace id where routes and handlers find it: scope["state"]["trace_id"]."""
        self._send = send
        self.started = False
        self.trace_id = _asked_for(scope) or _fresh()
        self._state = scope.setdefault("state", {})
        self._state["trace_id"] = self.trace_id

    async def __call__(self, message: Message) -> None:
        """Pass a message on."""
        if message["type"] == "http.response.start":
            self.started = True
            limits = self._state.get(_LIMITS)
            message["headers"] = [
                *message.get("headers", ()),
                (_HEADER, self.trace_id.encode("ascii")),
                _NOSNIFF,
                *(limits() if limits else ()),
            ]
        await self._send(message)


def trace_id_of(scope: Scope) -> str:
    """Return the trace id of a request that the app is handling."""
    trace_id: str = scope["state"]["trace_id"]
    return trace_id


def on_behalf_of(scope: Scope, org: str | None) -> None:
    """Take note whose request this is: an org of the register, None where it is nobody's."""
    scope.setdefault("state", {})[_ORG] = org or ""


def org_of(scope: Scope) -> str:
    """Return whose request this is; "" where that is not known, or it is no org's."""
    org: str = scope["state"].get(_ORG, "")
    return org


def be_late(state: dict[str, Any]) -> None:
    """Take note that the server has given a request up whose body did not come in time."""
    state[_LATE] = True


def is_late(scope: Scope) -> bool:
    """Tell whether the server has given it up."""
    return _LATE in scope["state"]


def tell_limits(scope: Scope, headers: Callable[[], Sequence[Header]]) -> None:
    """Have the answer tell how its caller stands, by these headers, when it begins."""
    scope["state"][_LIMITS] = headers


def has_limits(scope: Scope) -> bool:
    """Tell whether it will, so that the request has been counted."""
    return _LIMITS in scope["state"]


def _fresh() -> str:
    # Not the system's randomness: asking for it lets go of the interpreter, which then waits its
    # turn behind every other thread. A trace id need not be hard to guess.
    return f"{random.getrandbits(_FRESH_BITS):032x}"


def _asked_for(scope: Scope) -> str | None:
    for name, value in scope["headers"]:
        if name == _HEADER:
            word: bytes = value
            sensible = 0 < len(word) <= _LONGEST and _ALLOWED.issuperset(word)
            return word.decode("ascii") if sensible else None
    return None
