"""The progress of an upload, on disk: which rows were answered, and how.

A cursor file holds JSON lines, each on the disk before the next request is sent:

    {"type": "upload", ...}   the file, the target and the id of the upload
    {"type": "limit", ...}    rows per request, lowered after a 413
    {"type": "part", ...}     rows that were answered, with their receipt

Whatever ends an upload, the next run divides the remaining rows in the same way, so a request
whose answer was lost is sent again with the same Idempotency-Key.
"""

import hashlib
import os
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Self

import msgspec

from duibiao.client.answers import Receipt, RowError
from duibiao.client.rows import MOST_ROWS


@dataclass(frozen=True, slots=True)
class RejectedRow:
    """A row that was not accepted.

    Attributes:
        line: where a person finds it in the file, from 1.
        row: as it was sent; empty for a row of a workbook.
        errors: all of them.

    """

    line: int
    row: str
    errors: tuple[RowError, ...]


@dataclass(frozen=True, slots=True)
class Part:
    """One answered request of an upload.

    Attributes:
        first, count: its rows, `first` from 0.
        receipt: without `errors`, which are in `rejected`.
        unlisted: rejected rows that the product did not name.

    """

    first: int
    count: int
    receipt: Receipt
    rejected: tuple[RejectedRow, ...] = ()
    unlisted: int = 0


@dataclass(frozen=True, slots=True)
class Purpose:
    """What is uploaded where; `content` is the SHA-256 of the file."""

    content: str
    url: str
    kind: str
    mode: str


class _Upload(msgspec.Struct, tag_field="type", tag="upload"):
    upload: str
    purpose: Purpose
    rows: int


class _Limit(msgspec.Struct, tag_field="type", tag="limit"):
    rows: int


class _Answered(msgspec.Struct, tag_field="type", tag="part"):
    part: Part


_LINE: Final = msgspec.json.Decoder(_Upload | _Limit | _Answered)


@dataclass(slots=True)
class Cursor:
    """The progress of an upload; in memory only where `path` is None.

    Attributes:
        rows: of one request, at most.
        upload: the id from which every Idempotency-Key is derived.
        next_row: the first row that was not answered.
        resumed: it continues an earlier run.

    """

    rows: int = MOST_ROWS
    path: Path | None = None
    upload: str = field(default_factory=lambda: uuid.uuid4().hex)
    next_row: int = 0
    resumed: bool = False

    @classmethod
    def beside(cls, file: Path, url: str, kind: str, mode: str, *, rows: int = MOST_ROWS) -> Self:
        """Open FILE.upload, or create it; a changed file or another target begins anew."""
        with file.open("rb") as content:
            digest = hashlib.file_digest(content, "sha256").hexdigest()
        path = file.with_name(f"{file.name}.upload")
        return cls.open(path, Purpose(digest, url, kind, mode), rows=rows)

    @classmethod
    def open(cls, path: Path, purpose: Purpose, *, rows: int = MOST_ROWS) -> Self:
        """Open a cursor file, or create it where it is absent or of another purpose."""
        cursor = cls(rows, path)
        if not cursor._resume(purpose):
            head = _Upload(cursor.upload, purpose, rows)
            _write(path, "wb", head)
        return cursor

    def limit(self, rows: int) -> None:
        """Lower the number of rows per request."""
        if rows < self.rows:
            self.rows = rows
            self._append(_Limit(rows))

    def answered(self, part: Part) -> None:
        """Record an answered request."""
        self._append(_Answered(part))
        self.next_row = part.first + part.count

    def parts(self) -> Iterator[Part]:
        """Yield the recorded parts in order, those of earlier runs included."""
        for _, line in _lines(self.path):
            if isinstance(line, _Answered):
                yield line.part

    def remove(self) -> None:
        """Remove the file: nothing is left to resume."""
        if self.path is not None:
            self.path.unlink(missing_ok=True)

    def _resume(self, purpose: Purpose) -> bool:
        end = 0
        for end, line in _lines(self.path):  # noqa: B007 - read after the loop
            if isinstance(line, _Upload):
                if line.purpose != purpose:
                    return False
                self.upload, self.rows, self.resumed = line.upload, line.rows, True
            elif isinstance(line, _Limit):
                self.rows = line.rows
            else:
                self.next_row = line.part.first + line.part.count
        if self.resumed and self.path is not None:
            os.truncate(self.path, end)  # a line that a power failure left incomplete
        return self.resumed

    def _append(self, line: _Limit | _Answered) -> None:
        if self.path is not None:
            _write(self.path, "ab", line)


def _write(path: Path, mode: str, line: object) -> None:
    with path.open(mode) as file:
        file.write(msgspec.json.encode(line) + b"\n")
        file.flush()
        os.fsync(file.fileno())


def _lines(path: Path | None) -> Iterator[tuple[int, _Upload | _Limit | _Answered]]:
    """Yield each intact line with the offset of its end."""
    if path is None or not path.exists():
        return
    end = 0
    with path.open("rb") as file:
        for line in file:
            try:
                decoded = _LINE.decode(line if line.endswith(b"\n") else b"")
            except ValueError:
                return
            end += len(line)
            yield end, decoded
