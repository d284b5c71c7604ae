"""The port of all channels: one takes a message to one receiver, and says how the try ended."""

import socket
import ssl
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future, InvalidStateError
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from http.client import HTTPException
from queue import SimpleQueue
from typing import TYPE_CHECKING, ClassVar, Final, Generic, Literal, TypeVar

import structlog

from services.alerts.adapters.channels import address_guard as guard
from services.alerts.adapters.channels.config import Config
from services.alerts.adapters.channels.signature import SecretError

if TYPE_CHECKING:
    from services.alerts.adapters.channels.writer import Writer

Resolve = Callable[[str, int], Sequence[str]]
_Answered = Literal["sent", "gone", "refused", "status"]
_Failed = Literal["timeout", "connection", "error", "no-recipient"]
Outcome = _Answered | _Failed | Literal["address-refused", "secret-refused"]
# The outcomes after which nothing is tried again.
ENDINGS: Final = frozenset({"sent", "gone", "refused"})
C = TypeVar("C", bound=Config)

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


_Try = tuple[Future[Result], Message, datetime]


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
    """Sends to one receiver; a kind of channel is its `attempt`.

    Attempts block, on a thread of their own: one that hangs is left behind with it. `send` and
    `close` belong to one thread, `abandon` is for any.

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
        self._thread: threading.Thread | None = None
        self._tries: SimpleQueue[_Try | None] = SimpleQueue()
        self._answer: Future[Result] = Future()
        self._abandoned = False

    def send(self, message: Message, now: datetime) -> Result:
        """Try once. Whatever the receiver, its name or its certificate does becomes a result.

        Raises:
            Abandoned: `abandon` was called, before or meanwhile.

        """
        answer = self._answer = Future()
        if self._abandoned:
            raise Abandoned
        if self._thread is None:
            self._tries = SimpleQueue()
            # A daemon: what hangs must hold up nobody, not even the end.
            self._thread = threading.Thread(
                target=self._try, name=type(self).__name__, args=(self._tries,), daemon=True
            )
            self._thread.start()
        self._tries.put((answer, message, now))
        try:
            return answer.result(self.environment.timeout)
        except TimeoutError:
            if answer.cancel():
                self.close()
            return Result("timeout")
        except (guard.Refused, UnicodeError):
            return Result("address-refused")
        except SecretError:
            return Result("secret-refused")
        except (HTTPException, OSError):
            return Result("connection")
        except Abandoned:
            raise
        except Exception:  # noqa: BLE001 - what cannot be written must not end the dispatcher
            _log.exception("channel failed", notification=message.id)
            return Result("error")

    def abandon(self) -> None:
        """Break off the try under way, and every later one."""
        self._abandoned = True
        with suppress(InvalidStateError):  # it has ended
            self._answer.set_exception(Abandoned())

    def close(self) -> None:
        """Close the connection and end the thread, once it comes back."""
        self._tries.put(None)
        self._thread = None
        self.disconnect()

    def attempt(self, message: Message, now: datetime) -> Result:
        """Try once, in any time; may raise Refused, SecretError, OSError, HTTPException."""
        raise NotImplementedError

    def disconnect(self) -> None:
        """Close the connection; break off the attempt that waits for it."""

    @staticmethod
    def break_off(line: socket.socket | None) -> None:
        """Have whoever waits for a connection, on its own thread, wait no longer."""
        if line is not None:
            with suppress(OSError):
                # Not that of TLS: it would have what is being sent go on in clear text.
                socket.socket.shutdown(line, socket.SHUT_RDWR)

    def addresses(self, host: str, port: int, *, encrypted: bool) -> Sequence[guard.Address]:
        """Return the addresses of a host, resolved once and judged; Refused where one is bad."""
        if guard.literal(host) is not None:
            found: Sequence[str] = [host]
        else:
            found = self.environment.resolve(host, port)
        self.check_in_time()
        return guard.judge(host, found, self.environment.allowed, encrypted=encrypted)

    def connected(
        self, addresses: Sequence[guard.Address], port: int, tls_name: str | None = None
    ) -> socket.socket:
        """Return a connection to the first of the addresses that answers, in TLS to a name."""
        tls = None if tls_name is None else self.tls

        def connect(address: guard.Address) -> socket.socket:
            line = socket.create_connection((str(address), port), self.environment.timeout)
            return line if tls is None else tls.wrap_socket(line, server_hostname=tls_name)

        for address in addresses[:-1]:
            with suppress(OSError):
                return connect(address)
        return connect(addresses[-1])

    @cached_property
    def tls(self) -> ssl.SSLContext:
        """What certificates are checked with: reading the system's costs more than a message."""
        return ssl.create_default_context(cafile=getattr(self.config, "ca_file", None))

    def check_in_time(self) -> None:
        """Raise Abandoned where nobody waits for this attempt any more: to call before it sends."""
        if self._abandoned or threading.current_thread() is not self._thread:
            raise Abandoned

    def _try(self, tries: "SimpleQueue[_Try | None]") -> None:
        while one := tries.get():
            answer, message, now = one
            with suppress(InvalidStateError):  # nobody waits any more
                try:
                    answer.set_result(self.attempt(message, now))
                except Exception as error:  # noqa: BLE001 - raised again where it is waited for
                    answer.set_exception(error)


def resolve_by_system(host: str, port: int) -> Sequence[str]:
    """Return the addresses that the system's resolver gives for a host; () for none."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return ()
    return list(dict.fromkeys(str(address[0]) for *_, address in found))
