"""Two states row by row: what stands against what the submissions come to.

Both sides are read in the order of the primary key and gone through together, so memory does not
grow with the tables. Every database of ours orders texts by their code points, as Python does.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from sqlalchemy import Connection, Row, Table, select

_AT_ONCE: Final = 2_000  # rows held in memory at a time
_DOCUMENTS: Final = frozenset({"document", "row"})

Kind = Literal["missing", "extra", "changed"]
"""missing: the submissions give a row that does not stand. extra: a row stands that none gives."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One row that differs. `fields`: name -> (as it stands, as it is told again)."""

    table: str
    key: str
    kind: Kind
    fields: Mapping[str, tuple[object, object]]


@dataclass(frozen=True, slots=True)
class Pair:
    """The two rows under one key; one of them may be None."""

    table: Table
    standing: Row[Any] | None
    anew: Row[Any] | None

    @property
    def kind(self) -> Kind:
        """How they differ."""
        if self.standing is None:
            return "missing"
        return "extra" if self.anew is None else "changed"

    @property
    def key(self) -> dict[str, object]:
        """The primary key."""
        row = self.standing if self.anew is None else self.anew
        return {column.name: getattr(row, column.name) for column in _keys(self.table)}

    def told(self) -> Difference:
        """Return the difference in words that a person or a script can read."""
        key = "/".join(str(part) for part in self.key.values())
        return Difference(self.table.name, key, self.kind, _fields(self.standing, self.anew))


def differing(standing: Connection, anew: Connection, table: Table) -> Iterator[Pair]:
    """Yield what differs between a table here and there, by primary key."""
    width = len(_keys(table))
    ours, theirs = _rows(standing, table), _rows(anew, table)
    one, other = next(ours, None), next(theirs, None)
    while one is not None or other is not None:
        if one == other:
            one, other = next(ours, None), next(theirs, None)
        elif other is None or (one is not None and one[:width] < other[:width]):
            yield Pair(table, one, None)
            one = next(ours, None)
        elif one is None or other[:width] < one[:width]:
            yield Pair(table, None, other)
            other = next(theirs, None)
        else:
            yield Pair(table, one, other)
            one, other = next(ours, None), next(theirs, None)


def _keys(table: Table) -> list[Any]:
    return list(table.primary_key.columns)


def _rows(connection: Connection, table: Table) -> Iterator[Row[Any]]:
    keys = _keys(table)
    rest = [column for column in table.columns if not column.primary_key]
    query = select(*keys, *rest).order_by(*keys)
    yield from connection.execute(query, execution_options={"yield_per": _AT_ONCE})


def _fields(standing: Row[Any] | None, anew: Row[Any] | None) -> dict[str, tuple[object, object]]:
    ours, theirs = _named(standing), _named(anew)
    if not ours or not theirs:
        return {}
    names = dict.fromkeys([*ours, *theirs])
    return {
        name: (ours.get(name), theirs.get(name))
        for name in names
        if ours.get(name) != theirs.get(name)
    }


def _named(row: Row[Any] | None) -> dict[str, object]:
    """Return the fields of a row by name, those of a document among them."""
    if row is None:
        return {}
    found: dict[str, object] = {}
    for name, value in row._asdict().items():
        if name in _DOCUMENTS:
            found |= _within(str(name), value)
        else:
            found[str(name)] = value
    return found


def _within(name: str, text: str) -> dict[str, object]:
    try:
        document = json.loads(text)
    except ValueError:
        return {name: text}
    if not isinstance(document, dict):
        return {name: text}
    found: dict[str, object] = {}
    for part, value in document.items():
        if isinstance(value, dict):
            found |= {f"{name}.{part}.{inner}": one for inner, one in value.items()}
        else:
            found[f"{name}.{part}"] = value
    return found
