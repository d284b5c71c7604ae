"""The query part of a request, read name by name so that all its faults are answered at once.

Owns the reading of filters and paging. FastAPI would refuse a bad `limit` before a bad `target`
is seen; here both stand in one problem. A name that a list does not know is a fault too: a
misspelt filter must not answer with everything.
"""

import re
from collections.abc import Callable, Collection, Container, Mapping, Sequence
from datetime import date, datetime
from typing import Any, Final, TypeVar

from fastapi import Request

from duibiao.register import parse
from duibiao.web.lists import LIMIT_AT_MOST, LIMIT_DEFAULT, Page, from_cursor
from duibiao.web.problems import ErrorDetail, Problem, filled
from duibiao.workdays import SHANGHAI
from services.indicators.adapters.reading import View

T = TypeVar("T")

_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_WHOLE: Final = re.compile(r"-?[0-9]{1,18}")


class Query:
    """Reads the parameters it is asked for and remembers what is wrong; `done` tells it."""

    def __init__(self, request: Request, names: Collection[str]) -> None:
        """Take the request's query; `names` are all that may stand in it."""
        given = request.query_params.multi_items()
        self._values = dict(reversed(given))
        self._faults: list[ErrorDetail] = []
        seen: set[str] = set()
        for name, _ in given:
            if name in seen:
                self.add("duplicate-key", name, field=name)
            elif name not in names:
                self.add("unknown-field", name, field=name)
            seen.add(name)

    def code(self, name: str, known: Container[str], unknown: str) -> str | None:
        """Return a code of the register, None where left out; `unknown` is the fault's code."""
        value = self._text(name)
        if value is not None and value not in known:
            self.add(unknown, name, value=value)
        return value

    def org(self, name: str, known: Container[str]) -> str | None:
        """Return an org code, "" for the rows over several orgs, None where left out."""
        value = self._values.get(name)
        if value and value not in known:
            self.add("unknown-org", name, value=value)
        return value

    def one_of(self, name: str, allowed: Sequence[str]) -> str | None:
        value = self._text(name)
        if value is not None and value not in allowed:
            self.add("not-one-of", name, field=name, value=value, allowed=list(allowed))
        return value

    def period(self, name: str) -> str | None:
        return self._read(name, lambda text: parse(text).code, "bad-period")

    def day(self, name: str) -> date | None:
        """Return a day written as 2021-03-25, None where left out."""
        return self._read(name, _day, "bad-time", field=name)

    def view(self, name: str) -> View:
        """Return which figures are wanted: those as corrected where left out."""
        return self._read(name, _view, "bad-view") or "corrected"

    def whole(self, name: str, minimum: int, maximum: int) -> int | None:
        """Return a whole number between two bounds, None where left out."""
        number = self._read(name, _whole, "not-a-whole-number", field=name)
        if number is not None and not minimum <= number <= maximum:
            within = {"minimum": minimum, "maximum": maximum}
            self.add("out-of-range", name, field=name, value=self._values[name], **within)
        return number

    def page(self, *kinds: type[str] | type[int]) -> Page:
        """Return the page asked for; `kinds` are the types of a position in this list."""
        limit = self.whole("limit", 1, LIMIT_AT_MOST)
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


def _day(text: str) -> date:
    if not _DAY.fullmatch(text):
        raise ValueError("not a day")
    return date.fromisoformat(text)


def _view(text: str) -> View:
    if text == "reported":
        return "reported"
    if text == "corrected":
        return "corrected"
    moment = datetime.fromisoformat(text.replace(" ", "+"))  # as a plus sign arrives in a query
    return moment if moment.tzinfo else moment.replace(tzinfo=SHANGHAI)


def _whole(text: str) -> int:
    if not _WHOLE.fullmatch(text):
        raise ValueError("not a whole number")
    return int(text)


def documented(*parameters: dict[str, Any]) -> dict[str, Any]:
    """Return the `openapi_extra` of a route that reads its query here."""
    return {"parameters": list(parameters)}


def parameter(
    name: str, description: str, *, required: bool = False, **schema: object
) -> dict[str, Any]:
    """Return the OpenAPI description of one query parameter; a text unless `schema` differs."""
    return {
        "name": name,
        "in": "query",
        "required": required,
        "description": description,
        "schema": {"type": "string", **schema},
    }


def names_of(documented: Mapping[str, Any]) -> list[str]:
    """Return the names that may stand in the query of a route so documented."""
    return [described["name"] for described in documented["parameters"]]


PAGING: Final = (
    parameter("limit", "Rows of a page.", type="integer", minimum=1, maximum=LIMIT_AT_MOST),
    parameter("cursor", "The next_cursor of the page before."),
)
