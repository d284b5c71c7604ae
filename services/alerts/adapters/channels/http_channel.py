"""One POST to one receiver, to an address that was judged.

Redirects are not followed, the answer is not read beyond what is asked for.
"""

import ssl
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime
from ipaddress import IPv6Address
from typing import TypeVar
from urllib.parse import SplitResult

import httpx

from services.alerts.adapters.channels.address_guard import Address, check_url
from services.alerts.adapters.channels.channel import Channel, Outcome, Result
from services.alerts.adapters.channels.config import Config, File

_DEFAULT_PORTS = {"http": 80, "https": 443}
_RETRY_AFTER_AT_MOST = 24 * 3600.0


@dataclass(frozen=True, slots=True)
class Posted:
    """The response to a POST; `content` is its beginning, as much as was asked for."""

    status_code: int
    retry_after: str | None
    content: bytes

    def result(self, now: datetime) -> Result:
        """Return the result by status alone: a 2xx is `sent`, 410 is `gone`."""
        if httpx.codes.is_success(self.status_code):
            return Result("sent", self.status_code)
        outcome: Outcome = "gone" if self.status_code == httpx.codes.GONE else "status"
        return Result(outcome, self.status_code, retry_after(self.retry_after, now))


class HttpConfig(Config):
    """A channel over HTTP; `ca_file` names the authority of its certificate."""

    ca_file: File = None


H = TypeVar("H", bound=HttpConfig)


class HttpChannel(Channel[H]):
    """A channel over one HTTP transport."""

    _transport: httpx.AsyncHTTPTransport | None = None

    async def post(
        self, url: str, content: bytes, headers: Mapping[str, str], *, read: int = 0
    ) -> Posted:
        """POST to the first of a host's addresses that answers; read so many bytes of the body."""
        parts = check_url(url, self.environment.allowed)
        port = parts.port or _DEFAULT_PORTS[parts.scheme]
        encrypted = parts.scheme == "https"
        addresses = await self.addresses(parts.hostname or "", port, encrypted=encrypted)
        for address in addresses[:-1]:
            with suppress(httpx.ConnectError):
                return await self._post(parts, address, content, headers, read)
        return await self._post(parts, addresses[-1], content, headers, read)

    async def disconnect(self) -> None:
        """Close the transport."""
        if self._transport is not None:
            await self._transport.aclose()

    async def _post(
        self,
        parts: SplitResult,
        address: Address,
        content: bytes,
        headers: Mapping[str, str],
        read: int,
    ) -> Posted:
        host = f"[{address}]" if isinstance(address, IPv6Address) else str(address)
        port = "" if parts.port is None else f":{parts.port}"
        ours = {"content-type": "application/json", "user-agent": "duibiao-alerts"}
        request = httpx.Request(
            "POST",
            parts._replace(netloc=host + port, fragment="").geturl(),
            content=content,
            headers={"host": parts.netloc, **ours, **headers},
            extensions={
                "sni_hostname": parts.hostname,
                "timeout": httpx.Timeout(self.environment.timeout).as_dict(),
            },
        )
        # Not a client: nothing is followed, no cookie is kept, no proxy is taken from outside.
        response = await self._opened().handle_async_request(request)
        try:
            retry = response.headers.get("retry-after")
            return Posted(response.status_code, retry, await _beginning(response, read))
        finally:
            await response.aclose()

    def _opened(self) -> httpx.AsyncHTTPTransport:
        if self._transport is None:
            tls = ssl.create_default_context(cafile=self.config.ca_file)
            self._transport = httpx.AsyncHTTPTransport(verify=tls, retries=0)
        return self._transport


async def _beginning(response: httpx.Response, at_most: int) -> bytes:
    content = b""
    if at_most:
        async for chunk in response.aiter_bytes():
            content += chunk
            if len(content) >= at_most:
                break
    return content[:at_most]


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
