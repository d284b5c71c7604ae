"""Rows as bytes, and their division into requests."""

import itertools
import math
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence, Sized
from dataclasses import dataclass, fields, is_dataclass
from typing import Final, Literal, NamedTuple, Protocol, runtime_checkable

import msgspec

Kind = Literal["observations", "cases", "progress-reports"]
Mode = Literal["atomic", "partial"]

# Rows of one submission, by default.
MOST_ROWS: Final = 10_000

# Bytes of the rows of one request, before compression: half of what the product accepts.
MOST_BYTES: Final = 4 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Format:
    """The body of a request: `head`, the rows with `separator` between them, `tail`."""

    media: str
    head: bytes = b""
    separator: bytes = b""
    tail: bytes = b""

    def body(self, rows: Iterable["Row"]) -> bytes:
        """Return the body that holds these rows."""
        return self.head + self.separator.join(row.content for row in rows) + self.tail


JSON: Final = Format("application/json", b"[", b",", b"]")
NDJSON: Final = Format("application/x-ndjson", b"", b"\n", b"\n")


class Row(NamedTuple):
    """One row. `line`: where a person finds it in the file, from 1."""

    line: int
    content: bytes


@runtime_checkable
class Source(Protocol):
    """Rows that can be read repeatedly; `count` is None where it is not known."""

    format: Format
    count: int | None

    def rows(self) -> Iterator[Row]:
        """Yield the rows."""


class Objects:
    """Mappings or dataclasses as a source."""

    format = JSON

    def __init__(self, rows: object) -> None:
        if isinstance(rows, Mapping) or _is_record(rows):
            rows = (rows,)
        if not isinstance(rows, Iterable) or isinstance(rows, str | bytes):
            raise TypeError(f"rows are mappings or dataclasses, not {type(rows).__name__}")
        self._rows = rows
        self.count = len(rows) if isinstance(rows, Sized) else None

    def rows(self) -> Iterator[Row]:
        """Yield the rows as JSON."""
        return (Row(line, encoded(row)) for line, row in enumerate(self._rows, 1))


@dataclass(frozen=True, slots=True)
class Batch:
    """The rows of one request. `first` is the index of the first of them, from 0."""

    first: int
    rows: Sequence[Row]


class Splitter:
    """Divides rows into batches, beginning at row `first`."""

    def __init__(self, rows: Iterable[Row], first: int = 0) -> None:
        self._rows = itertools.islice(rows, first, None)
        self._next = first
        self._held = deque[Row]()

    def batch(self, most_rows: int, most_bytes: int = MOST_BYTES) -> Batch | None:
        """Return the next batch, of at least one row; None at the end."""
        rows: list[Row] = []
        size = 0
        while len(rows) < most_rows and (row := self._row()) is not None:
            size += len(row.content)
            if rows and size > most_bytes:
                self._held.appendleft(row)
                break
            rows.append(row)
        self._next += len(rows)
        return Batch(self._next - len(rows), rows) if rows else None

    def take_back(self, batch: Batch) -> None:
        """Have the rows of the last batch come again."""
        self._held.extendleft(reversed(batch.rows))
        self._next = batch.first

    def _row(self) -> Row | None:
        return self._held.popleft() if self._held else next(self._rows, None)


def encoded(row: object) -> bytes:
    """Return a mapping or dataclass as JSON: Decimals as numbers, times as RFC 3339.

    Raises:
        TypeError: the row, or a value in it, has no JSON form.
        ValueError: a value is NaN or infinite.

    """
    if not isinstance(row, Mapping) and not _is_record(row):
        raise TypeError(f"a row is a mapping or a dataclass, not {type(row).__name__}")
    members = _members(row)
    for name, value in members.items():
        # The encoder would write null.
        if isinstance(value, float) and not math.isfinite(value):
            raise ValueError(f"{name} is {value}, not a finite number")
    return _ENCODER.encode(members)


def _is_record(value: object) -> bool:
    return is_dataclass(value) and not isinstance(value, type)


def _members(value: object) -> dict[str, object]:
    if isinstance(value, Mapping):
        return dict(value)
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: getattr(value, field.name) for field in fields(value)}
    raise TypeError(f"a row must not contain {type(value).__name__}")


_ENCODER: Final = msgspec.json.Encoder(enc_hook=_members, decimal_format="number")
