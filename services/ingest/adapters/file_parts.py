"""Files that people upload: the submissions they are divided into, and copies with errors marked.

A file of a person may be anything, so this runs in a child (`BodyReaders.run`). It reads files as
`duibiao submit` does, whose libraries nothing else of the service needs.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path, PurePath
from tempfile import NamedTemporaryFile

from duibiao.client import RejectedRow, RowError, RowFile, open_file, workbook
from duibiao.client import Unreadable as NotRead
from duibiao.client.annotations import reasons
from duibiao.client.error_files import csv_with_errors
from duibiao.client.files import Table
from duibiao.client.rows import Splitter
from services.ingest.adapters.formats import Unreadable

# The CSV of one submission, and the lines of its rows in the file.
Part = tuple[bytes, list[int]]

# An error: the line of the file, its code, English and Chinese.
Said = tuple[int, str, str, str]


def divided(name: str, content: bytes, most_rows: int) -> list[Part]:
    """Return the parts of a file, of at most so many rows each; Unreadable where it is none."""
    with _opened(name, content) as table:
        splitter, parts = Splitter(table.rows()), list[Part]()
        while (batch := splitter.batch(most_rows)) is not None:
            parts.append((table.format.body(batch.rows), [row.line for row in batch.rows]))
        return parts


def marked(name: str, content: bytes, errors: Sequence[Said]) -> bytes | None:
    """Return a copy of a file with the errors beside its lines; None where that cannot be made.

    The columns that are added are not read when the copy is corrected and uploaded.
    """
    told: dict[int, tuple[RowError, ...]] = {}
    for line, code, en, zh in errors:
        told[line] = (*told.get(line, ()), RowError(code, en, zh))
    with _opened(name, content) as table:
        if _suffix(name) == ".xlsx":
            texts = {line: reasons(said) for line, said in told.items()}
            return workbook.error_workbook(table.path, texts, whole=True)
        rows = (RejectedRow(n, row.decode(), told.get(n, ())) for n, row in table.rows())
        return b"".join(csv_with_errors(table.columns, rows))


def _suffix(name: str) -> str:
    return PurePath(name).suffix.lower()


@contextmanager
def _opened(name: str, content: bytes) -> Iterator[Table]:
    with NamedTemporaryFile(suffix=_suffix(name)[:8]) as file:
        file.write(content)
        file.flush()
        path = Path(file.name)
        try:
            if _suffix(name) == ".xlsx":
                workbook.size(path)  # tells what is no workbook
                known = list(workbook.records(path))  # slow, and a table is read several times
                found: RowFile = Table(path, lambda: iter(known))
            else:
                found = open_file(path)
        except NotRead as error:
            told = error.reason, error.reason_zh
            kind = _suffix(name)[1:].upper()
            raise Unreadable("bad-request", "malformed", format=kind, reason=told) from None
        if not isinstance(found, Table):
            told, kinds = (name, f"“{name}”"), [".xlsx", ".csv"]
            code = "unsupported-media-type"
            raise Unreadable(code, code, value=told, allowed=kinds)
        if not found.count:
            raise Unreadable("invalid", "empty-body")
        yield found
