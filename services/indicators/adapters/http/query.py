"""The query part of a request, read name by name so that all its faults are answered at once.

Owns the reading of filters and paging. FastAPI would refuse a bad `limit` before a bad `target`
is seen; here both stand in one problem. A name that a list does not know is a fault too: a
misspelt filter must not answer with everything.
"""

import re
from collections.abc import Callable, Container, Mapping, Sequence
from datetime import date
from importlib.resources import files
from typing import Any, Final, TypeVar

import msgspec
from fastapi import Request

from duibiao.register import Register, parse
from duibiao.web.lists import LIMIT_AT_MOST, LIMIT_DEFAULT, Page, from_cursor
from duibiao.web.problems import ErrorDetail, Problem, filled
from services.indicators.board.data import View
from services.indicators.board.past import parse_view

T = TypeVar("T")

PAGING: Final = ("limit", "cursor")
_DECLARED: Final[Mapping[str, dict[str, Any]]] = msgspec.json.decode(
    files(__package__).joinpath("parameters.json").read_bytes()
)
_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_WHOLE: Final = re.compile(r"-?[0-9]{1,18}")


def documented(*names: str, **enums: Sequence[str]) -> dict[str, Any]:
    """Return the `openapi_extra` of a route whose query has these parameters.

    They are declared in parameters.json; `org.own` is one called `org`. `enums` are the values of
    those that have few.
    """
    parameters = []
    for declared in names:
        name = declared.partition(".")[0]
        about = {"name": name, "in": "query", "required": False, **_DECLARED[declared]}
        listed = {"enum": list(enums[name])} if name in enums else {}
        parameters.append({**about, "schema": {"type": "string", **about["schema"], **listed}})
    return {"parameters": parameters}


def codes_of(register: Register) -> Mapping[str, Container[str]]:
    """Return the codes of the register by the name of a field that holds one."""
    return {
        "target": {target.id for target in register.targets},
        "org": register.orgs,
        "indicator": register.indicators,
        "region": register.regions,
        "measure": {measure.no for measure in register.measures},
    }


class Query:
    """Reads the parameters it is asked for and remembers what is wrong; `done` tells it."""

    def __init__(
        self, request: Request, documented: Mapping[str, Any], register: Register | None = None
    ) -> None:
        """Take the request's query; `documented` are all that may stand in it."""
        given = request.query_params.multi_items()
        self._values = dict(reversed(given))
        self._schemas = {one["name"]: one["schema"] for one in documented["parameters"]}
        self._codes = {} if register is None else codes_of(register)
        self._faults: list[ErrorDetail] = []
        seen: set[str] = set()
        for name, _ in given:
            if name in seen:
                self.add("duplicate-key", name, field=name)
            elif name not in self._schemas:
                self.add("unknown-field", name, field=name)
            seen.add(name)
        for one in documented["parameters"]:
            if one["required"] and one["name"] not in seen:
                self.add("missing", one["name"], field=one["name"])

    def filters(self) -> dict[str, Any]:
        """Return every parameter but those of paging."""
        return {name: self.read(name) for name in self._schemas if name not in PAGING}

    def read(self, name: str) -> Any:  # noqa: ANN401 - as the parameter is declared
        """Return a parameter as its declaration says, None where left out.

        A code of the register, a period's code, a day, a whole number, a boolean, or one of few
        words. Of `org` the empty text stands for the rows over several units.
        """
        schema = self._schemas[name]
        if name == "org" and self._values.get(name) == "":
            return ""
        if name in self._codes:
            known = self._codes[name]
            return self._read(name, lambda text: _one_of(text, known), f"unknown-{name}")
        if name == "period":
            return self._read(name, lambda text: parse(text).code, "bad-period")
        if schema.get("format") == "date":
            return self._read(name, _day, "bad-time", field=name)
        if schema["type"] == "integer":
            return self._whole(name, schema["minimum"], schema["maximum"])
        allowed = schema.get("enum", ["true", "false"])
        word = self._read(
            name, lambda text: _one_of(text, allowed), "not-one-of", field=name, allowed=allowed
        )
        return word == "true" if word and schema["type"] == "boolean" else word

    def view(self, name: str) -> View:
        """Return which figures are wanted: those as corrected where left out."""
        return self._read(name, parse_view, "bad-view") or "corrected"

    def page(self, *kinds: type[str] | type[int]) -> Page:
        """Return the page asked for; `kinds` are the types of a position in this list."""
        limit = self._whole("limit", 1, LIMIT_AT_MOST)
        cursor = self._text("cursor")
        after = None
        if cursor is not None:
            try:
                after = from_cursor(cursor)
            except Problem as problem:
                self._faults.extend(problem.faults)
            else:
                if tuple(type(part) for part in after) != kinds:
                    self.add("bad-cursor", "cursor")
        return Page(LIMIT_DEFAULT if limit is None else limit, after)

    def given(self, name: str) -> bool:
        return name in self._values

    def done(self) -> None:
        """Raise Problem 422 with every fault found; nothing when there is none."""
        if self._faults:
            raise Problem("invalid", self._faults)

    def add(self, code: str, name: str, **values: object) -> None:
        """Note an error of a parameter."""
        self._faults.append(filled(code, values, pointer=f"/query/{name}"))

    def _whole(self, name: str, minimum: int, maximum: int) -> int | None:
        number = self._read(name, _whole, "not-a-whole-number", field=name)
        if number is not None and not minimum <= number <= maximum:
            within = {"minimum": minimum, "maximum": maximum}
            self.add("out-of-range", name, field=name, value=self._values[name], **within)
        return number

    def _read(self, name: str, read: Callable[[str], T], code: str, **values: object) -> T | None:
        value = self._text(name)
        try:
            return None if value is None else read(value)
        except ValueError:
            self.add(code, name, value=value, **values)
            return None

    def _text(self, name: str) -> str | None:
        value = self._values.get(name)
        if value == "":
            self.add("empty", name, field=name)
            return None
        return value


def _one_of(text: str, known: Container[str]) -> str:
    if text not in known:
        raise ValueError("not one of them")
    return text


def _day(text: str) -> date:
    if not _DAY.fullmatch(text):
        raise ValueError("not a day")
    return date.fromisoformat(text)


def _whole(text: str) -> int:
    if not _WHOLE.fullmatch(text):
        raise ValueError("not a whole number")
    return int(text)
