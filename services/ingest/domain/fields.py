"""Reading the fields of one object, each fault told where it is.

A field that is null or an empty text is as good as left out. A reader method returns None both
for a field that was not given and for one that is wrong; whoever needs to know asks `given`. So
one wrong field never causes a second fault.
"""

import unicodedata
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

from services.ingest.domain import moments
from services.ingest.domain.field_types import Field
from services.ingest.domain.flaws import Flaw, Flaws, Words
from services.ingest.domain.personal import personal_name, personal_number
from services.ingest.domain.terms import Terms
from services.ingest.domain.written import DIGITS, Broken, Number, Percent, Written, kind_of, shown

_TEXT: Final[Words] = ("text", "文本")
_NUMBER: Final[Words] = ("a number", "数字")
_FLAG: Final[Words] = ("true or false", "“true”或“false”")
_LIST: Final[Words] = ("a list", "列表")
_OBJECT: Final[Words] = ("an object", "对象")


Values = dict[str, Any]
"""What the fields of an object hold: str, bool, Decimal, date, aware UTC datetime, None for what
was not given or is wrong; `Fields` for nested objects."""


class Fields:
    """One written object of one row; `at` is the pointer of the object inside the row."""

    __slots__ = ("_at", "_flaws", "_index", "_terms", "_written")

    def __init__(
        self, written: Written, index: int, terms: Terms, flaws: Flaws, at: str = ""
    ) -> None:
        self._written = written
        self._index = index
        self._terms = terms
        self._flaws = flaws
        self._at = at
        for name in written.repeated:
            self.flaw("duplicate-key", name, field=shown(name))

    def read(self, declared: Sequence[Field]) -> Values:
        """Read all fields as they are declared; tell those that are unknown, missing or wrong."""
        known = {field.name for field in declared}
        for name in self._written:
            if name not in known:
                self.flaw(stranger(name), name, field=shown(name))
        self.need(*(field.name for field in declared if field.required))
        return {field.name: self._read(field) for field in declared}

    def _read(self, field: Field) -> object:  # noqa: PLR0911, PLR0912, C901
        name = field.name
        if not self.given(name):
            return [] if field.type == "objects" else {} if field.type == "labels" else None
        match field.type:
            case "code" | "name":
                return self._name(name)
            case "text":
                return self._text(name, self._terms.limits.text, allowed="\t\n\r")
            case "choice":
                return self._choice(name, field.options)
            case "flag":
                return self._flag(name)
            case "figure":
                return self._figure(name)
            case "count":
                return self._count(name, field.least or 0, field.most)
            case "time":
                return self._time(name)
            case "past":
                return self._past(name)
            case "day":
                return self._day(name)
            case "objects":
                return self._objects(name, field.most or 0)
            case "object":
                return self._within(self._value(name), name)
            case "labels":
                return self._labels(name, field.most or 0)

    def flaw(self, code: str, name: str, **names: object) -> None:
        """Tell a fault of the field `name`."""
        pointer = f"{self._at}/{escaped(name)}"
        self._flaws.add(Flaw(code, pointer, self._index, names))

    def warn(self, code: str, name: str, **names: object) -> None:
        """Ask for a second look at the field `name`."""
        pointer = f"{self._at}/{escaped(name)}"
        self._flaws.warn(Flaw(code, pointer, self._index, names))

    @property
    def outlier_factor(self) -> Decimal | None:
        """How many times beyond the usual a figure is worth a second look."""
        return self._terms.register.outlier_factor

    def given(self, name: str) -> bool:
        """Whether the field holds anything."""
        return self._value(name) is not None

    def shown_as_percent(self, name: str) -> bool:
        """Whether the field holds a number that the sender saw with a percent sign."""
        return isinstance(self._value(name), Percent)

    def as_sent(self, name: str) -> str:
        """Return what the field holds as its sender wrote it, for a message."""
        return shown(self._written[name])

    def need(self, *names: str) -> None:
        """Tell those fields that are missing."""
        for name in names:
            if not self.given(name):
                self.flaw("missing", name, field=name)

    def _name(self, name: str) -> str | None:
        text = self._text(name, self._terms.limits.name, allowed="")
        return None if text is None else tidied(text)

    def _choice(self, name: str, options: Sequence[str]) -> str | None:
        word = self._name(name)
        if word is None or word in options:
            return word
        self.flaw("not-one-of", name, field=name, allowed=list(options), value=shown(word))
        return None

    def _flag(self, name: str) -> bool | None:
        value = self._value(name)
        if isinstance(value, bool):
            return value
        self._wrong_type(name, _FLAG)
        return None

    def _figure(self, name: str) -> Decimal | None:
        value = self._value(name)
        if not isinstance(value, Number):
            self._wrong_type(name, _NUMBER)
            return None
        figure = value.decimal()
        if isinstance(figure, str):
            self.flaw(figure, name, field=name, value=shown(value), limit=DIGITS)
        elif figure < 0:
            self.outside(name, shown(value), "0", None)
        else:
            return figure
        return None

    def _count(self, name: str, least: int, most: int | None) -> Decimal | None:
        figure = self._figure(name)
        if figure is None:
            return None
        if figure != figure.to_integral_value():
            self.flaw("not-a-whole-number", name, field=name, value=format(figure, "f"))
        elif figure < least or (most is not None and figure > most):
            self.outside(name, format(figure, "f"), str(least), None if most is None else str(most))
        else:
            return figure
        return None

    def _time(self, name: str) -> datetime | None:
        text = self._string(name)
        if text is None:
            return None
        read = moments.moment(text)
        if read is None:
            self.flaw("bad-time", name, field=name, value=shown(text))
        return read

    def _past(self, name: str) -> datetime | None:
        """Read a time that has come; our clock and the sender's may differ a little."""
        read = self._time(name)
        if read is None or read <= self._terms.latest:
            return read
        self.flaw("in-the-future", name, field=name, value=self.as_sent(name))
        return None

    def _day(self, name: str) -> date | None:
        text = self._string(name)
        if text is None:
            return None
        read = moments.day(text)
        if read is None:
            self.flaw("bad-time", name, field=name, value=shown(text))
        elif read > self._terms.today:
            self.flaw("in-the-future", name, field=name, value=shown(text))
        else:
            return read
        return None

    def _objects(self, name: str, most: int) -> list["Fields"]:
        value = self._value(name)
        if not isinstance(value, list):
            self._wrong_type(name, _LIST)
            return []
        if len(value) > most:
            self.flaw("too-many", name, field=name, limit=most)
            return []
        read = (self._within(entry, f"{name}/{place}") for place, entry in enumerate(value))
        return [fields for fields in read if fields is not None]

    def _labels(self, name: str, most: int) -> Mapping[str, str]:
        labels = self._within(self._value(name), name)
        if labels is None:
            return {}
        names = list(labels._written)  # noqa: SLF001 - of the same class
        if len(names) > most:
            self.flaw("too-many", name, field=name, limit=most)
            return {}
        limit, year = self._terms.limits.name, self._terms.today.year
        for one in names:
            if code := label_flaw(one, limit, year):
                labels.flaw(code, one, field=name, limit=limit)
            labels.need(one)
        return {one: labels._name(one) or "" for one in names}  # noqa: SLF001

    def outside(self, name: str, value: str, least: str, most: str | None) -> None:
        """Tell a figure that lies below `least` or above `most`."""
        if most is None:
            self.flaw("below-minimum", name, field=name, value=value, limit=least)
        else:
            self.flaw("out-of-range", name, field=name, value=value, minimum=least, maximum=most)

    def _value(self, name: str) -> object:
        value = self._written.get(name)
        return None if value == "" else value

    def _within(self, value: object, path: str) -> "Fields | None":
        at = f"{self._at}/{path}"
        if isinstance(value, Written):
            return Fields(value, self._index, self._terms, self._flaws, at)
        if isinstance(value, Broken):
            self._flaws.add(Flaw(value.code, at, self._index, value.names))
        else:
            names = {"field": path, "expected": _OBJECT, "kind": kind_of(value)}
            self._flaws.add(Flaw("wrong-type", at, self._index, names))
        return None

    def _string(self, name: str) -> str | None:
        value = self._value(name)
        if value is None or isinstance(value, str):
            return value
        self._wrong_type(name, _TEXT)
        return None

    def _text(self, name: str, limit: int, allowed: str) -> str | None:
        text = self._string(name)
        if text is None:
            return None
        code = text_flaw(text, limit, allowed) or personal_number(text, self._terms.today.year)
        if code is None:
            return text
        self.flaw(code, name, field=shown(name), limit=limit)
        return None

    def _wrong_type(self, name: str, expected: Words) -> None:
        value = self._written[name]
        if isinstance(value, Broken):
            self.flaw(value.code, name, **value.names)
        else:
            self.flaw("wrong-type", name, field=name, expected=expected, kind=kind_of(value))


