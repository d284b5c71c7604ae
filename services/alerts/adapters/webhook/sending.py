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
from functools import partial
from ipaddress import IPv6Address
from typing import Literal
from urllib.parse import SplitResult

import httpx

from services.alerts.adapters.webhook import guard
from services.alerts.adapters.webhook.guard import Address, Allowed, Refused
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
    """Sends to one receiver. `send` belongs to one thread, `abandon` is for any."""

    def __init__(
        self,
        receiver: Receiver,
        allowed: Allowed,
        timeout: float,
        resolve: Resolve,
    ) -> None:
        """`timeout` is in seconds and covers everything from resolving to the reply's head."""
        self._receiver = receiver
        self._allowed = allowed
        self._timeout = timeout
        self._resolve = resolve
        self._tls: ssl.SSLContext | None = None
        self._lock = threading.Lock()
        self._break_off: Callable[[], object] | None = None
        self._abandoned = False

    def send(self, message: Message, now: datetime) -> Result:
        """Try once. What a receiver, its name or its certificate does becomes a result.

        Raises:
            Abandoned: `abandon` was called, before or meanwhile.

        """
        # Not asyncio.run: it would wait for a resolver that hangs.
        loop = asyncio.new_event_loop()
        try:
            return loop.run_until_complete(self._unless_abandoned(loop, message, now))
        except asyncio.CancelledError:
            raise Abandoned from None
        except TimeoutError:
            return Result("timeout")
        except (Refused, UnicodeError):
            return Result("address-refused")
        except SecretError:
            return Result("secret-unreadable")
        except (httpx.HTTPError, httpx.InvalidURL, OSError):
            return Result("connection")
        finally:
            with self._lock:
                self._break_off = None
            loop.close()

    def abandon(self) -> None:
        """Break off the try under way, and every later one."""
        with self._lock:
            self._abandoned = True
            if self._break_off is not None:
                self._break_off()

    async def _unless_abandoned(
        self, loop: asyncio.AbstractEventLoop, message: Message, now: datetime
    ) -> Result:
        trying = loop.create_task(self._in_time(message, now))
        with self._lock:
            self._break_off = partial(loop.call_soon_threadsafe, trying.cancel)
            if self._abandoned:
                trying.cancel()
        return await trying

    async def _in_time(self, message: Message, now: datetime) -> Result:
        async with asyncio.timeout(self._timeout):
            parts = check_url(self._receiver.url, self._allowed)
            host = parts.hostname or ""
            port = parts.port or _DEFAULT_PORTS[parts.scheme]
            found = await self._resolve(host, port)
            encrypted = parts.scheme == "https"
            addresses = guard.judge(host, found, self._allowed, encrypted=encrypted)
            return await self._to_first_that_answers(parts, addresses, message, now)

    async def _to_first_that_answers(
        self, parts: SplitResult, addresses: Sequence[Address], message: Message, now: datetime
    ) -> Result:
        headers = self._headers(parts, message, now)
        transport = httpx.AsyncHTTPTransport(verify=self._context(), retries=0)
        timeout = httpx.Timeout(self._timeout)
        async with httpx.AsyncClient(
            transport=transport, timeout=timeout, follow_redirects=False, trust_env=False
        ) as client:
            for address in addresses[:-1]:
                try:
                    return await self._post(client, parts, address, message, headers, now)
                except httpx.ConnectError:
                    continue
            return await self._post(client, parts, addresses[-1], message, headers, now)

    async def _post(
        self,
        client: httpx.AsyncClient,
        parts: SplitResult,
        address: Address,
        message: Message,
        headers: dict[str, str],
        now: datetime,
    ) -> Result:
        host = f"[{address}]" if isinstance(address, IPv6Address) else str(address)
        port = "" if parts.port is None else f":{parts.port}"
        request = client.build_request(
            "POST",
            parts._replace(netloc=host + port, fragment="").geturl(),
            content=message.body,
            headers=headers,
            extensions={"sni_hostname": parts.hostname},
        )
        response = await client.send(request, stream=True)
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

    def _context(self) -> ssl.SSLContext:
        if self._tls is None:
            self._tls = ssl.create_default_context(cafile=self._receiver.ca_file)
        return self._tls


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
