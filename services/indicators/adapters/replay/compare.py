"""Two states row by row: what stands against what the submissions come to.

Both sides are read in the order of the primary key and merged, so memory does not grow with the
tables. Every database of ours orders texts by their code points, as Python does.
"""

import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from heapq import merge
from itertools import groupby
from operator import itemgetter
from typing import Any, Final, Literal

import msgspec
from sqlalchemy import Connection, Table, select

from services.indicators.adapters.encoding import from_document

_AT_ONCE: Final = 2_000  # rows held in memory at a time

Kind = Literal["missing", "extra", "changed"]
"""missing: the submissions give a row that does not stand. extra: a row stands that none gives."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One row that differs. `fields`: name -> (as it stands, as it is rebuilt)."""

    table: str
    key: str
    kind: Kind
    fields: Mapping[str, tuple[object, object]]


def differing(standing: Connection, anew: Connection, table: Table) -> Iterator[Difference]:
    """Yield what differs between a table here and there, by primary key."""
    keys = list(table.primary_key.columns)
    columns = [*keys, *(column for column in table.columns if not column.primary_key)]
    query = select(*columns).order_by(*keys)

    def rows(connection: Connection, side: int) -> Iterator[tuple[Any, ...]]:
        for row in connection.execute(query, execution_options={"yield_per": _AT_ONCE}):
            yield tuple(row[: len(keys)]), side, tuple(row)

    both = merge(rows(standing, 0), rows(anew, 1), key=itemgetter(0, 1))
    for key, group in groupby(both, key=itemgetter(0)):
        found = {side: row for _, side, row in group}
        old, new = found.get(0), found.get(1)
        if old != new:
            kind: Kind = "missing" if old is None else "extra" if new is None else "changed"
            names = [column.name for column in columns]
            yield Difference(table.name, "/".join(map(str, key)), kind, _fields(names, old, new))


def _fields(
    names: list[str], old: tuple[Any, ...] | None, new: tuple[Any, ...] | None
) -> dict[str, tuple[object, object]]:
    if old is None or new is None:
        return {}
    ours, theirs = _named(names, old), _named(names, new)
    return {
        name: (ours.get(name), theirs.get(name))
        for name in dict.fromkeys([*ours, *theirs])
        if ours.get(name) != theirs.get(name)
    }


def _named(names: list[str], row: tuple[Any, ...]) -> dict[str, object]:
    """Return the fields of a row by name, those of its documents among them."""
    found: dict[str, object] = {}
    for name, value in zip(names, row, strict=True):
        if isinstance(value, bytes):
            try:
                document = from_document(value, dict[str, Any])
            except (msgspec.DecodeError, zlib.error, ValueError):
                document = {"": value.hex()}
            for part, inner in document.items():
                parts = inner.items() if isinstance(inner, dict) else [("", inner)]
                found |= {".".join(filter(None, (name, part, deep))): one for deep, one in parts}
        else:
            found[name] = value
    return found
