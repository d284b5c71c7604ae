"""How values of the domain stand in a column or a message: days, figures, documents.

Pure and reversible; knows no table and no rule.
"""

import zlib
from datetime import date
from decimal import Decimal
from fractions import Fraction
from importlib.resources import files
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
_COMMON: Final = files(__package__).joinpath("proof.dictionary").read_bytes()
_encoder: Final = msgspec.json.Encoder(enc_hook=_plain)
_decoders: Final[dict[type[Any], msgspec.json.Decoder[Any]]] = {}
