"""Values as a body holds them, before they are checked.

A format reader yields rows made of: str, bool, None, list, `Number`, `RawObject` and `Invalid`. A
number stays the text it was, so that no digit is lost and none is invented.
"""

import re
from collections import Counter
from collections.abc import Iterable
from decimal import Decimal, InvalidOperation
from typing import Final, NamedTuple

from services.ingest.domain.errors import Words
from services.ingest.domain.words import WORDS

# Significant digits a figure may have, and digits it may have before or after its point.
DIGITS: Final = 15

_NUMBER: Final = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")
_LONGEST: Final = 400  # characters; more cannot be a figure of 15 digits that anybody means
_SHOWN: Final = 40


class Number(NamedTuple):
    """A number as its text, which may still be none."""

    text: str

    def decimal(self) -> Decimal | str:  # noqa: PLR0911
        """Return the figure, trailing zeros dropped, or the code of what is wrong with it.

        Codes: not-a-number; too-many-digits (more than 15 significant ones); figure-too-large
        (10^15 or more); too-many-decimals (finer than 10^-15).
        """
        if not _NUMBER.fullmatch(self.text):
            return "not-a-number"
        if len(self.text) > _LONGEST:
            return "too-many-digits"
        try:
            figure = Decimal(self.text)
        except InvalidOperation:  # an exponent of its own size beyond Decimal's
            return "too-many-decimals" if "e-" in self.text.lower() else "figure-too-large"
        if not figure:
            return Decimal(0)
        significant = len("".join(map(str, figure.as_tuple().digits)).rstrip("0"))
        if significant > DIGITS:
            return "too-many-digits"
        if figure.adjusted() >= DIGITS:
            return "figure-too-large"
        last = figure.adjusted() - significant + 1
        return "too-many-decimals" if last < -DIGITS else figure.normalize()


class Percent(Number):
    """A number that was shown with a percent sign: of "95.5%" it is 95.5."""

    __slots__ = ()


class Digits(str):
    """A text of digits that a spreadsheet kept as a number, so zeros at its end may be lost."""

    __slots__ = ()


class RawObject(dict[str, object]):
    """An object. `repeated` names the keys that stood in it more than once."""

    __slots__ = ("repeated",)

    def __init__(self, pairs: Iterable[tuple[str, object]] = ()) -> None:
        listed = list(pairs)
        super().__init__(listed)
        self.repeated: tuple[str, ...] = ()
        if len(self) != len(listed):
            times = Counter(name for name, _ in listed)
            self.repeated = tuple(name for name, count in times.items() if count > 1)


class Invalid:
    """A row or a value that could not be read; `code` and `names` make its error."""

    __slots__ = ("code", "names")

    def __init__(self, code: str, **names: object) -> None:
        self.code = code
        self.names = names


def kind_of(value: object) -> Words:
    """Return what a value of a body is, in words."""
    kinds, names = WORDS["kinds"], (kind.__name__ for kind in type(value).__mro__)
    return next(kinds[name] for name in names if name in kinds)


def shown(value: object) -> str:
    """Return a short form of a value for a message: one line, whole characters only."""
    text = value.text if isinstance(value, Number) else str(value)
    text = text if len(text) <= _SHOWN else text[:_SHOWN] + "…"
    # The wide space of Chinese text is as good as any other character of it.
    return "".join(one if one.isprintable() or one == "\u3000" else "�" for one in text)


def escaped(name: str) -> str:
    """Return a field's name as a reference token of a pointer, cut where it is absurdly long."""
    return shown(name).replace("~", "~0").replace("/", "~1")
