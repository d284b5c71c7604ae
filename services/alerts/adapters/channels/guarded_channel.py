"""What every channel has: bounded time, a try that can be broken off, addresses that are judged."""

import asyncio
import socket
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime
from typing import TypeVar

import httpx

from services.alerts.adapters.channels.address_guard import Address, Refused, judge, literal
from services.alerts.adapters.channels.channel import Abandoned, Environment, Message, Result
from services.alerts.adapters.channels.signature import SecretError

T = TypeVar("T")


class GuardedChannel:
    """A channel over one event loop; what is particular to it stands in `attempt`."""

    def __init__(self, environment: Environment) -> None:
        """Let the timeout cover everything from resolving to the head of the response."""
        self.environment = environment
        self._runner = asyncio.Runner()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._task: asyncio.Task[Result] | None = None
        self._abandoned = False

    def send(self, message: Message, now: datetime) -> Result:
        """Try once."""
        self._loop = self._runner.get_loop()
        if self._abandoned:
            raise Abandoned
        try:
            return self._runner.run(self._in_time(message, now))
        except TimeoutError:
            return Result("timeout")
        except (Refused, UnicodeError):
            return Result("address-refused")
        except SecretError:
            return Result("secret-unreadable")
        except (httpx.HTTPError, httpx.InvalidURL, OSError):
            return Result("connection")
        except asyncio.CancelledError:
            raise Abandoned from None

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

    async def addresses(self, host: str, port: int, *, encrypted: bool) -> Sequence[Address]:
        """Return the addresses of a host, resolved once and judged; Refused where one is bad."""
        if literal(host) is not None:
            found: Sequence[str] = [host]
        else:
            found = await self.environment.resolve(host, port)
        return judge(host, found, self.environment.allowed, encrypted=encrypted)

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
    loop = asyncio.get_running_loop()
    answer: asyncio.Future[T] = loop.create_future()

    def settle(settled: Callable[[], None]) -> None:
        if not answer.done():
            settled()

    def run() -> None:
        try:
            result = function()
        except Exception as error:  # noqa: BLE001 - raised again where it is awaited
            failure = error
            settled = lambda: answer.set_exception(failure)  # noqa: E731
        else:
            settled = lambda: answer.set_result(result)  # noqa: E731
        with suppress(RuntimeError):  # nobody waits any more
            loop.call_soon_threadsafe(settle, settled)

    # A thread of its own and a daemon: what hangs must hold up nobody, not even the end.
    threading.Thread(target=run, name=name, daemon=True).start()
    return await answer


async def resolve_by_system(host: str, port: int) -> Sequence[str]:
    """Return the addresses that the system's resolver gives for a host; () for none."""
    return await in_thread("resolve", lambda: _look_up(host, port))


def _look_up(host: str, port: int) -> Sequence[str]:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return ()
    return list(dict.fromkeys(str(address[0]) for *_, address in found))
