"""Offers to speak another protocol, which a server may pass over (RFC 9110, 7.8).

Java's own client offers HTTP/2 with every request. httptools believes that an offer is accepted
and gives up what comes after the head, so the body of the request would be lost.
"""

import re
from typing import Final

_OFFER: Final = re.compile(rb"\r\nupgrade:[^\r\n]*(?=\r\n)", re.IGNORECASE)
_BEGIN: Final = b"\r\nupgrade:"
_HEAD_END: Final = b"\r\n\r\n"


def without_offer(data: bytes) -> tuple[bytes, bytes]:
    """Return bytes that begin in the head of a request without its Upgrade header, and the rest.

    The rest is a line at the end that may become such a header: it belongs before the bytes that
    come next. Looks no further than the head, so a body stays as it is.
    """
    end = data.find(_HEAD_END)
    found = _OFFER.search(data, 0, len(data) if end < 0 else end + 2)
    if found is not None:
        data = data[: found.start()] + data[found.end() :]
    if end >= 0:
        return data, b""
    last = max(data.rfind(b"\r\n"), len(data) - 1 if data.endswith(b"\r") else -1)
    line = data[last:].lower() if last >= 0 else b""
    if line and (_BEGIN.startswith(line) or line.startswith(_BEGIN)):
        return data[:last], data[last:]
    return data, b""
