"""What goes over the wire and what comes back, as values; and work as steps that need no socket.

Everything the clients do is a generator of `Step`s: it asks for a request to be sent or for a
wait, and is told what was heard. `Client` and `AsyncClient` take the steps, each in its own way.

    Send  ->  Reply | Lost
    Wait  ->  None
"""

from collections.abc import Generator, Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeVar

Kind = Literal["observations", "cases", "progress-reports"]
Mode = Literal["atomic", "partial"]


@dataclass(frozen=True, slots=True)
class Request:
    """One request, without the key of the sender. `path` holds the query too."""

    method: Literal["GET", "POST"]
    path: str
    media: str | None = None
    repeat_key: str | None = None
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer, whatever it says; names of headers in lower case."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class Lost:
    """No answer came. Whether the request arrived is not known."""

    reason: str


@dataclass(frozen=True, slots=True)
class Send:
    """Send this request once."""

    request: Request


@dataclass(frozen=True, slots=True)
class Wait:
    """Wait so many seconds; `reason` says why, for a person."""

    seconds: float
    reason: str


Step = Send | Wait
Heard = Reply | Lost | None

T = TypeVar("T")
Steps = Generator[Step, Heard, T]
