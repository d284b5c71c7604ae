"""Evidence files 佐证材料: whether one is of the kind that it says; kinds.toml declares the kinds.

Content is recognised by its first bytes and its structure. Of an archive only the list of its parts
is read: nothing is decompressed, so none can grow. A name ends as its kind demands: a copy is then
opened by the program meant for it, and office programs run no macros of such files.
"""

import tomllib
from collections.abc import Iterator
from contextlib import suppress
from io import BytesIO
from pathlib import Path
from typing import Final
from zipfile import ZipFile

from duibiao.texts import text_error
from duibiao.web.problems import ErrorDetail, error_detail

# What is taken, by media type.
KINDS: Final = tomllib.loads(Path(__file__).with_suffix(".toml").read_text("utf-8"))
_NAME_AT_MOST: Final = 200
_PARTS_AT_MOST: Final = 10_000  # each takes memory once it is listed


def file_errors(name: str, media: str, content: bytes, year: int) -> Iterator[ErrorDetail]:
    """Yield everything that is wrong with a file that is said to be of a kind; `year` is this one.

    An empty file is of no kind.
    """
    kind = KINDS[media]
    if code := text_error(name, _NAME_AT_MOST, year):
        yield error_detail(code, pointer="/query/name", field="name", limit=_NAME_AT_MOST)
    inside = _parts(content) if kind["archive"] else content.decode("latin-1")
    whole = inside.startswith(kind["begins"]) and all(mark in inside for mark in kind["holds"])
    if not (whole and name.lower().endswith(tuple(kind["suffixes"]))):
        yield error_detail("file-not-as-declared", expected=kind["suffixes"][0])
    if kind["archive"] and "vbaproject.bin\n" in inside:
        yield error_detail("file-macros")


def _parts(content: bytes) -> str:
    """Return the names of the parts of an archive, each on a line; nothing where it is none."""
    if content.startswith(b"PK\3\4") and content.count(b"PK\1\2") <= _PARTS_AT_MOST:
        with suppress(Exception), ZipFile(BytesIO(content)) as archive:  # it fails in many ways
            return "\n".join(("", *archive.namelist(), "")).lower()
    return ""
