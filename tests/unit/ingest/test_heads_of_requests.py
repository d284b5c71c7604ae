"""The head of a request: everything that is wrong with it is told at once."""

import pytest
from starlette.types import Scope

from duibiao.web.access import Caller
from duibiao.web.problems import Problem
from services.ingest.adapters.requests import headers_of, length_of, read_head, sender_of
from services.ingest.domain.context import Sender
from services.ingest.domain.submission import IncomingRequest, Media

CALLER = Caller("tax-bureau", "org", "key-id")
JSON = (b"content-type", b"application/json")


def scope(*headers: tuple[bytes, bytes], query: bytes = b"") -> Scope:
    return {
        "type": "http",
        "method": "POST",
        "path": "/v1/cases",
        "query_string": query,
        "headers": list(headers),
    }


def head(*headers: tuple[bytes, bytes], query: bytes = b"") -> IncomingRequest:
    asked = scope(*headers, query=query)
    return read_head(asked, headers_of(asked), "case", CALLER)


def refusal(*headers: tuple[bytes, bytes], query: bytes = b"") -> tuple[int, list[str | None]]:
    with pytest.raises(Problem) as caught:
        head(*headers, query=query)
    return caught.value.status, [fault.pointer for fault in caught.value.faults]


def test_a_plain_head() -> None:
    assert head(JSON, (b"cookie", b"x")) == IncomingRequest(
        kind="case",
        sender=Sender("tax-bureau", office=False),
        key_id="key-id",
        actor="key-id/org/tax-bureau",
        media=Media("json", "utf-8"),
        coding="identity",
        partial=False,
        dry_run=False,
        repeat_key=None,
        address=b"/v1/cases?",
    )


def test_a_full_head() -> None:
    full = head(
        (b"content-type", b"text/csv"),
        (b"content-encoding", b"GZIP"),
        (b"idempotency-key", b'"k~!"'),
        query=b"mode=partial&dry_run=true",
    )
    assert (full.media.format, full.coding, full.repeat_key) == ("csv", "gzip", "k~!")
    assert (full.partial, full.dry_run) == (True, True)
    assert full.address == b"/v1/cases?mode=partial&dry_run=true"


def test_what_is_asked_for_by_default_may_be_said() -> None:
    said = head(JSON, (b"content-encoding", b"identity"), query=b"mode=atomic&dry_run=false")
    assert (said.coding, said.partial, said.dry_run) == ("identity", False, False)


def test_all_that_is_wrong_is_told_at_once() -> None:
    assert refusal((b"content-type", b"x"), (b"content-encoding", b"br")) == (
        415,
        ["/header/Content-Type", "/header/Content-Encoding"],
    )
    assert refusal(JSON, (b"idempotency-key", b"a b"), query=b"mode=x&dry_run=y&z=") == (
        400,
        ["/query/z", "/query/mode", "/query/dry_run", "/header/Idempotency-Key"],
    )


@pytest.mark.parametrize(
    "key", [b"", b'""', b"a b", b"a\tb", b"\x7f", "键".encode(), b"x" * 256, b'"' + b"x" * 256]
)
def test_keys_that_are_none(key: bytes) -> None:
    assert refusal(JSON, (b"idempotency-key", key)) == (400, ["/header/Idempotency-Key"])


@pytest.mark.parametrize(
    ("sent", "key"), [(b"k", "k"), (b'"k"', "k"), (b'"', '"'), (b"x" * 255, "x" * 255)]
)
def test_keys(sent: bytes, key: str) -> None:
    assert head(JSON, (b"idempotency-key", sent)).repeat_key == key


@pytest.mark.parametrize("length", [b"x", b"-1", b"1.5", "٣".encode(), b"9" * 5_000])
def test_a_length_that_is_none_is_not_believed(length: bytes) -> None:
    assert length_of(headers_of(scope((b"content-length", b"12")))) == 12
    assert length_of(headers_of(scope((b"content-length", length)))) == 0
    assert length_of(headers_of(scope())) == 0


def test_who_may_send() -> None:
    assert sender_of(Caller("tax-bureau", "org", "k")) == Sender("tax-bureau", office=False)
    assert sender_of(Caller(None, "office", "k")) == Sender(None, office=True)
    for role in ("auditor", "admin"):
        with pytest.raises(Problem) as caught:
            sender_of(Caller(None, role, "k"))
        assert caught.value.status == 403
