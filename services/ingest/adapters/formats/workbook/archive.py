"""The parts of an .xlsx file, which is a zip archive: no more of them than may be, and no macros.

The directory is looked at before anything is unpacked, and what the reader of sheets gets is a new
archive without compression that holds only the parts it needs. So no entry unfolds beyond what
the directory says, and no macro, drawing or link to elsewhere reaches anything.
"""

import io
import zipfile
import zlib
from typing import BinaryIO, Final

from services.ingest.adapters.formats.media import OTHERS
from services.ingest.adapters.formats.unreadable import Unreadable
from services.ingest.domain.written import shown

MOST_ENTRIES: Final = 1_000
MOST_BYTES: Final = 32 * 1024 * 1024
"""Bytes of all parts together, unpacked."""

MOST_RATIO: Final = 400
"""How many times larger a part may be than packed; a sheet of equal rows comes to some 100."""

_SMALL: Final = 256 * 1024
_OLD: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED: Final = 0x1
_MACROS: Final = ("vbaproject", "vbadata", "macrosheets/")
_BROKEN: Final = (
    zipfile.BadZipFile, zlib.error, EOFError, KeyError, NotImplementedError, RuntimeError,
    ValueError, OSError,
)  # fmt: skip


class Archive:
    """An opened file, whose directory is within the limits."""

    def __init__(self, file: BinaryIO) -> None:
        """`file`: from its first byte on; Unreadable where it is none that is taken."""
        if file.read(len(_OLD)) == _OLD:
            raise Unreadable("bad-request", "workbook-locked")
        try:
            self._zip = zipfile.ZipFile(file)
        except _BROKEN:
            raise not_a_workbook("no zip archive", "文件已损坏") from None
        other = OTHERS.get(self._said())
        if other is not None:
            raise Unreadable("bad-request", "workbook-other", name=other)
        entries = self._zip.infolist()
        if len(entries) > MOST_ENTRIES or sum(entry.file_size for entry in entries) > MOST_BYTES:
            raise Unreadable("too-large", "too-large", limit=MOST_BYTES)
        for entry in entries:
            if entry.flag_bits & _ENCRYPTED:
                raise Unreadable("bad-request", "workbook-locked")
            if entry.file_size > _SMALL and entry.file_size > MOST_RATIO * entry.compress_size:
                raise Unreadable("too-large", "ratio-too-large", limit=MOST_RATIO)
            if any(mark in entry.filename.lower() for mark in _MACROS):
                raise Unreadable("bad-request", "workbook-macros")

    def read(self, name: str) -> bytes:
        """Return a part; Unreadable where it is not there or broken."""
        try:
            return self._zip.read(name)
        except _BROKEN:
            part = shown(name)
            raise not_a_workbook(f"no sound part {part}", f"缺少或损坏“{part}”") from None

    def _said(self) -> str:
        """Return what an OpenDocument file, which is an archive too, says that it is."""
        entry = self._zip.NameToInfo.get("mimetype")
        if entry is None or entry.file_size > _SMALL:
            return ""
        return self.read(entry.filename).decode("latin-1").strip()

    def holds(self, name: str) -> bool:
        """Whether there is a part of this name."""
        return name in self._zip.NameToInfo


def repacked(parts: dict[str, bytes]) -> io.BytesIO:
    """Return an archive of these parts, not compressed."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_STORED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    packed.seek(0)
    return packed


def not_a_workbook(reason: str, reason_zh: str) -> Unreadable:
    """Say that the file cannot be read as a workbook."""
    return Unreadable("bad-request", "malformed", format="xlsx", reason=(reason, reason_zh))
