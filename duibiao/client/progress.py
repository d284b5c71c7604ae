"""How far an upload has come: which rows were answered, and what was being sent.

`MemoryProgress` forgets with the process. `StateFile` is a file of JSON lines, each on the disk
before the next step is taken, so that an upload goes on where a kill or a power cut ended it:

    {"upload": …}            what is uploaded, under which id
    {"first", "count"}       rows about to be sent in one request
    {"first", "count", "receipt", "refused"}    what became of them
"""

import os
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, Protocol, Self

import msgspec

from duibiao.client.answers import Receipt
from duibiao.client.files.source import digest
from duibiao.client.mending import RefusedRow

VERSION: Final = 1


@dataclass(frozen=True, slots=True)
class Part:
    """Rows that were sent in one request, and what became of them.

    Attributes:
        first, count: which rows of the upload; `count` is what was received.
        receipt: its faults stand in `refused`; None where the request waits in a spool.
        refused: the rows that were not taken.
        unlisted: rows that were not taken and that the product did not name.

    """

    first: int
    count: int
    receipt: Receipt | None = None
    refused: tuple[RefusedRow, ...] = ()
    unlisted: int = 0


@dataclass(frozen=True, slots=True)
class Totals:
    """Rows so far. `taken` are accepted, duplicate or revised; `spooled` wait in a spool."""

    received: int = 0
    taken: int = 0
    rejected: int = 0
    spooled: int = 0

    def plus(self, part: Part) -> "Totals":
        """Return the totals with one more part."""
        if part.receipt is None:
            return replace(self, spooled=self.spooled + part.count)
        return Totals(
            self.received + part.receipt.received,
            self.taken + part.receipt.received - part.receipt.rejected,
            self.rejected + part.receipt.rejected,
            self.spooled,
        )


class Progress(Protocol):
    """What an upload reads before it goes on, and writes while it does.

    Attributes:
        upload: its id, from which every Idempotency-Key is made.
        next_row: the first row that was not answered yet.
        under_way: rows that were sent from there on, when nobody heard the answer; else None.
        totals: of what was answered.

    """

    upload: str
    next_row: int
    under_way: int | None
    totals: Totals

    def sending(self, first: int, count: int) -> None:
        """Note, before they are sent, which rows go in one request."""

    def answered(self, part: Part) -> None:
        """Note what became of them."""

    def parts(self) -> Iterator[Part]:
        """Yield what was answered, in order."""


class MemoryProgress:
    """Progress that nobody will go on from."""

    def __init__(self, upload: str | None = None) -> None:
        self.upload = upload or uuid.uuid4().hex
        self.next_row = 0
        self.under_way: int | None = None
        self.totals = Totals()
        self._parts: list[Part] = []

    def sending(self, first: int, count: int) -> None:
        """Note which rows go in one request."""
        self.next_row, self.under_way = first, count

    def answered(self, part: Part) -> None:
        """Note what became of them."""
        self._parts.append(part)
        self.next_row, self.under_way = part.first + part.count, None
        self.totals = self.totals.plus(part)

    def parts(self) -> Iterator[Part]:
        """Yield what was answered, in order."""
        yield from self._parts


@dataclass(frozen=True, slots=True)
class Purpose:
    """What an upload is: the same purpose goes on, another begins anew.

    `content` is the SHA-256 of the file.
    """

    content: str
    url: str
    kind: str
    mode: str


@dataclass(frozen=True, slots=True)
class _Head:
    version: int
    upload: str
    purpose: Purpose


@dataclass(frozen=True, slots=True)
class _Sending:
    first: int
    count: int


_HEAD: Final = msgspec.json.Decoder(_Head)
_SENDING: Final = msgspec.json.Decoder(_Sending)
_PART: Final = msgspec.json.Decoder(Part)
# A quote inside a row is escaped, so these stand only where the names of members do.
_BEGUN, _ANSWERED = b'"upload":', b'"receipt":'


class StateFile:
    """Progress on the disk. `resumed`: it goes on from an earlier run."""

    def __init__(self, path: Path, purpose: Purpose) -> None:
        """Go on from the file, or begin it where it is absent or of another purpose.

        OSError where it cannot be written.
        """
        self.path = path
        self.next_row = 0
        self.under_way: int | None = None
        self.totals = Totals()
        head = _head_of(path)
        self.resumed = head is not None and head.purpose == purpose
        if head is not None and self.resumed:
            self.upload = head.upload
            os.truncate(path, self._read())  # a line that a power cut left half-written
        else:
            self.upload = uuid.uuid4().hex
            head = _Head(VERSION, self.upload, purpose)
            durably(path, msgspec.json.encode(head) + b"\n")

    @classmethod
    def beside(
        cls,
        path: Path,
        url: str,
        kind: str,
        mode: str,
        *,
        folder: Path | None = None,
        restart: bool = False,
    ) -> Self:
        """Return the state of uploading a file: a file named after it, beside it or in a folder.

        With `restart`, what an earlier run left is forgotten.
        """
        state = (folder or path.parent) / f"{path.name}.upload"
        if restart:
            state.unlink(missing_ok=True)
        return cls(state, Purpose(digest(path), url, kind, mode))

    def sending(self, first: int, count: int) -> None:
        """Note, on the disk, which rows go in one request."""
        self._append(_Sending(first, count))
        self.next_row, self.under_way = first, count

    def answered(self, part: Part) -> None:
        """Note, on the disk, what became of them."""
        self._append(part)
        self._note(part)

    def parts(self) -> Iterator[Part]:
        """Yield what was answered, in order, those of earlier runs included."""
        for line in _whole_lines(self.path):
            if _ANSWERED in line:
                yield _PART.decode(line)

    def remove(self) -> None:
        """Remove the file: nothing is left to go on with."""
        self.path.unlink(missing_ok=True)

    def _read(self) -> int:
        end = 0
        for line in _whole_lines(self.path):
            try:
                self._recall(line)
            except ValueError:  # blocks that a power cut left unwritten
                break
            end += len(line)
        return end

    def _recall(self, line: bytes) -> None:
        if _ANSWERED in line:
            self._note(_PART.decode(line))
        elif _BEGUN not in line:
            sending = _SENDING.decode(line)
            self.next_row, self.under_way = sending.first, sending.count

    def _note(self, part: Part) -> None:
        self.next_row, self.under_way = part.first + part.count, None
        self.totals = self.totals.plus(part)

    def _append(self, entry: object) -> None:
        with self.path.open("ab") as file:
            file.write(msgspec.json.encode(entry) + b"\n")
            file.flush()
            os.fsync(file.fileno())


def durably(path: Path, content: bytes) -> None:
    """Put a file in its place whole or not at all, and on the disk before this returns."""
    part = path.with_name(f"{path.name}.{uuid.uuid4().hex}.part")
    with open(part, "wb", opener=_private) as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)
    if os.name == "posix":  # elsewhere a folder cannot be opened
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _head_of(path: Path) -> _Head | None:
    try:
        with path.open("rb") as file:
            head = _HEAD.decode(file.readline())
    except (FileNotFoundError, ValueError):
        return None
    return head if head.version == VERSION else None


def _whole_lines(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        for line in file:
            if not line.endswith(b"\n"):
                return
            yield line