def stranger(name: str) -> str:
    """Return the code of a field that is not known here."""
    return "personal-field" if personal_name(name) else "unknown-field"


def text_flaw(text: str, limit: int, allowed: str = "") -> str | None:
    """Return the code of what is wrong with a text, None when it is fit to be kept.

    `allowed` are the control characters that may stand in it.
    """
    if len(text) > limit:
        return "too-long"
    if not text or text.isspace():
        return "empty"
    return None if text.isprintable() else _character_flaw(text, allowed)


def label_flaw(name: str, limit: int, year: int) -> str | None:
    """Return the code of what is wrong with the name of a label."""
    if personal_name(name):
        return "personal-field"
    return text_flaw(name, limit) or personal_number(name, year)


def tidied(text: str) -> str:
    """Return a name as it is compared: no white space around it, its accents composed (NFC).

    What pads a column of a database, or how a keyboard puts an accent, makes no other case of it.
    """
    tidy = unicodedata.normalize("NFC", text).strip()
    return text if tidy == text else tidy


def _character_flaw(text: str, allowed: str) -> str | None:
    if "\x00" in text:
        return "nul-character"
    kinds = {unicodedata.category(character) for character in text if character not in allowed}
    if "Cs" in kinds:
        return "surrogate"
    # In one line of text nothing may hide: two numbers that look the same would be two cases.
    unseen = {"Cc"} if allowed else {"Cc", "Cf"}
    return None if kinds.isdisjoint(unseen) else "control-character"


def escaped(name: str) -> str:
    """Return a field's name as a reference token of a pointer, cut where it is absurdly long."""
    return shown(name).replace("~", "~0").replace("/", "~1")
