"""What ingest is measured against: the same rows decoded by msgspec, and nothing else done.

/one   FastAPI, the raw body, one row          /many   bare ASGI, a JSON array of rows
/lines bare ASGI, NDJSON                       /table  bare ASGI, csv.DictReader and convert
"""

import csv
import io
from collections.abc import Awaitable, Callable, MutableMapping
from datetime import datetime
from typing import Annotated, Any, Final, Literal

import msgspec
from fastapi import FastAPI, Request, Response
from msgspec import Meta, Struct

Message = MutableMapping[str, Any]
Short = Annotated[str, Meta(min_length=1, max_length=200)]
OK: Final = b'{"accepted":1}'


class Observation(Struct, forbid_unknown_fields=True, gc=False):
    """A reported figure."""

    indicator: Short
    period: Annotated[str, Meta(pattern=r"^\d{4}(S[12]|Q[1-4]|\d{2}|\d{4})?$")]
    value: Annotated[float, Meta(ge=0)] | None = None
    region: Annotated[str, Meta(pattern=r"^\d{6}$")] | None = None
    sample_size: Annotated[int, Meta(ge=1)] | None = None
    comment: Annotated[str, Meta(max_length=5_000)] | None = None
    stated_at: datetime | None = None


class Case(Struct, forbid_unknown_fields=True, gc=False):
    """A case."""

    case_no: Short
    indicator: Short
    accepted_at: datetime
    outcome: Literal["open", "completed", "refused", "withdrawn"]
    region: Annotated[str, Meta(pattern=r"^\d{6}$")] | None = None
    completed_at: datetime | None = None
    resolved: bool | None = None
    deadline: datetime | None = None
    stated_at: datetime | None = None


_ONE: Final = msgspec.json.Decoder(Observation)
_MANY: Final = msgspec.json.Decoder(list[Case])
_LINES: Final = msgspec.json.Decoder(Case).decode_lines
fastapi = FastAPI()


@fastapi.post("/one", status_code=202)
async def one(request: Request) -> Response:
    """Decode one row."""
    _ONE.decode(await request.body())
    return Response(OK, 202, media_type="application/json")


def table(body: bytes) -> list[Case]:
    """Read CSV as most would."""
    rows = csv.DictReader(io.StringIO(body.decode()))
    return [msgspec.convert(row, Case, strict=False) for row in rows]


_READ: Final[dict[str, Callable[[bytes], object]]] = {
    "/many": _MANY.decode,
    "/lines": _LINES,
    "/table": table,
}


async def app(
    scope: Message,
    receive: Callable[[], Awaitable[Message]],
    send: Callable[[Message], Awaitable[None]],
) -> None:
    """Serve one request."""
    if scope["type"] != "http" or scope["path"] not in _READ:
        await fastapi(scope, receive, send)
        return
    body, more = b"", True
    while more:
        message = await receive()
        body, more = body + message.get("body", b""), message.get("more_body", False)
    _READ[scope["path"]](body)
    headers = [(b"content-type", b"application/json"), (b"content-length", b"14")]
    await send({"type": "http.response.start", "status": 202, "headers": headers})
    await send({"type": "http.response.body", "body": OK})
