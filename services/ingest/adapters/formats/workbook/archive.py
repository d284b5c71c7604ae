"""The parts of an .xlsx file, which is a zip archive: bounded, and without macros.

The directory is checked before anything is decompressed. Whatever else a hostile file may do is up
to the bounds of the child process that reads it.
"""

import io
import zipfile
import zlib
from typing import Final

from services.ingest.adapters.formats.media import OTHERS
from services.ingest.adapters.formats.unreadable import Unreadable
from services.ingest.domain.flaws import Words
from services.ingest.domain.written import shown

MAX_ENTRIES: Final = 1_000
MAX_BYTES: Final = 32 * 1024 * 1024
"""Bytes of all parts together, decompressed."""

MAX_TAGS: Final = 2_000_000
"""Tags in one part; the largest valid sheet of 10,000 rows has half of them."""

_SMALL: Final = 256 * 1024
_OLD: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED: Final = 0x1
_MACROS: Final = ("vbaproject", "vbadata", "macrosheets/")
_TAGS: Final[Words] = ("the workbook", "工作簿")
_BROKEN: Final = (
    zipfile.BadZipFile, zlib.error, EOFError, KeyError, NotImplementedError, RuntimeError,
    ValueError, OSError,
)  # fmt: skip


class Archive:
    """An opened file, whose directory is within the limits.

    Raises:
        Unreadable: no workbook, one with macros or a password, too large.

    """

    def __init__(self, body: bytes) -> None:
        if body.startswith(_OLD):
            raise Unreadable("bad-request", "workbook-locked")
        try:
            self._zip = zipfile.ZipFile(io.BytesIO(body))
        except _BROKEN:
            raise not_a_workbook("no zip archive", "文件已损坏") from None
        entries = self._zip.infolist()
        # An OpenDocument file, which is an archive too, says so in its first entry.
        if "mimetype" in self and self._zip.NameToInfo["mimetype"].file_size <= _SMALL:
            other = OTHERS.get(self._read("mimetype").decode("latin-1").strip())
            if other is not None:
                raise Unreadable("bad-request", "workbook-other", name=other)
        if len(entries) > MAX_ENTRIES or sum(entry.file_size for entry in entries) > MAX_BYTES:
            raise Unreadable("too-large", "too-large", limit=MAX_BYTES)
        if any(entry.flag_bits & _ENCRYPTED for entry in entries):
            raise Unreadable("bad-request", "workbook-locked")
        if any(mark in entry.filename.lower() for entry in entries for mark in _MACROS):
            raise Unreadable("bad-request", "workbook-macros")

    def __contains__(self, name: str) -> bool:
        return name in self._zip.NameToInfo

    def xml(self, name: str) -> bytes:
        """Return a part of XML: not too many tags, no document type and thus no entities."""
        content = self._read(name)
        if content.count(b"<") - content.count(b"</") > MAX_TAGS:
            raise Unreadable("too-large", "too-many", field=_TAGS, limit=MAX_TAGS)
        if b"<!DOCTYPE" in content or b"\0" in content:  # which UTF-16 could hide
            raise not_a_workbook("a document type", "含有文档类型声明")
        return content

    def _read(self, name: str) -> bytes:
        try:
            return self._zip.read(name)
        except _BROKEN:
            part = shown(name)
            raise not_a_workbook(f"no sound part {part}", f"缺少或损坏“{part}”") from None


def not_a_workbook(reason: str, reason_zh: str) -> Unreadable:
    """Say that the file cannot be read as a workbook."""
    return Unreadable("bad-request", "malformed", format="xlsx", reason=(reason, reason_zh))
