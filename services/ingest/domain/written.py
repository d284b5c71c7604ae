"""Values as they were written in a body, before anything is believed of them.

A format reader yields rows made of: str, bool, None, list, `Number` and `Written`. A number stays
the text it was, so that no digit is lost and none is invented.
"""

import re
from collections import Counter
from collections.abc import Iterable
from decimal import Decimal, InvalidOperation
from typing import Final

from services.ingest.domain.flaws import Words

DIGITS: Final = 15
"""Significant digits a figure may have, and digits it may have before or after its point."""

_NUMBER: Final = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")
_LONGEST: Final = 400  # characters; more cannot be a figure of 15 digits that anybody means
_SHOWN: Final = 40


class Number:
    """A number as written: the text between the commas, not yet known to be a sane number."""

    __slots__ = ("text",)

    def __init__(self, text: str) -> None:
        self.text = text

    def __repr__(self) -> str:
        return f"Number({self.text!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Number) and self.text == other.text

    def __hash__(self) -> int:
        return hash(self.text)

    def decimal(self) -> Decimal | str:
        """Return the figure, trailing zeros dropped, or the code of what is wrong with it.

        Codes: not-a-number; too-many-digits (more than 15 significant ones); figure-too-large
        (10^15 or more); too-many-decimals (finer than 10^-15).
        """
        if len(self.text) > _LONGEST:
            return "too-many-digits" if _NUMBER.fullmatch(self.text) else "not-a-number"
        if not _NUMBER.fullmatch(self.text):
            return "not-a-number"
        try:
            figure = Decimal(self.text)
        except InvalidOperation:  # an exponent of its own size beyond Decimal's
            return "too-many-decimals" if "e-" in self.text.lower() else "figure-too-large"
        if not figure:
            return Decimal(0)
        return _size_fault(figure) or figure.normalize()


def _size_fault(figure: Decimal) -> str | None:
    digits, exponent = figure.as_tuple().digits, figure.adjusted()
    significant = len("".join(map(str, digits)).rstrip("0"))
    if significant > DIGITS:
        return "too-many-digits"
    if exponent >= DIGITS:
        return "figure-too-large"
    return "too-many-decimals" if exponent - significant + 1 < -DIGITS else None


class Percent(Number):
    """A number that was shown with a percent sign: of "95.5%" it is 95.5."""

    __slots__ = ()


class Digits(str):
    """A text of digits that a spreadsheet kept as a number, so zeros at its end may be lost."""

    __slots__ = ()


class Written(dict[str, object]):
    """An object as written. `repeated` names the keys that stood in it more than once."""

    __slots__ = ("repeated",)

    def __init__(self, pairs: Iterable[tuple[str, object]] = ()) -> None:
        listed = list(pairs)
        super().__init__(listed)
        self.repeated: tuple[str, ...] = ()
        if len(self) != len(listed):
            times = Counter(name for name, _ in listed)
            self.repeated = tuple(name for name, count in times.items() if count > 1)


class Broken:
    """A row, or a nested cell, that could not be read; `code` and `names` make its flaw."""

    __slots__ = ("code", "names")

    def __init__(self, code: str, **names: object) -> None:
        self.code = code
        self.names = names


_KINDS: Final[tuple[tuple[type, Words], ...]] = (
    (bool, ("true or false", "逻辑值")),
    (str, ("text", "文本")),
    (Number, ("a number", "数字")),
    (list, ("a list", "列表")),
    (dict, ("an object", "对象")),
    (type(None), ("null", "空值")),
)


def kind_of(value: object) -> Words:
    """Return what a written value is, in words."""
    return next(words for kind, words in _KINDS if isinstance(value, kind))


def shown(value: object) -> str:
    """Return a short form of a written value for a message: one line, whole characters only."""
    text = value.text if isinstance(value, Number) else str(value)
    text = text if len(text) <= _SHOWN else text[:_SHOWN] + "…"
    if text.isprintable():
        return text
    # The wide space of Chinese text is as good as any other character of it.
    return "".join(c if c.isprintable() or c == "\u3000" else "�" for c in text)
