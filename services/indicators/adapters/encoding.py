"""How values of the domain stand in a column or a message: days, figures, documents.

Pure and reversible; knows no table and no rule.
"""

import zlib
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final, TypeVar, overload

import msgspec

T = TypeVar("T")


@overload
def from_day(text: None) -> None: ...
@overload
def from_day(text: str) -> date: ...
def from_day(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)


def from_digits(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)


def to_document(value: object) -> str:
    """Return a value made of dataclasses, days, moments and fractions as JSON text."""
    return _encoder.encode(value).decode()


def to_blob(value: object) -> bytes:
    """Return the document of a value compressed; what most of them have in common costs nothing."""
    return compressed(_encoder.encode(value))


def compressed(text: bytes) -> bytes:
    """Return a text compressed; what most of them have in common costs nothing."""
    packer = zlib.compressobj(level=1, wbits=-15, zdict=_COMMON)
    return packer.compress(text) + packer.flush()


def decompressed(kept: bytes) -> bytes:
    """Return what was compressed. zlib.error where nothing was."""
    return zlib.decompressobj(wbits=-15, zdict=_COMMON).decompress(kept)


def from_json(text: str | bytes, kind: type[T]) -> T:
    decoder = _decoders.get(kind)
    if decoder is None:
        decoder = _decoders[kind] = msgspec.json.Decoder(kind, dec_hook=_exact)
    value: T = decoder.decode(text)
    return value


def from_plain(value: object, kind: type[T]) -> T:
    """Read a value from plain data; what it does not name is left alone."""
    return msgspec.convert(value, kind, dec_hook=_exact)


def _plain(value: object) -> str:
    if isinstance(value, Fraction):
        return str(value)
    raise NotImplementedError(f"no form in a document for {type(value)}")


def _exact(kind: type[object], text: object) -> Fraction:
    if kind is not Fraction:
        raise NotImplementedError(f"no form in a document for {kind}")
    written = str(text)
    if "." in written:
        return Fraction(written)
    numerator, _, denominator = written.partition("/")
    return Fraction(int(numerator), int(denominator or 1))


# Part of the form of what is kept: compressed documents refer to it. Commonest last.
_COMMON: Final = (
    b'{"format":1,"decided_by":null,"decided_since":null,"judged_by_is_reading":false,'
    b'"overdue_open":0,"submission_id":"0","stands_for":1}],"distribution":{"cases":,"completed":,'
    b'"open_past_limit":,"within_limit":,"mean":"","p90":,"p90_rank":,"max":,"max_less_extension":,'
    b'"groups":[{"net":,"paused":0,"extended":0,"provisional":false,"pending_approvals":0,'
    b'"past_deadline":null,"cases":1}'
    b']},"clock":{"cases":,"gross":,"paused":0,"extended":0,"net":,"extended_cases":0,'
    b'"pending_approvals":0,"granting_attains":false,"pause_share_alarm":"30","doubts":[]},'
    b'"clock":null,"phase":"before","phase":"after","phase":"at","met":false,"met":true,'
    b'"short":null,"compared_with":null,"pace":null,"kept":[],"reason":"no_figure","notes":[],'
    b'"distribution":null,"inputs":[{"kind":"cases","kind":"reported","numerator":"","weight":"",'
    b'"evidence":"reported"},"judged_by":"2021-12-31","judged_day":"2021-12-31",'
    b'"period_first":"2021-01-01","period_last":"2021-03-31","figure":null,"figure":{"value":"",'
)
_encoder: Final = msgspec.json.Encoder(enc_hook=_plain)
_decoders: Final[dict[type[Any], msgspec.json.Decoder[Any]]] = {}
