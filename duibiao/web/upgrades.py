"""Offers to speak another protocol, which a server may pass over (RFC 9110, 7.8).

Java's own client offers HTTP/2 with every request. httptools believes that an offer is accepted
and gives up what comes after the head, so the body of the request would be lost.
"""

import re
from typing import Final

_OFFER: Final = re.compile(rb"\r\nupgrade:[^\r\n]*(?=\r\n)", re.IGNORECASE)
_HEAD_END: Final = b"\r\n\r\n"


def without_offer(data: bytes) -> bytes:
    """Return bytes that begin in the head of a request without its Upgrade header.

    Looks no further than the head, so a body stays as it is.
    """
    end = data.find(_HEAD_END)
    found = _OFFER.search(data, 0, len(data) if end < 0 else end + 2)
    return data if found is None else data[: found.start()] + data[found.end() :]
