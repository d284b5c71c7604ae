"""Rows as columns in the form of the record: texts, whole microseconds, dicts of them."""

from collections.abc import Collection, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from services.ingest.domain.context import Kind
from services.ingest.domain.reading import Values
from services.ingest.domain.rows import ROWS
from services.ingest.domain.times import microseconds

# By field, one value for each row; a field that no row gives may be left out.
Columns = dict[str, Sequence[Any]]


def columns_of(kind: Kind, rows: Collection[Values]) -> Columns:
    """Return checked rows as columns in the form of the record."""
    return {name: [in_record_form(row[name]) for row in rows] for name in ROWS[kind].fields}


def in_record_form(value: Any) -> Any:  # noqa: ANN401, PLR0911 - whatever a field holds
    """Return what a field of a checked row holds as it stands in a record."""
    match value:
        case None | str():
            return value
        case bool():
            return "true" if value else "false"
        case Decimal():
            return format(value, "f")
        case datetime():
            return microseconds(value)
        case date():
            return value.isoformat()
        case dict():
            return {name: in_record_form(entry) for name, entry in value.items()}
        case _:
            return [in_record_form(entry) for entry in value]
