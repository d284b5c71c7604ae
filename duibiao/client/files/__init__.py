"""Files as streams of rows: CSV, NDJSON, JSON, and workbooks that go as they are.

Reads a file as often as asked, the same rows every time, a piece at a time: a file of a million
rows needs no more memory than one of a hundred. Judges no row; only the product does that.
"""

from pathlib import Path
from typing import Final

from duibiao.client.files.csvfile import CsvFile
from duibiao.client.files.jsonfile import JsonFile
from duibiao.client.files.ndjsonfile import NdjsonFile
from duibiao.client.files.source import RowFile, Source, Unreadable
from duibiao.client.files.workbook import Workbook

FORMATS: Final[dict[str, type[RowFile]]] = {
    ".csv": CsvFile,
    ".ndjson": NdjsonFile,
    ".jsonl": NdjsonFile,
    ".json": JsonFile,
    ".xlsx": Workbook,
}

_SHEETS: Final = frozenset({".ods", ".xls", ".xlsm", ".xlsb", ".et", ".ett", ".numbers"})
"""What else spreadsheet programs save."""

__all__ = ["FORMATS", "RowFile", "Source", "Unreadable", "open_file"]


def open_file(path: Path) -> RowFile:
    """Look through a file from end to end and return its rows.

    Raises:
        Unreadable: no format that is taken, or the file is broken; says where.
        OSError: it is not there, or may not be read.

    """
    format_ = FORMATS.get(path.suffix.lower())
    if format_ is None and path.suffix.lower() in _SHEETS:
        raise Unreadable(
            f"{path.suffix} files are not taken; open it and save it as an Excel workbook (.xlsx)",
            f"不接收{path.suffix}文件，请打开后另存为Excel工作簿（.xlsx）再报送",
        )
    if format_ is None:
        allowed = ", ".join(FORMATS)
        raise Unreadable(
            f"{path.suffix or path.name} is no format that is taken; {allowed} are",
            f"不支持该文件格式，请使用{allowed}",
        )
    file = format_(path)
    if file.count == 0:
        raise Unreadable("there are no rows in it", "文件中没有数据行")
    return file
