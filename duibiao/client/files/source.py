"""What every source of rows offers, and the one error of a file that cannot be taken apart."""

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Final, Protocol, runtime_checkable

from duibiao.client.answers import ClientError
from duibiao.client.bodies import MOST_BYTES, Form

LONGEST_ROW: Final = MOST_BYTES
"""Bytes (or characters) of one row. More is no row but a file in another format."""


class Unreadable(ClientError):  # noqa: N818 - what the file is
    """Nothing of the file was sent. `line` counts from 1, where it can be told."""

    def __init__(self, reason: str, reason_zh: str, line: int | None = None) -> None:
        super().__init__(reason if line is None else f"line {line}: {reason}")
        self.reason = reason
        self.reason_zh = reason_zh
        self.line = line


@runtime_checkable
class Source(Protocol):
    """Rows that can be read again and again, and are the same every time."""

    form: Form
    count: int | None  # rows; None where that is not known before they are read

    def rows(self) -> Iterator[bytes]:
        """Yield the rows, each as it stands in a body."""


class RowFile(Source, Protocol):
    """A file as a source.

    Attributes:
        path: where it is.
        encoding: of its text, as found; None where it is no text.
        columns: the names of the first row's fields, for a guess at what the rows are.

    """

    path: Path
    encoding: str | None
    columns: tuple[str, ...]

    def __init__(self, path: Path) -> None: ...

    def line_of(self, row: int) -> int | None:
        """Return where a person finds a row (from 0): its line in a viewer, from 1.

        None where only the product knows; its faults then say so.
        """


def digest(path: Path) -> str:
    """Return the SHA-256 of a file, by which it is known again."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def text_encoding(path: Path) -> str:
    """Return the encoding of a CSV file: UTF-8 if all of it can be, else GB18030.

    A mark at the beginning (BOM) is looked over. Decided over the whole file, since a piece of
    GB18030 text can look like UTF-8.

    Raises:
        Unreadable: it is neither.

    """
    failures = []
    for encoding in ("utf-8", "gb18030"):
        try:
            with path.open(encoding=encoding, newline="") as file:
                while file.read(1 << 20):
                    pass
        except UnicodeDecodeError as error:
            failures.append(error)
        else:
            return "utf-8-sig" if encoding == "utf-8" else encoding
    raise Unreadable(
        "the text is neither UTF-8 nor GB18030", "文件既不是UTF-8编码，也不是GB18030编码"
    )
