"""One POST to one receiver, to an address that was judged.

Redirects are not followed, the answer is not read beyond what is asked for.
"""

import select
import socket
from collections.abc import Mapping, Sequence
from datetime import datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from http.client import HTTPConnection, HTTPResponse
from ipaddress import ip_address
from time import monotonic
from typing import Final, TypeVar
from urllib.parse import quote

from services.alerts.adapters.channels.address_guard import Address, check_url
from services.alerts.adapters.channels.channel import Channel, Outcome, Result
from services.alerts.adapters.channels.config import Config, File

_DEFAULT_PORTS: Final = {"http": 80, "https": 443}
_HEADERS: Final = {"content-type": "application/json", "user-agent": "duibiao-alerts"}
_RETRY_AFTER_AT_MOST: Final = 24 * 3600.0
_KEPT: Final = 5.0  # seconds that a connection is kept between two messages
_URL: Final = "/?#[]@!$&'()*+,;=:%-._~"  # what stays as it is written

Origin = tuple[str, str, int]  # scheme, host, port


class HttpConfig(Config):
    """A channel over HTTP; `ca_file` names the authority of its certificate."""

    ca_file: File = None


H = TypeVar("H", bound=HttpConfig)


class _Connection(HTTPConnection):
    """A connection that was made to an address that was judged; it makes none by itself."""

    auto_open = 0

    def __init__(self, origin: Origin, line: socket.socket) -> None:
        super().__init__(*origin[1:])
        self.sock = self.line = line
        self.kept_until = 0.0
        self._origin = origin

    def serves(self, origin: Origin, addresses: Sequence[Address]) -> bool:
        """Whether it is kept, leads there and has not been closed from the other side."""
        if origin != self._origin or monotonic() >= self.kept_until:
            return False
        closing = select.poll()
        closing.register(self.line, select.POLLIN)
        return not closing.poll(0) and ip_address(self.line.getpeername()[0]) in addresses


class HttpChannel(Channel[H]):
    """A channel over HTTP, which keeps its connection for what follows at once."""

    _connection: _Connection | None = None

    def post(
        self, url: str, content: bytes, headers: Mapping[str, str], now: datetime, read: int = 0
    ) -> tuple[Result, bytes]:
        """POST to the first of a host's addresses that answers.

        Return the result by status alone (a 2xx is `sent`, 410 is `gone`), and at most `read` bytes
        of the body.
        """
        parts = check_url(url, self.environment.allowed)
        port, encrypted = parts.port or _DEFAULT_PORTS[parts.scheme], parts.scheme == "https"
        addresses = self.addresses(str(parts.hostname), port, encrypted=encrypted)
        connection = self._opened((parts.scheme, str(parts.hostname), port), addresses)
        target = quote((parts.path or "/") + (parts.query and f"?{parts.query}"), _URL)
        headers = {**_HEADERS, "host": parts.netloc, **headers}
        connection.kept_until = 0.0
        try:
            self.check_in_time()
            self._connection = connection
            connection.request("POST", target, content, headers)
            with connection.getresponse() as response:
                empty = response.length == 0 and not response.chunked
                body = response.read(read) if read or empty else b""
                # A connection is kept where the answer was read to its end.
                whole = response.isclosed() and response.status >= HTTPStatus.OK
                if whole and not response.will_close:
                    connection.kept_until = monotonic() + _KEPT
            return _result(response, now), body
        finally:
            if not connection.kept_until:
                connection.close()

    def disconnect(self) -> None:
        """Close the connection; break off the attempt that waits for it, which closes it."""
        connection, self._connection = self._connection, None
        if connection is not None:
            self.break_off(connection.line)
            if connection.kept_until:
                connection.close()

    def _opened(self, origin: Origin, addresses: Sequence[Address]) -> _Connection:
        scheme, host, port = origin
        if self._connection is not None and self._connection.serves(origin, addresses):
            return self._connection
        self.disconnect()
        line = self.connected(addresses, port, host if scheme == "https" else None)
        line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return _Connection(origin, line)


def _result(response: HTTPResponse, now: datetime) -> Result:
    status = response.status
    if HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
        return Result("sent", status)
    outcome: Outcome = "gone" if status == HTTPStatus.GONE else "status"
    return Result(outcome, status, retry_after(response.headers.get("retry-after"), now))


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
