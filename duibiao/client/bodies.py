"""Rows as bytes, and how many rows make one body. Reads nothing, sends nothing."""

import itertools
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from typing import Final

import msgspec

MOST_ROWS: Final = 10_000
"""Rows that one submission may hold, unless the product is set up otherwise."""

MOST_BYTES: Final = 4 * 1024 * 1024
"""Bytes of one body: a quarter of what the product takes, and not too long on a slow line."""


@dataclass(frozen=True, slots=True)
class Form:
    """How rows stand in a body: `head`, then the rows with `joint` between them, then `tail`.

    `opaque`: the one "row" is a file that only the product can take apart.
    """

    media: str
    suffix: str
    head: bytes = b""
    joint: bytes = b""
    tail: bytes = b""
    opaque: bool = False

    def body(self, rows: Sequence[bytes]) -> bytes:
        """Return the body that holds these rows."""
        return self.head + self.joint.join(rows) + self.tail


JSON: Final = Form("application/json", ".json", b"[", b",", b"]")
NDJSON: Final = Form("application/x-ndjson", ".ndjson", b"", b"\n", b"\n")


@dataclass(frozen=True, slots=True)
class Chunk:
    """Rows that go in one request. `first` is the place of the first of them, from 0."""

    first: int
    rows: tuple[bytes, ...]

    def halves(self) -> "tuple[Chunk, Chunk]":
        """Return the same rows as two chunks."""
        middle = (len(self.rows) + 1) // 2
        left, right = self.rows[:middle], self.rows[middle:]
        return Chunk(self.first, left), Chunk(self.first + middle, right)


class Cutter:
    """Cuts a stream of rows into chunks, the first of them beginning at row `first`."""

    def __init__(self, rows: Iterable[bytes], first: int = 0) -> None:
        self._rows = iter(rows)
        self._next = first
        self._held: bytes | None = None
        for _ in itertools.islice(self._rows, first):
            pass

    def cut(self, most_rows: int, most_bytes: int) -> Chunk | None:
        """Return the next chunk, of at least one row; None at the end."""
        rows: list[bytes] = []
        size = 0
        while len(rows) < most_rows and (row := self._row()) is not None:
            if rows and size + len(row) > most_bytes:
                self._held = row
                break
            rows.append(row)
            size += len(row)
        if not rows:
            return None
        chunk = Chunk(self._next, tuple(rows))
        self._next += len(rows)
        return chunk

    def _row(self) -> bytes | None:
        held, self._held = self._held, None
        return next(self._rows, None) if held is None else held


def encoded(row: object) -> bytes:
    """Return one row as JSON: a mapping or a dataclass; Decimals as numbers, times as RFC 3339.

    TypeError for what cannot be a row, ValueError for a figure that is none (NaN, infinity).
    """
    if not isinstance(row, Mapping) and not _is_record(row):
        raise TypeError(f"a row is a mapping or a dataclass, not {type(row).__name__}")
    plain = _plain(row)
    for name, value in plain.items():
        # The encoder would write null without a word.
        if isinstance(value, float) and not math.isfinite(value):
            raise ValueError(f"{name} is {value}, which is no figure")
    return _ENCODER.encode(plain)


def one_or_many(rows: object) -> Iterator[object]:
    """Yield the rows: those of an iterable, or the one that was given by itself."""
    if isinstance(rows, Mapping) or _is_record(rows):
        yield rows
    elif isinstance(rows, Iterable) and not isinstance(rows, str | bytes):
        yield from rows
    else:
        raise TypeError(f"rows are mappings or dataclasses, not {type(rows).__name__}")


def _is_record(value: object) -> bool:
    return is_dataclass(value) and not isinstance(value, type)


def _plain(value: object) -> dict[str, object]:
    if isinstance(value, Mapping):
        return dict(value)
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: getattr(value, field.name) for field in fields(value)}
    raise TypeError(f"{type(value).__name__} cannot stand in a row")


_ENCODER: Final = msgspec.json.Encoder(enc_hook=_plain, decimal_format="number")
