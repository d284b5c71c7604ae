"""Reading the fields of one object as they are declared, each error told where it is.

A field that is null or an empty text is as good as left out. What is wrong reads as None, like what
was not given; whoever needs to know asks `given`. So one wrong field never causes a second error.
"""

from collections.abc import Collection, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any, TypeVar

from duibiao.texts import label_error, personal_name, text_error, tidied
from services.ingest.domain.context import ValidationContext
from services.ingest.domain.errors import RowError, RowErrors
from services.ingest.domain.raw import (
    DIGITS,
    Invalid,
    Number,
    Percent,
    RawObject,
    escaped,
    kind_of,
    shown,
)
from services.ingest.domain.rows import Field
from services.ingest.domain.times import parse_day, parse_time
from services.ingest.domain.words import WORDS

T = TypeVar("T")

# What the fields of an object hold: str, bool, Decimal, date, aware UTC datetime, None for what
# was not given or is wrong; `RowReader` for nested objects.
Values = dict[str, Any]


class WrongValue(Exception):  # noqa: N818 - always caught
    """What is wrong with one value; `code` and `names` make its error."""

    def __init__(self, code: str, **names: object) -> None:
        super().__init__(code)
        self.code = code
        self.names = names


def read_value(field: Field, value: object, terms: ValidationContext) -> Any:  # noqa: ANN401
    """Return what one value means that is neither empty nor nested.

    Raises:
        WrongValue: it is not what the field is declared to hold.

    """
    match field.type:
        case "flag":
            return _of_type(bool, value)
        case "figure":
            return _figure(value)
        case "count":
            return _count(field, value)
        case "time" | "past" | "day":
            return _time(field, _of_type(str, value), terms)
        case "text":
            return _text(value, terms.limits.text, terms, "\t\n\r")
        case _:
            name = tidied(_text(value, terms.limits.name, terms))
            if field.options and name not in field.options:
                raise WrongValue("not-one-of", allowed=list(field.options), value=shown(name))
            return name


def _of_type(kind: type[T], value: object) -> T:
    if isinstance(value, kind):
        return value
    if isinstance(value, Invalid):
        raise WrongValue(value.code, **value.names)
    raise WrongValue("wrong-type", expected=WORDS["expected"][kind.__name__], kind=kind_of(value))


def _text(value: object, limit: int, terms: ValidationContext, allowed: str = "") -> str:
    text = _of_type(str, value)
    if code := text_error(text, limit, terms.today.year, allowed):
        raise WrongValue(code, limit=limit)
    return text


def _figure(value: object) -> Decimal:
    number = _of_type(Number, value)
    figure = number.decimal()
    if isinstance(figure, str):
        raise WrongValue(figure, value=shown(number), limit=DIGITS)
    if figure < 0:
        raise outside(shown(number), 0, None)
    return figure


def _count(field: Field, value: object) -> Decimal:
    figure = _figure(value)
    if figure != figure.to_integral_value():
        raise WrongValue("not-a-whole-number", value=format(figure, "f"))
    if figure < (field.least or 0) or (field.most is not None and figure > field.most):
        raise outside(format(figure, "f"), field.least or 0, field.most)
    return figure


def outside(value: str, least: object, most: object) -> WrongValue:
    """Return the error of a figure that lies below `least` or above `most`."""
    if most is None:
        return WrongValue("below-minimum", value=value, limit=str(least))
    return WrongValue("out-of-range", value=value, minimum=str(least), maximum=str(most))


def _time(field: Field, text: str, terms: ValidationContext) -> datetime | date:
    """Read a time or a day; our clock and the sender's may differ a little."""
    future = False
    read: date | None
    if field.type == "day":
        read = parse_day(text)
        future = read is not None and read > terms.today
    else:
        read = time = parse_time(text)
        future = field.type == "past" and time is not None and time > terms.latest
    if read is None or future:
        raise WrongValue("in-the-future" if future else "bad-time", value=shown(text))
    return read


