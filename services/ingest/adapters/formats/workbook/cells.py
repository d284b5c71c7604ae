"""Single cells of a sheet as values of the field they stand under.

Numbers are exact to the 15 digits that spreadsheets keep; dates are dates only where the cell is
formatted as one. What a cell holds beside that is refused with the cell's name, never guessed.
"""

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from math import isfinite
from typing import Final

from services.ingest.adapters.formats.table import value_of
from services.ingest.domain.columns import DAYS, FLAGS, NUMBERS, TIMES
from services.ingest.domain.flaws import Words
from services.ingest.domain.terms import Limits
from services.ingest.domain.written import DIGITS, Broken, Digits, Number, Percent

Cell = int | float | str | bool | time | date | datetime | timedelta

_DATE: Final[Words] = ("a date", "日期")
_CLOCK: Final[Words] = ("a time of day", "时刻")
_NUMBER: Final[Words] = ("a number", "数字")
_PERCENT: Final[Words] = ("a percentage", "百分比")
_TEXT: Final[Words] = ("text (set the cell's format to text)", "文本（请将单元格格式设为“文本”）")
_DATED: Final[Words] = (
    "a date (set the cell's format to date)",
    "日期（请将单元格格式设为“日期”）",
)
_FIGURE: Final[Words] = ("a number", "数字")
_LOST: Final[Words] = ("a number whose last digits are lost", "末几位已丢失的数字")


def cell_value(
    name: str, cell: Cell, where: str, limits: Limits, *, percent: bool = False
) -> object:
    """Return what a cell means under a heading; `where` is its name ("C5").

    `percent`: it is formatted so, and 0.955 in it is shown as 95.5%.
    """
    if isinstance(cell, str):
        return value_of(name, cell, limits)
    if isinstance(cell, bool):
        return cell
    if isinstance(cell, int | float):
        return _percent(name, cell, where) if percent else _number(name, cell, where)
    if isinstance(cell, date):
        return _date(name, cell, where)
    return _wrong(where, _CLOCK, _expected(name))


def as_written(number: float) -> str:
    """Return a number as a spreadsheet shows it at its most exact: 15 digits."""
    return format(number, f".{DIGITS}g")


def _number(name: str, cell: float, where: str) -> object:
    if name in NUMBERS or name in FLAGS:  # a flag is told that a number is neither true nor false
        return Number(as_written(cell))
    if name in TIMES or name in DAYS:
        return _wrong(where, _NUMBER, _DATED)
    if name == "measure" and isfinite(cell):
        return Digits(as_written(cell))  # 6.1 and 6.10 are one number and two measures
    if not isfinite(cell) or cell != int(cell):
        return _wrong(where, _NUMBER, _TEXT)
    if abs(cell) >= 10**DIGITS:
        return _wrong(where, _LOST, _TEXT)
    return str(int(cell))


def _percent(name: str, cell: float, where: str) -> object:
    if name != "value":
        return _wrong(where, _PERCENT, _expected(name))
    return Percent(format(Decimal(as_written(cell)).scaleb(2), "f"))


def _date(name: str, cell: date, where: str) -> object:
    if name in DAYS:
        midnight = not isinstance(cell, datetime) or cell.time() == time()
        return cell.isoformat()[: len("2021-03-25")] if midnight else cell.isoformat()
    if name in TIMES:
        return cell.isoformat()
    return _wrong(where, _DATE, _expected(name))


def _expected(name: str) -> Words:
    if name in NUMBERS:
        return _FIGURE
    return _DATED if name in TIMES or name in DAYS else _TEXT


def _wrong(where: str, kind: Words, expected: Words) -> Broken:
    return Broken("wrong-cell", cell=where, kind=kind, expected=expected)
