"""How values of the domain stand in a column or a message: days, figures, documents.

Pure and reversible; knows no table and no rule.
"""

from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final, TypeVar, overload

import msgspec

T = TypeVar("T")


@overload
def to_day(day: None) -> None: ...
@overload
def to_day(day: date) -> str: ...
def to_day(day: date | None) -> str | None:
    """Return a day as its ISO text."""
    return None if day is None else day.isoformat()


@overload
def from_day(text: None) -> None: ...
@overload
def from_day(text: str) -> date: ...
def from_day(text: str | None) -> date | None:
    """Read an ISO day."""
    return None if text is None else date.fromisoformat(text)


def to_digits(figure: Decimal | None) -> str | None:
    """Return a decimal as its digits, without an exponent."""
    return None if figure is None else f"{figure:f}"


def from_digits(text: str | None) -> Decimal | None:
    """Read a decimal back."""
    return None if text is None else Decimal(text)


def to_document(value: object) -> str:
    """Return a value made of dataclasses, days, moments and fractions as JSON text."""
    return _encoder.encode(value).decode()


def from_document(text: str, kind: type[T]) -> T:
    """Read back what `to_document` gave."""
    decoder = _decoders.get(kind)
    if decoder is None:
        decoder = _decoders[kind] = msgspec.json.Decoder(kind, dec_hook=_exact)
    value: T = decoder.decode(text)
    return value


def _plain(value: object) -> str:
    if isinstance(value, Fraction):
        return str(value)
    raise NotImplementedError(f"no form in a document for {type(value)}")


def _exact(kind: type[object], text: object) -> Fraction:
    if kind is not Fraction:
        raise NotImplementedError(f"no form in a document for {kind}")
    numerator, _, denominator = str(text).partition("/")
    return Fraction(int(numerator), int(denominator or 1))


_encoder: Final = msgspec.json.Encoder(enc_hook=_plain)
_decoders: Final[dict[type[Any], msgspec.json.Decoder[Any]]] = {}
