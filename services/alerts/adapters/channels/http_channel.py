"""One POST to one receiver, to an address that was judged.

Redirects are not followed, the answer is not read beyond what is asked for.
"""

import ssl
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import TypeVar

import httpx

from services.alerts.adapters.channels.address_guard import Address, check_url
from services.alerts.adapters.channels.channel import Channel, Outcome, Result
from services.alerts.adapters.channels.config import Config, File

_DEFAULT_PORTS = {"http": 80, "https": 443}
_HEADERS = {"content-type": "application/json", "user-agent": "duibiao-alerts"}
_RETRY_AFTER_AT_MOST = 24 * 3600.0


Headers = Mapping[str, str]


class HttpConfig(Config):
    """A channel over HTTP; `ca_file` names the authority of its certificate."""

    ca_file: File = None


H = TypeVar("H", bound=HttpConfig)


class HttpChannel(Channel[H]):
    """A channel over one HTTP transport."""

    _transport: httpx.AsyncHTTPTransport | None = None

    async def post(
        self, url: str, content: bytes, headers: Headers, now: datetime, read: int = 0
    ) -> tuple[Result, bytes]:
        """POST to the first of a host's addresses that answers.

        Return the result by status alone (a 2xx is `sent`, 410 is `gone`), and at most `read` bytes
        of the body.
        """
        parts = check_url(url, self.environment.allowed)
        port, encrypted = parts.port or _DEFAULT_PORTS[parts.scheme], parts.scheme == "https"
        addresses = await self.addresses(str(parts.hostname), port, encrypted=encrypted)
        timeout = httpx.Timeout(self.environment.timeout).as_dict()
        request = httpx.Request(
            "POST",
            parts._replace(fragment="").geturl(),
            content=content,
            headers={**_HEADERS, "host": parts.netloc, **headers},
            extensions={"sni_hostname": parts.hostname, "timeout": timeout},
        )
        for address in addresses[:-1]:
            with suppress(httpx.ConnectError):
                return await self._post(request, address, now, read)
        return await self._post(request, addresses[-1], now, read)

    async def disconnect(self) -> None:
        """Close the transport."""
        if self._transport is not None:
            await self._transport.aclose()

    async def _post(
        self, request: httpx.Request, address: Address, now: datetime, read: int
    ) -> tuple[Result, bytes]:
        request.url = request.url.copy_with(host=str(address))
        # Not a client: nothing is followed, no cookie is kept, no proxy is taken from outside.
        response = await self._opened().handle_async_request(request)
        try:
            return _result(response, now), await _beginning(response, read)
        finally:
            await response.aclose()

    def _opened(self) -> httpx.AsyncHTTPTransport:
        if self._transport is None:
            tls = ssl.create_default_context(cafile=self.config.ca_file)
            self._transport = httpx.AsyncHTTPTransport(verify=tls, retries=0)
        return self._transport


async def _beginning(response: httpx.Response, at_most: int) -> bytes:
    content = b""
    # A connection is kept where the answer was read to its end: one without a body is there.
    if at_most or _is_empty(response):
        async for chunk in response.aiter_bytes():
            content += chunk
            if len(content) >= at_most:
                break
    return content[:at_most]


def _is_empty(response: httpx.Response) -> bool:
    no_content = response.status_code == httpx.codes.NO_CONTENT
    return no_content or response.headers.get("content-length") == "0"


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