class RowReader:
    """Reads one object of one row; `at` is the pointer of the object inside the row."""

    __slots__ = ("_at", "_errors", "_index", "_raw", "_terms")

    def __init__(
        self, raw: RawObject, index: int, terms: ValidationContext, errors: RowErrors, at: str = ""
    ) -> None:
        self._raw = raw
        self._index = index
        self._terms = terms
        self._errors = errors
        self._at = at
        for name in raw.repeated:
            self.reject("duplicate-key", name)

    def read(self, fields: Collection[Field]) -> Values:
        """Read all fields; tell those that are unknown, missing or wrong."""
        known = {field.name for field in fields}
        for name in self._raw:
            if name not in known:
                self.reject(unknown_field(name), name)
        self.need(*(field.name for field in fields if field.required))
        return {field.name: self._read(field) for field in fields}

    def _read(self, field: Field) -> object:
        value = self.value(field.name)
        try:
            if field.type == "objects":
                return [] if value is None else self._objects(field, _of_type(list, value))
            if field.type == "labels":
                return {} if value is None else self._labels(field, value)
            if value is None:
                return None
            if field.type == "object":
                return self._within(value, field.name)
            return read_value(field, value, self._terms)
        except WrongValue as wrong:
            self.reject(wrong.code, field.name, **wrong.names)
        return [] if field.type == "objects" else {} if field.type == "labels" else None

    def reject(self, code: str, name: str, **names: object) -> None:
        """Add an error of the field `name`."""
        self._errors.add(self._error(code, name, names))

    def warn(self, code: str, name: str, **names: object) -> None:
        """Ask for a second look at the field `name`."""
        self._errors.warn(self._error(code, name, names))

    def _error(self, code: str, name: str, names: Mapping[str, object]) -> RowError:
        pointer = f"{self._at}/{escaped(name)}"
        return RowError(code, pointer, self._index, {"field": shown(name), **names})

    def given(self, name: str) -> bool:
        """Whether the field holds anything."""
        return self.value(name) is not None

    def value(self, name: str) -> object:
        """Return what the field holds, not yet checked; None where that is nothing."""
        value = self._raw.get(name)
        return None if value == "" else value

    def shown_as_percent(self, name: str) -> bool:
        """Whether the field holds a number that the sender saw with a percent sign."""
        return isinstance(self._raw.get(name), Percent)

    def as_sent(self, name: str) -> str:
        """Return what the field holds as its sender wrote it, for a message."""
        return shown(self._raw[name])

    def need(self, *names: str) -> None:
        """Tell those fields that are missing."""
        for name in names:
            if not self.given(name):
                self.reject("missing", name)

    def _objects(self, field: Field, entries: list[object]) -> list["RowReader"]:
        if len(entries) > (field.most or 0):
            raise WrongValue("too-many", limit=field.most)
        read = (self._within(one, f"{field.name}/{place}") for place, one in enumerate(entries))
        return [reader for reader in read if reader is not None]

    def _labels(self, field: Field, value: object) -> Mapping[str, str]:
        reader = self._within(value, field.name)
        if reader is None:
            return {}
        names = list(reader._raw)  # noqa: SLF001 - of the same class
        if len(names) > (field.most or 0):
            raise WrongValue("too-many", limit=field.most)
        limit, year = self._terms.limits.name, self._terms.today.year
        for name in names:
            if code := label_error(name, limit, year):
                reader.reject(code, name, field=field.name, limit=limit)
            reader.need(name)
        return {name: str(reader._read(Field(name, "name")) or "") for name in names}  # noqa: SLF001

    def _within(self, value: object, path: str) -> "RowReader | None":
        """Return the reader of a nested object."""
        at = f"{self._at}/{path}"
        try:
            return RowReader(_of_type(RawObject, value), self._index, self._terms, self._errors, at)
        except WrongValue as wrong:
            names = {"field": path, **wrong.names}
            self._errors.add(RowError(wrong.code, at, self._index, names))
        return None


def unknown_field(name: str) -> str:
    """Return the code of a field that is not known here."""
    return "personal-field" if personal_name(name) else "unknown-field"
