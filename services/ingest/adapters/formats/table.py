"""What CSV and workbooks share: headings, and cells as values of the columns they stand in."""

import re
from collections.abc import Mapping, Sequence
from typing import Final

from services.ingest.adapters.formats.jsontext import parsed_or_invalid
from services.ingest.adapters.formats.unreadable import Unreadable
from services.ingest.domain.context import Limits
from services.ingest.domain.errors import RowError, RowErrors
from services.ingest.domain.forms import BAR
from services.ingest.domain.raw import Invalid, Number, Percent, shown
from services.ingest.domain.reading import unknown_field
from services.ingest.domain.rows import CODES, Field
from services.ingest.domain.words import words_of

# Lines from the top among which the headings are looked for.
TITLES: Final = 10

_REMARKS: Final = frozenset({"_行号", "_错误", "_errors"})  # of an errors file; not read
_FLAGS: Final = {"true": True, "是": True, "false": False, "否": False}
_SEPARATORS: Final = words_of(__package__)["separators"]
# 2.02E+17: what is left of a long number in a CSV file that a spreadsheet program saved.
_SCIENTIFIC: Final = re.compile(r"[0-9](?:\.[0-9]+)?E\+[0-9]{2,3}")
# 1,234.5
_THOUSANDS: Final = re.compile(r"[0-9]{1,3}(?:[,，][0-9]{3})+(?:\.[0-9]+)?%?")
# 2021/3/25, 2021/3/25 9:45 and 2021年3月25日, as spreadsheets write dates.
_DATE: Final = re.compile(
    r"([0-9]{4})[-/.年]([0-9]{1,2})[-/.月]([0-9]{1,2})日?"
    r"(?:[T ]+([0-9]{1,2}):([0-9]{2})(?::([0-9]{2}))?)?"
)


def column_of(heading: str, columns: Mapping[str, Field]) -> Field | None:
    """Return the column that a heading names: by its name, its Chinese word, or both (a form's)."""
    name = heading.strip()
    for word in (name, *reversed(name.replace("*", " ").split()[:3])):
        named = (one for one in columns.values() if one.heading == word)
        if found := columns.get(word) or next(named, None):
            return found
    return None


def columns_of(
    header: Sequence[str], columns: Mapping[str, Field], errors: RowErrors
) -> dict[int, Field]:
    """Return the known columns by their place; tell those that are unknown or there twice.

    Raises:
        Unreadable: the cells are not separated by commas.

    """
    found: dict[int, Field] = {}
    for place, heading in enumerate(header):
        if heading in _REMARKS:
            continue
        column, word = column_of(heading, columns), shown(heading.strip())
        if column is None:
            if len(header) == 1:
                _refuse_separator(heading, columns)
            errors.bar(RowError(unknown_field(heading.strip()), f"/{word}", None, {"field": word}))
        elif column in found.values():
            errors.bar(RowError("duplicate-column", f"/{column.name}", None, {"field": word}))
        else:
            found[place] = column
    return found


def _refuse_separator(line: str, columns: Mapping[str, Field]) -> None:
    for mark, words in _SEPARATORS.items():
        if mark in line and any(column_of(part, columns) for part in line.split(mark)):
            raise Unreadable("invalid", "wrong-separator", mark=words)


def warn_of_blank_rows(count: int, errors: RowErrors) -> None:
    """Mention the rows of a form that hold nothing but what was prepared."""
    if count:
        errors.warn(RowError("prepared-rows-blank", None, None, {"count": count}))


def value_of(column: Field, cell: str, limits: Limits) -> object:  # noqa: PLR0911
    """Return what a cell of text means in a column."""
    match column.type:
        case "figure" | "count":
            return _figure(column, cell.strip())
        case "flag":
            return _FLAGS.get(cell.partition(BAR)[0].strip().lower(), cell)
        case "objects" | "object" | "labels":
            return parsed_or_invalid(cell, limits)
        case "choice":
            return CODES.get(cell.strip(), cell.partition(BAR)[0])
        case "code":
            return cell.partition(BAR)[0]
        case "time" | "past" | "day":
            return _time_of(column, cell)
        case _:
            lost = column.name == "case_no" and _SCIENTIFIC.fullmatch(cell)
            return Invalid("digits-lost", value=shown(cell)) if lost else cell


def _figure(column: Field, text: str) -> Number:
    if _THOUSANDS.fullmatch(text):
        text = text.replace(",", "").replace("，", "")
    if column.name == "value" and text.endswith("%"):
        return Percent(text[:-1])
    return Number(text)


def _time_of(column: Field, cell: str) -> str:
    found = _DATE.fullmatch(cell.strip())
    if found is None:
        return cell
    year, month, day, *clock = found.groups()
    text = f"{year}-{int(month):02}-{int(day):02}"
    hours, minutes, seconds = (int(part or 0) for part in clock)
    if clock[0] is None or (column.type == "day" and not (hours or minutes or seconds)):
        return text
    return f"{text}T{hours:02}:{minutes:02}:{seconds:02}"
