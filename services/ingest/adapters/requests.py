"""What the head of a request says: who, which format, how packed, in which mode, under which key.

Reads the raw ASGI scope, since the routes that take rows do not go through the framework. Every
fault of the head is told at once.
"""

from collections.abc import Mapping
from typing import Final
from urllib.parse import parse_qsl

from starlette.types import Scope

from duibiao.web.access import Caller, not_for
from duibiao.web.problems import ErrorDetail, Problem, error_detail, filled
from services.ingest.adapters.formats import Unreadable, media_type
from services.ingest.domain.context import Kind, Sender
from services.ingest.domain.raw import escaped
from services.ingest.domain.submission import Coding, IncomingRequest, Media

_WANTED: Final = frozenset(
    {b"authorization", b"content-type", b"content-encoding", b"content-length", b"idempotency-key"}
)
_LONGEST_KEY: Final = 255
_LONGEST_LENGTH: Final = 18  # digits
_MODES: Final = ("atomic", "partial")
_TRUTHS: Final = {"true": True, "false": False}
_CODINGS: Final[Mapping[str, Coding]] = {
    "": "identity",
    "identity": "identity",
    "gzip": "gzip",
    "x-gzip": "gzip",
    "zstd": "zstd",
}
_TAKEN: Final = ["gzip", "zstd"]

Headers = Mapping[bytes, str]


def headers_of(scope: Scope) -> Headers:
    """Return those headers that matter here."""
    return {name: value.decode("latin-1") for name, value in scope["headers"] if name in _WANTED}


def sender_of(caller: Caller) -> Sender:
    """Return for whom the caller speaks; Problem 403 for a role that sends nothing."""
    if caller.role == "org":
        return Sender(caller.org, office=False)
    if caller.role == "office":
        return Sender(None, office=True)
    raise not_for(caller.role, "org", "office")


def read_head(scope: Scope, headers: Headers, kind: Kind, caller: Caller) -> IncomingRequest:
    """Understand the head of a request; its body is still to come.

    Raises:
        Problem: 403 for a role or a key that sends nothing, 400 for parameters and the
            Idempotency-Key, 415 for the kind of body.

    """
    sender = sender_of(caller)
    caller.must("submit", "dry_run")  # whoever may submit may try first
    media, coding = _media(headers)
    query: bytes = scope["query_string"]
    faults: list[ErrorDetail] = []
    partial, dry_run = _options(query, faults) if query else (False, False)
    repeat_key = _repeat_key(headers.get(b"idempotency-key"), faults)
    if faults:
        raise Problem("bad-request", faults)
    if not dry_run:
        caller.must("submit")
    return IncomingRequest(
        kind=kind,
        sender=sender,
        key_id=caller.key_id,
        actor=caller.actor,
        media=media,
        coding=coding,
        partial=partial,
        dry_run=dry_run,
        repeat_key=repeat_key,
        address=scope["path"].encode("utf-8", "surrogatepass") + b"?" + query,
    )


def length_of(headers: Headers) -> int:
    """Return the Content-Length; 0 where it is none, or absurd."""
    header = headers.get(b"content-length", "")
    sane = header.isascii() and header.isdecimal() and len(header) <= _LONGEST_LENGTH
    return int(header) if sane else 0


def _media(headers: Headers) -> tuple[Media, Coding]:
    faults: list[ErrorDetail] = []
    media = None
    try:
        media = media_type(headers.get(b"content-type", ""))
    except Unreadable as unreadable:
        error = unreadable.error
        faults.append(filled(error.code, error.names, pointer="/header/Content-Type"))
    named = headers.get(b"content-encoding", "")
    coding = _CODINGS.get(named.strip().lower())
    if coding is None:
        pointer = "/header/Content-Encoding"
        faults.append(
            error_detail("unsupported-encoding", pointer=pointer, value=named, allowed=_TAKEN)
        )
    if media is None or coding is None:
        raise Problem(
            "unsupported-media-type", faults, headers={"Accept-Encoding": ", ".join(_TAKEN)}
        )
    return media, coding


def _options(query: bytes, faults: list[ErrorDetail]) -> tuple[bool, bool]:
    """Read `mode` and `dry_run`. A parameter that is not known could be a misspelt dry_run."""
    given: dict[str, str] = {}
    for name, value in parse_qsl(query.decode("latin-1"), keep_blank_values=True):
        pointer = f"/query/{escaped(name)}"
        if name not in ("mode", "dry_run"):
            faults.append(error_detail("unknown-field", pointer=pointer, field=name))
        elif name in given:
            faults.append(error_detail("duplicate-key", pointer=pointer, field=name))
        given[name] = value
    mode, dry_run = given.get("mode", "atomic"), given.get("dry_run", "false")
    if mode not in _MODES:
        faults.append(_not_one_of("mode", mode, _MODES))
    if dry_run not in _TRUTHS:
        faults.append(_not_one_of("dry_run", dry_run, tuple(_TRUTHS)))
    return mode == "partial", _TRUTHS.get(dry_run, False)


def _not_one_of(name: str, value: str, allowed: tuple[str, ...]) -> ErrorDetail:
    pointer = f"/query/{name}"
    return error_detail(
        "not-one-of", pointer=pointer, field=name, allowed=list(allowed), value=value
    )


def _repeat_key(header: str | None, faults: list[ErrorDetail]) -> str | None:
    """Read an Idempotency-Key, with or without the quotes of a structured string."""
    if header is None:
        return None
    quoted = len(header) > 1 and header[0] == header[-1] == '"'
    key = header[1:-1] if quoted else header
    if 0 < len(key) <= _LONGEST_KEY and all("!" <= character <= "~" for character in key):
        return key
    reason = (f"1 to {_LONGEST_KEY} visible characters", f"应为1至{_LONGEST_KEY}个可见字符")
    pointer = "/header/Idempotency-Key"
    faults.append(
        error_detail("invalid-value", pointer=pointer, field="Idempotency-Key", reason=reason)
    )
    return None
