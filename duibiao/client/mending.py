"""Refused rows with the reasons beside them, as a file that is mended and sent again.

Owns the columns that are added to a row and taken off again on its way in. The row itself is
never rewritten: what is sent after mending is what stands in the file.
"""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from duibiao.client.answers import Fault

LINE: Final = "_行号"
REASON_ZH: Final = "_错误"
REASON: Final = "_errors"
RAW: Final = "_原文"
ADDED: Final = (LINE, REASON_ZH, REASON, RAW)
"""Names of added columns. No field of a row begins with an underscore."""

_SHEET_LINE: Final = re.compile(r"工作表第([0-9]+)行：")
_MARK: Final = b'"_'
_SPACE: Final = " \t\r\n"
_DECODER: Final = json.JSONDecoder(parse_int=str, parse_float=str)


@dataclass(frozen=True, slots=True)
class RefusedRow:
    """A row that was not taken.

    Attributes:
        index: its place in all rows of the upload, from 0; of a workbook its line in the sheet.
        row: as it stood in the body; empty where only the product could read it.
        faults: every one that was told.

    """

    index: int
    row: str
    faults: tuple[Fault, ...]


def line_of(fault: Fault) -> int | None:
    """Return the line of the sheet that a fault of a workbook is about; None where it says none."""
    found = _SHEET_LINE.match(fault.message_zh)
    return int(found[1]) if found else None


def reasons(faults: Sequence[Fault]) -> tuple[str, str]:
    """Return the faults of a row in Chinese and in English, each as one line."""
    zh = "；".join(fault.message_zh.rstrip("。") for fault in faults)
    en = "; ".join(f"[{fault.code}] {fault.message.rstrip('.')}" for fault in faults)
    return zh, en


def annotated(row: str, line: int | None, faults: Sequence[Fault]) -> str:
    """Return a JSON row with the added members before its own.

    A row that is no object becomes a member itself, to be written anew.
    """
    zh, en = reasons(faults)
    added: dict[str, object] = {LINE: line, REASON_ZH: zh, REASON: en}
    members = members_of(row)
    if members is None:
        added[RAW] = row
    front = json.dumps(added, ensure_ascii=False)
    return front if not members else f"{front[:-1]}, {', '.join(text for _, text in members)}}}"


def without_added(row: bytes) -> bytes:
    """Return a JSON row without the added members; any other row as it is."""
    if _MARK not in row:
        return row
    try:
        members = members_of(row.decode())
    except UnicodeDecodeError:
        return row
    if members is None or not any(name in ADDED for name, _ in members):
        return row
    kept = ", ".join(text for name, text in members if name not in ADDED)
    return f"{{{kept}}}".encode()


def members_of(text: str) -> list[tuple[str, str]] | None:
    """Return the members of a JSON object as (name, text as written); None if it is none.

    Nothing is decoded and encoded again, so numbers keep their digits and a name that stands
    twice stands twice.
    """
    try:
        return _members(text)
    except (ValueError, IndexError, RecursionError):
        return None


def _members(text: str) -> list[tuple[str, str]]:
    at = _expect(text, _skip(text, 0), "{")
    members: list[tuple[str, str]] = []
    at = _skip(text, at)
    while text[at] != "}":
        if members:
            at = _skip(text, _expect(text, at, ","))
        start = at
        _expect(text, at, '"')
        name, at = _DECODER.raw_decode(text, at)
        at = _skip(text, _expect(text, _skip(text, at), ":"))
        _, at = _DECODER.raw_decode(text, at)
        members.append((name, text[start:at]))
        at = _skip(text, at)
    if _skip(text, at + 1) != len(text):
        raise ValueError("something after the object")
    return members


def _skip(text: str, at: int) -> int:
    while at < len(text) and text[at] in _SPACE:
        at += 1
    return at


def _expect(text: str, at: int, character: str) -> int:
    if text[at] != character:
        raise ValueError(f"no {character} at {at}")
    return at + 1
