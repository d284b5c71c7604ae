"""Bytes that are no HTTP at all: uvicorn's answer to them, as a problem.

The one answer that no app is asked for, so it is made where the bytes are parsed.
"""

import secrets

import msgspec
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from duibiao.web.exchange import REQUEST_ID
from duibiao.web.problems import MEDIA_TYPE, Problem, document, fault

_UNREADABLE = ("the request breaks the rules of HTTP", "不符合HTTP协议")


class ProblemProtocol(HttpToolsProtocol):
    """HTTP/1.1 by httptools: `uvicorn.Config(..., http=ProblemProtocol)`."""

    def send_400_response(self, msg: str) -> None:
        """Answer a request that cannot be parsed, and close; uvicorn has logged `msg`."""
        del msg
        trace_id = secrets.token_hex(16)
        problem = Problem("bad-request", [fault("malformed", format="HTTP", reason=_UNREADABLE)])
        body = msgspec.json.encode(document(problem, path="", trace_id=trace_id))
        head = (
            f"content-type: {MEDIA_TYPE}\r\ncontent-length: {len(body)}\r\n"
            f"{REQUEST_ID.lower()}: {trace_id}\r\nconnection: close\r\n\r\n"
        )
        self.transport.write(STATUS_LINE[problem.status] + head.encode("ascii") + body)
        self.transport.close()
