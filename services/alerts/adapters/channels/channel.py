"""The port of all channels: one takes a message to one receiver, and says how the try ended."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Annotated, Literal, Protocol, cast

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, ValidationInfo

from services.alerts.adapters.channels.address_guard import Allowed

Resolve = Callable[[str, int], Awaitable[Sequence[str]]]
Outcome = Literal[
    "sent", "gone", "status", "timeout", "connection", "address-refused", "secret-unreadable"
]


@dataclass(frozen=True, slots=True)
class Result:
    """How a try ended; `sent` and `gone` (410) are not tried again.

    `retry_after` is in seconds. `detail` is what the other side said, for the history.
    """

    outcome: Outcome
    status_code: int | None = None
    retry_after: float | None = None
    detail: str | None = None


@dataclass(frozen=True, slots=True)
class Message:
    """What is sent: the same id and steps on every try.

    A step is a JSON document as `documents.webhook_body` or `notice_body` makes it. A webhook's
    message has exactly one.
    """

    id: str
    steps: tuple[bytes, ...]


class Abandoned(Exception):  # noqa: N818 - what happened
    """The try was broken off because the end was asked for; nobody knows how it went."""


class Channel(Protocol):
    """Sends to one receiver. `send` and `close` belong to one thread, `abandon` is for any."""

    def send(self, message: Message, now: datetime) -> Result:
        """Try once. Whatever the receiver, its name or its certificate does becomes a result.

        Raises:
            Abandoned: `abandon` was called, before or meanwhile.

        """

    def abandon(self) -> None:
        """Break off the try under way, and every later one."""

    def close(self) -> None:
        """Let go of connections."""


@dataclass(frozen=True, slots=True)
class Environment:
    """What channels use: allowed addresses, seconds per try, the resolver of names."""

    allowed: Allowed
    timeout: float
    resolve: Resolve


@dataclass(frozen=True, slots=True)
class Checked:
    """What the receivers' file is checked against: its folder, allowed addresses, known words."""

    folder: Path
    allowed: Allowed
    names: Sequence[str]
    known: Mapping[str, set[str]]


def checked(info: ValidationInfo) -> Checked:
    """Return what a part of the receivers' file is checked against."""
    return cast("Checked", info.context)


def _there(file: Path | None, info: ValidationInfo) -> Path | None:
    path = None if file is None else checked(info).folder / file
    if path is not None and not path.is_file():
        raise ValueError(f"{path} is not there")
    return path


File = Annotated[Path, AfterValidator(_there)]
"""A file that is there, named relative to the receivers' file."""
OptionalFile = Annotated[
    Path | None, BeforeValidator(lambda named: named or None), AfterValidator(_there)
]


class Strict(BaseModel):
    """A part of the receivers' file; unknown fields are errors."""

    model_config = ConfigDict(extra="forbid", coerce_numbers_to_str=True, frozen=True)


class Config(Strict):
    """What the receivers' file says of one receiver's channel."""

    def open(self, environment: Environment) -> Channel:
        """Return the channel, not yet connected."""
        raise NotImplementedError
