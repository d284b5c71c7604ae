"""What CSV and workbooks share: headings, and cells as values of the fields they stand under."""

import re
from collections.abc import Collection, Sequence
from typing import Final

from services.ingest.adapters.formats.jsontext import parsed_or_broken
from services.ingest.adapters.formats.unreadable import Unreadable
from services.ingest.domain.columns import (
    BAR,
    CHOICES,
    CODED,
    DAYS,
    FLAGS,
    JSON,
    NAMES,
    NUMBERS,
    REMARKS,
    TIMES,
    with_parts,
)
from services.ingest.domain.fields import stranger
from services.ingest.domain.flaws import Flaw, Flaws, Words
from services.ingest.domain.terms import Limits
from services.ingest.domain.words import CODES
from services.ingest.domain.written import Broken, Number, Percent, shown

TITLES: Final = 10
"""Lines from the top among which the headings are looked for."""

_FLAGS: Final = {"true": True, "是": True, "false": False, "否": False}
_SEPARATORS: Final[dict[str, Words]] = {
    ";": ("semicolons (;)", "分号（;）"),
    "\t": ("tabs", "制表符"),
    "，": ("full-width commas (，)", "全角逗号（，）"),
    "；": ("full-width semicolons (；)", "全角分号（；）"),
    "|": ("bars (|)", "竖线（|）"),
}
# 2.02E+17: what is left of a long number in a CSV file that a spreadsheet program saved.
_SCIENTIFIC: Final = re.compile(r"[0-9](?:\.[0-9]+)?E\+[0-9]{2,3}")
# 1,234.5
_THOUSANDS: Final = re.compile(r"[0-9]{1,3}(?:[,，][0-9]{3})+(?:\.[0-9]+)?%?")
# 2021/3/25, 2021/3/25 9:45 and 2021年3月25日, as spreadsheets write dates.
_DATE: Final = re.compile(
    r"([0-9]{4})[-/.年]([0-9]{1,2})[-/.月]([0-9]{1,2})日?"
    r"(?:[T ]+([0-9]{1,2}):([0-9]{2})(?::([0-9]{2}))?)?"
)


def field_of(heading: str, fields: Collection[str]) -> str | None:
    """Return the field that a heading names: by its name, its Chinese word, or both (a form's)."""
    name = heading.strip()
    if name in fields:
        return name
    words = heading.replace("*", " ").split()
    for word in reversed(words[:3]):
        found = word if word in fields else NAMES.get(word)
        if found in fields:
            return found
    return None


def columns_of(header: Sequence[str], fields: Collection[str], flaws: Flaws) -> dict[int, str]:
    """Return the known columns by their place; tell those that are unknown or there twice.

    Raises:
        Unreadable: the cells are not separated by commas.

    """
    known = with_parts(fields)
    columns: dict[int, str] = {}
    for place, heading in enumerate(header):
        if heading in REMARKS:
            continue
        name = field_of(heading, known)
        if name is None:
            if len(header) == 1:
                _refuse_separator(heading, known)
            word = shown(heading.strip())
            flaws.bar(Flaw(stranger(heading.strip()), f"/{word}", None, {"field": word}))
        elif name in columns.values():
            flaws.bar(Flaw("duplicate-column", f"/{name}", None, {"field": shown(heading.strip())}))
        else:
            columns[place] = name
    return columns


def _refuse_separator(line: str, fields: Collection[str]) -> None:
    for mark, words in _SEPARATORS.items():
        if mark in line and any(field_of(part, fields) for part in line.split(mark)):
            raise Unreadable("invalid", "wrong-separator", mark=words)


def value_of(name: str, cell: str, limits: Limits) -> object:
    """Return what a cell of text means under a heading."""
    value: object = cell
    if name in NUMBERS:
        value = _figure(name, cell.strip())
    elif name in FLAGS:
        value = flag_of(cell)
    elif name in JSON:
        value = parsed_or_broken(cell, limits)
    elif name in CODED:
        value = cell.partition(BAR)[0]
        if name in CHOICES:
            value = CODES.get(cell.strip(), value)
    elif name in TIMES or name in DAYS:
        value = _time_of(name, cell)
    elif name == "case_no" and is_lost(cell):
        value = Broken("digits-lost", value=shown(cell))
    return value


def is_lost(cell: str) -> bool:
    """Whether a text is a long number as spreadsheets shorten it, which may be many numbers."""
    return _SCIENTIFIC.fullmatch(cell) is not None


def _figure(name: str, text: str) -> Number:
    if _THOUSANDS.fullmatch(text):
        text = text.replace(",", "").replace("，", "")
    if name == "value" and text.endswith("%"):
        return Percent(text[:-1])
    return Number(text)


def flag_of(cell: str) -> bool | str:
    """Return what a cell of a flag column says; the cell itself where it is neither word."""
    return _FLAGS.get(cell.partition(BAR)[0].strip().lower(), cell)


def _time_of(name: str, cell: str) -> str:
    found = _DATE.fullmatch(cell.strip())
    if found is None:
        return cell
    year, month, day, *clock = found.groups()
    text = f"{year}-{int(month):02}-{int(day):02}"
    hours, minutes, seconds = (int(part or 0) for part in clock)
    if clock[0] is None or (name in DAYS and not (hours or minutes or seconds)):
        return text
    return f"{text}T{hours:02}:{minutes:02}:{seconds:02}"
