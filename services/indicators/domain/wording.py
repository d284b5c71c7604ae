"""Words and numbers for people: notes in two languages, figures rounded only for the eye."""

import json
from collections.abc import Mapping
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from functools import lru_cache
from importlib.resources import files
from typing import Any, Final, NamedTuple

from duibiao.register import Org, Region

Number = int | Decimal | Fraction

_PLACES = 4


class Note(NamedTuple):
    """One sentence, Chinese first."""

    zh: str
    en: str


def names_of(things: Mapping[str, Org] | Mapping[str, Region], code: str) -> Note:
    """Return a unit's or a region's two names; its code where the register knows it no longer."""
    thing = things.get(code)
    return Note(code, code) if thing is None else Note(thing.name_zh, thing.name)


def show(number: Number) -> str:
    """Return a number for the eye: exact where it ends soon, else "≈" and four places."""
    exact = Fraction(number)
    if exact.denominator == 1:
        return str(exact.numerator)
    rounded = _rounded(exact, _PLACES)
    text = f"{rounded.normalize():f}"
    return text if Fraction(rounded) == exact else f"≈{text}"


def percent(share: Fraction) -> str:
    return f"{show(share * 100)}%"


def equals(shown: str) -> str:
    """Return a shown number behind its sign: "= 5.5", or "≈ 4.2727" where it was rounded."""
    return f"≈ {shown.removeprefix('≈')}" if shown.startswith("≈") else f"= {shown}"


def exact_text(number: Number | None) -> str | None:
    """Return a number exactly: as a decimal where it is one ("5.5"), else as a fraction "a/b"."""
    if number is None:
        return None
    numerator, denominator = number.as_integer_ratio()
    return str(numerator) if denominator == 1 else _ratio_text(numerator, denominator)


def as_json(value: object) -> Any:  # noqa: ANN401 - as JSON has it
    """Return a value as plain data: numbers as exact text, but for whole ones; days as ISO days."""
    match value:
        case bool() | int() | str() | None:
            return value
        case Fraction() | Decimal():
            return exact_text(value)
        case date():
            return value.isoformat()
        case list() | tuple() if not hasattr(value, "_fields"):
            return [as_json(part) for part in value]
        case _:
            names = getattr(value, "_fields", None) or vars(type(value))["__dataclass_fields__"]
            return {name: as_json(getattr(value, name)) for name in names}


@lru_cache(maxsize=65_536)
def _ratio_text(numerator: int, denominator: int) -> str:
    rest, twos = _without(2, denominator)
    rest, fives = _without(5, rest)
    if rest != 1:
        return f"{numerator}/{denominator}"
    digits = max(twos, fives)
    whole = numerator * 10**digits // denominator
    return f"{Decimal(f'{whole}e-{digits}'):f}"


def _without(factor: int, number: int) -> tuple[int, int]:
    """Return the number without a prime factor, and how often it was in it."""
    times = 0
    while number % factor == 0:
        number //= factor
        times += 1
    return number, times


def _rounded(exact: Fraction, places: int) -> Decimal:
    scaled = exact * 10**places
    whole = (Decimal(scaled.numerator) / Decimal(scaled.denominator)).quantize(
        Decimal(1), ROUND_HALF_UP
    )
    return whole.scaleb(-places)


_WORDS: Final = {
    name: {code: Note(*pair) for code, pair in table.items()}
    for name, table in json.loads(files(__package__).joinpath("words.json").read_bytes()).items()
}
# In the order in which totals are shown: from good to bad, then what cannot be judged.
STATUS: Final[Mapping[str, Note]] = _WORDS["status"]
DUTY: Final[Mapping[str, Note]] = _WORDS["duty"]
# What `unknown` is called by its reason: a figure may well be there.
REASON: Final[Mapping[str, Note]] = _WORDS["reason"]
