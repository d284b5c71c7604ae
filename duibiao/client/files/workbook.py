"""An .xlsx file, which only the product takes apart: one body, as it is."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from duibiao.client.bodies import Form
from duibiao.client.files.source import Unreadable

_ZIP: Final = b"PK\x03\x04"
_MOST: Final = 16 * 1024 * 1024
XLSX: Final = Form(
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", ".xlsx", opaque=True
)


class Workbook:
    """The file as its one row; how many rows are in it is known from the answer."""

    form = XLSX
    encoding: str | None = None
    count: int | None = None
    columns: tuple[str, ...] = ()

    def __init__(self, path: Path) -> None:
        self.path = path
        if path.stat().st_size > _MOST:
            raise Unreadable("larger than 16 MiB; save it as CSV", "超过16 MiB，请另存为CSV")
        with path.open("rb") as file:
            if file.read(len(_ZIP)) != _ZIP:
                raise Unreadable("no .xlsx file", "不是有效的.xlsx文件")

    def rows(self) -> Iterator[bytes]:
        """Yield the file."""
        yield self.path.read_bytes()

    def line_of(self, row: int) -> int | None:
        """Return None: titles may stand above the rows; the faults name the row of the sheet."""
        del row
        return None
