"""Rows by their shape, which is checked once however many rows have it.

The shape of a row is what its codes, options and flags are, and which of its other fields are
given: the rules of a row depend on little else. What they do depend on (figures, the order of
times, the age of an open case) is left to `columnwise`.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, time
from typing import Any, Final

from duibiao.register import Indicator
from duibiao.texts import tidied
from duibiao.workdays import SHANGHAI
from services.ingest.domain.cases import oldest_usual
from services.ingest.domain.checking import check_row
from services.ingest.domain.context import Kind, ValidationContext
from services.ingest.domain.errors import RowErrors
from services.ingest.domain.observations import bounds
from services.ingest.domain.raw import Number, RawObject
from services.ingest.domain.rows import ROWS, Field, FieldType
from services.ingest.domain.times import microseconds

DISCRETE: Final[frozenset[FieldType]] = frozenset({"code", "choice", "flag"})
_MOST_SHAPES, _MOST_LAYOUTS = 100_000, 500  # of all layouts together


@dataclass(frozen=True, slots=True, eq=False)
class Shape:
    """A shape without an error, and nothing to ask about.

    Attributes:
        codes: of the fields `RowType.codes`, as records have them.
        low, high: a figure of at most 15 digits between them, or one of them, is within the bounds
            of the indicator and nothing to ask about.
        oldest: an open case accepted before it (microseconds) is one to ask about.

    """

    codes: tuple[str | None, ...]
    low: float = 0
    high: float = math.inf
    oldest: int = 0


class ShapeCache:
    """The shapes that were checked, by org, day and layout; shared by all requests and threads."""

    def __init__(self) -> None:
        self._known: dict[tuple[object, ...], dict[tuple[Any, ...], Shape]] = {}
        self._count = 0

    def of(
        self, kind: Kind, terms: ValidationContext, names: Sequence[str], given: Sequence[str]
    ) -> Callable[[tuple[Any, ...]], Shape | None]:
        """Return what finds the shape of the values of `names`, beside the fields `given`.

        A value is that of a discrete field in the form of the record, else whether there is one.
        None where a row of the shape has an error, or must be looked at by itself.
        """
        # The day is in the key: a period that has not begun today may have begun tomorrow.
        layout = (terms.register, kind, terms.org, terms.sender, terms.today, *names, None, *given)
        if self._count >= _MOST_SHAPES or len(self._known) >= _MOST_LAYOUTS:
            self._known.clear()
            self._count = 0
        known = self._known.setdefault(layout, {})

        def find(values: tuple[Any, ...]) -> Shape | None:
            shape = known.get(values)
            if shape is None:
                row = dict(zip(names, values, strict=True)) | dict.fromkeys(given, True)
                shape = _checked(kind, row, terms)
                if shape is not None:
                    known[values] = shape
                    self._count += 1
            return shape

        return find


def _checked(kind: Kind, values: dict[str, Any], terms: ValidationContext) -> Shape | None:
    if values.get("numerator") or values.get("denominator"):
        return None  # a share of two numbers depends on them
    fields, errors = ROWS[kind].fields, RowErrors()
    indicator = terms.register.indicators.get(tidied(values.get("indicator") or ""))
    given = {name: value for name, value in values.items() if value not in (None, "", False)}
    example = {
        name: _example_value(fields[name], value, indicator, terms) for name, value in given.items()
    }
    row = check_row(kind, RawObject(example.items()), 0, terms, errors)
    if row is None or errors.warnings:
        return None
    codes = tuple(row[name] for name in ROWS[kind].codes)
    if indicator is None:
        return None if "indicator" in fields else Shape(codes)
    # Rounding keeps the order, and figures and bounds of 15 digits are different floats.
    least, most = bounds(indicator)
    low, high = float(least), math.inf if most is None else float(most)
    if indicator.usual is not None and (factor := terms.register.outlier_factor) is not None:
        # Of more digits, perhaps: one float less to be sure.
        low = max(low, math.nextafter(float(indicator.usual.minimum / factor), math.inf))
        high = min(high, math.nextafter(float(indicator.usual.maximum * factor), 0))
    oldest = datetime.combine(oldest_usual(indicator, terms.today), time(), SHANGHAI)
    return Shape(codes, low, high, microseconds(oldest))


def _example_value(  # noqa: PLR0911
    field: Field,
    value: Any,  # noqa: ANN401 - of a row as it came
    indicator: Indicator | None,
    terms: ValidationContext,
) -> object:
    """Return the value that a discrete field has in a shape, of another field any that is valid."""
    match field.type:
        case "code" | "choice":
            return value
        case "flag":
            return value == "true"
        case "count":
            return Number(str(field.least or 0))
        case "figure":
            usual = None if indicator is None else indicator.usual
            least = 0 if indicator is None else bounds(indicator)[0]
            return Number(format(least if usual is None else max(usual.minimum, least), "f"))
        case "labels":
            return RawObject([("x", "x")])
        case "time" | "past" | "day":
            return terms.today.isoformat()
        case _:
            return "x"
