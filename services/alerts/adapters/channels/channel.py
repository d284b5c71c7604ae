"""The port of all channels: one takes a message to one receiver, and says how the try ended."""

import asyncio
import socket
import threading
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import Future, InvalidStateError
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, ClassVar, Final, Generic, Literal, TypeVar

import httpx
import structlog

from services.alerts.adapters.channels import address_guard as guard
from services.alerts.adapters.channels.config import Config
from services.alerts.adapters.channels.signature import SecretError

if TYPE_CHECKING:
    from services.alerts.adapters.channels.writer import Writer

Resolve = Callable[[str, int], Awaitable[Sequence[str]]]
_Answered = Literal["sent", "gone", "refused", "status"]
_Failed = Literal["timeout", "connection", "error", "no-recipient"]
Outcome = _Answered | _Failed | Literal["address-refused", "secret-refused"]
# The outcomes after which nothing is tried again.
ENDINGS: Final = frozenset({"sent", "gone", "refused"})
C = TypeVar("C", bound=Config)
T = TypeVar("T")

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Result:
    """How a try ended; see `ENDINGS`.

    `gone` is HTTP's 410, `refused` a final no to this message, `status` any other answer that is
    not a yes. `status_code` is HTTP's, SMTP's or the robot's own. `retry_after` is in seconds.
    `detail` is what the other side said, for the history.
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


@dataclass(frozen=True, slots=True)
class Environment:
    """What channels use: `timeout` is in seconds per try, `contacts` finds units' addresses."""

    allowed: guard.Allowed
    timeout: float
    resolve: Resolve
    writer: "Writer"
    contacts: Callable[[Sequence[str]], Sequence[str]]


class Channel(Generic[C]):
    """Sends to one receiver, over an event loop of its own; a kind of channel is its `attempt`.

    `send` and `close` belong to one thread, `abandon` is for any.

    Attributes:
        gap: seconds of rest once all that was due is sent. The next message after a rest goes out
            at once; under load people's messages make way for those of machines.
        pause: seconds between two messages.

    """

    gap: ClassVar[float] = 0.4
    pause: ClassVar[float] = 0.02

    def __init__(self, config: C, environment: Environment) -> None:
        self.config = config
        self.environment = environment
        self._runner = asyncio.Runner()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._task: asyncio.Task[Result] | None = None
        self._abandoned = False

    def send(self, message: Message, now: datetime) -> Result:
        """Try once. Whatever the receiver, its name or its certificate does becomes a result.

        Raises:
            Abandoned: `abandon` was called, before or meanwhile.

        """
        self._loop = self._runner.get_loop()
        if self._abandoned:
            raise Abandoned
        try:
            return self._runner.run(self._in_time(message, now))
        except TimeoutError:
            return Result("timeout")
        except (guard.Refused, UnicodeError):
            return Result("address-refused")
        except SecretError:
            return Result("secret-refused")
        except (httpx.HTTPError, httpx.InvalidURL, OSError):
            return Result("connection")
        except (asyncio.CancelledError, Abandoned):
            raise Abandoned from None
        except Exception:  # noqa: BLE001 - what cannot be written must not end the dispatcher
            _log.exception("channel failed", notification=message.id)
            return Result("error")

    def abandon(self) -> None:
        """Break off the try under way, and every later one."""
        self._abandoned = True
        if self._loop is not None:
            with suppress(RuntimeError):  # closed already
                self._loop.call_soon_threadsafe(self._cancel)

    def close(self) -> None:
        """Close the connections and the loop."""
        with self._runner as runner:
            runner.run(self.disconnect())

    async def attempt(self, message: Message, now: datetime) -> Result:
        """Try once, in any time; may raise Refused, SecretError, OSError and what httpx raises."""
        raise NotImplementedError

    async def disconnect(self) -> None:
        """Close the connections."""

    async def addresses(self, host: str, port: int, *, encrypted: bool) -> Sequence[guard.Address]:
        """Return the addresses of a host, resolved once and judged; Refused where one is bad."""
        if guard.literal(host) is not None:
            found: Sequence[str] = [host]
        else:
            found = await self.environment.resolve(host, port)
        return guard.judge(host, found, self.environment.allowed, encrypted=encrypted)

    def _cancel(self) -> None:
        if self._task is not None:
            self._task.cancel()

    async def _in_time(self, message: Message, now: datetime) -> Result:
        self._task = asyncio.current_task()
        if self._abandoned:  # before there was a task to cancel
            raise Abandoned
        async with asyncio.timeout(self.environment.timeout):
            return await self.attempt(message, now)


async def in_thread(name: str, function: Callable[[], T]) -> T:
    """Return what a function that blocks returns, or raise what it raises."""
    answer: Future[T] = Future()

    def run() -> None:
        try:
            answer.set_result(function())
        except Exception as error:  # noqa: BLE001 - raised again where it is awaited
            with suppress(InvalidStateError):  # nobody waits any more
                answer.set_exception(error)

    # A thread of its own and a daemon: what hangs must hold up nobody, not even the end.
    threading.Thread(target=run, name=name, daemon=True).start()
    return await asyncio.wrap_future(answer)


async def resolve_by_system(host: str, port: int) -> Sequence[str]:
    """Return the addresses that the system's resolver gives for a host; () for none."""
    return await in_thread("resolve", lambda: _look_up(host, port))


def _look_up(host: str, port: int) -> Sequence[str]:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return ()
    return list(dict.fromkeys(str(address[0]) for *_, address in found))
