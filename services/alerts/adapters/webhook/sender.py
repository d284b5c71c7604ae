"""One try to hand one message to one receiver.

The name is resolved once and every address judged; the connection goes to an address that was.
Redirects are not followed, the reply is not read beyond its head, the whole takes bounded time.
"""

import asyncio
import socket
import ssl
import threading
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime
from ipaddress import IPv6Address
from typing import Literal
from urllib.parse import SplitResult

import httpx

from services.alerts.adapters.webhook.address_guard import (
    Address,
    Allowed,
    Refused,
    judge,
    literal,
)
from services.alerts.adapters.webhook.receivers import Receiver, check_url
from services.alerts.adapters.webhook.signature import SecretError, read_secrets, signature

Resolve = Callable[[str, int], Awaitable[Sequence[str]]]
Outcome = Literal[
    "sent", "gone", "status", "timeout", "connection", "address-refused", "secret-unreadable"
]

_DEFAULT_PORTS = {"http": 80, "https": 443}
_RETRY_AFTER_AT_MOST = 24 * 3600.0


@dataclass(frozen=True, slots=True)
class Result:
    """How a try ended. Only a 2xx is `sent`; `gone` (410) asks not to be tried again."""

    outcome: Outcome
    status_code: int | None = None
    retry_after: float | None = None


@dataclass(frozen=True, slots=True)
class Message:
    """What is sent: the same id and body on every try."""

    id: str
    body: bytes


class Abandoned(Exception):  # noqa: N818 - what happened
    """The try was broken off because the end was asked for; nobody knows how it went."""


class Sender:
    """Sends to one receiver, over one event loop and one HTTP transport.

    `send` and `close` belong to one thread, `abandon` is for any.
    """

    def __init__(
        self, receiver: Receiver, allowed: Allowed, timeout: float, resolve: Resolve
    ) -> None:
        """`timeout` is in seconds and covers everything from resolving to the reply's head."""
        self._receiver = receiver
        self._allowed = allowed
        self._timeout = timeout
        self._resolve = resolve
        self._runner = asyncio.Runner()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._transport: httpx.AsyncHTTPTransport | None = None
        self._task: asyncio.Task[Result] | None = None
        self._abandoned = False

    def send(self, message: Message, now: datetime) -> Result:
        """Try once. What a receiver, its name or its certificate does becomes a result.

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
        """Close the transport and the loop."""
        with self._runner as runner:
            if self._transport is not None:
                runner.run(self._transport.aclose())

    def _cancel(self) -> None:
        if self._task is not None:
            self._task.cancel()

    async def _in_time(self, message: Message, now: datetime) -> Result:
        self._task = asyncio.current_task()
        if self._abandoned:  # before there was a task to cancel
            raise Abandoned
        async with asyncio.timeout(self._timeout):
            parts = check_url(self._receiver.url, self._allowed)
            addresses = await self._addresses(parts)
            headers = self._headers(parts, message, now)
            for address in addresses[:-1]:
                with suppress(httpx.ConnectError):
                    return await self._post(parts, address, message, headers, now)
            return await self._post(parts, addresses[-1], message, headers, now)

    async def _addresses(self, parts: SplitResult) -> Sequence[Address]:
        host = parts.hostname or ""
        if literal(host) is not None:
            found: Sequence[str] = [host]
        else:
            found = await self._resolve(host, parts.port or _DEFAULT_PORTS[parts.scheme])
        return judge(host, found, self._allowed, encrypted=parts.scheme == "https")

    async def _post(
        self,
        parts: SplitResult,
        address: Address,
        message: Message,
        headers: dict[str, str],
        now: datetime,
    ) -> Result:
        host = f"[{address}]" if isinstance(address, IPv6Address) else str(address)
        port = "" if parts.port is None else f":{parts.port}"
        request = httpx.Request(
            "POST",
            parts._replace(netloc=host + port, fragment="").geturl(),
            content=message.body,
            headers=headers,
            extensions={
                "sni_hostname": parts.hostname,
                "timeout": httpx.Timeout(self._timeout).as_dict(),
            },
        )
        # Not a client: nothing is followed, no cookie is kept, no proxy is taken from outside.
        response = await self._opened().handle_async_request(request)
        try:
            return _result(response, now)
        finally:
            await response.aclose()

    def _headers(self, parts: SplitResult, message: Message, now: datetime) -> dict[str, str]:
        timestamp = int(now.timestamp())
        secrets = read_secrets(self._receiver.secret_file)
        return {
            "host": parts.netloc,
            "content-type": "application/json",
            "user-agent": "duibiao-alerts",
            "webhook-id": message.id,
            "webhook-timestamp": str(timestamp),
            "webhook-signature": signature(secrets, message.id, timestamp, message.body),
        }

    def _opened(self) -> httpx.AsyncHTTPTransport:
        if self._transport is None:
            tls = ssl.create_default_context(cafile=self._receiver.ca_file)
            self._transport = httpx.AsyncHTTPTransport(verify=tls, retries=0)
        return self._transport


async def resolve_by_system(host: str, port: int) -> Sequence[str]:
    """Return the addresses that the system's resolver gives for a host; () for none."""
    loop = asyncio.get_running_loop()
    answer: asyncio.Future[Sequence[str]] = loop.create_future()

    def settle(addresses: Sequence[str]) -> None:
        if not answer.done():
            answer.set_result(addresses)

    def look() -> None:
        addresses = _look_up(host, port)
        with suppress(RuntimeError):  # nobody waits any more
            loop.call_soon_threadsafe(settle, addresses)

    # A thread of its own and a daemon: a resolver that hangs must hold up nobody, not even the end.
    threading.Thread(target=look, name="resolve", daemon=True).start()
    return await answer


def _look_up(host: str, port: int) -> Sequence[str]:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return ()
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


def _result(response: httpx.Response, now: datetime) -> Result:
    if response.is_success:
        return Result("sent", response.status_code)
    outcome: Outcome = "gone" if response.status_code == httpx.codes.GONE else "status"
    wait = retry_after(response.headers.get("retry-after"), now)
    return Result(outcome, response.status_code, wait)


def retry_after(text: str | None, now: datetime) -> float | None:
    """Return the seconds a Retry-After header asks for, at most a day; None without a good one."""
    if text is None:
        return None
    if text.isascii() and text.isdigit():
        return min(float(text[:9]), _RETRY_AFTER_AT_MOST)
    try:
        moment = parsedate_to_datetime(text)
        seconds = (moment - now).total_seconds()
    except (TypeError, ValueError):
        return None
    return min(max(seconds, 0.0), _RETRY_AFTER_AT_MOST)
