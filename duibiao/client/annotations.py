"""The columns that an error file adds to rejected rows, and their removal when it is sent."""

import json
from collections.abc import Mapping, Sequence
from typing import Final

import msgspec

from duibiao.client.answers import RowError

LINE: Final = "_行号"
REASON_ZH: Final = "_错误"
REASON: Final = "_errors"
RAW: Final = "_原文"
# No field of a row begins with an underscore.
ADDED: Final = frozenset({LINE, REASON_ZH, REASON, RAW})

_OBJECT: Final = msgspec.json.Decoder(dict[str, msgspec.Raw])


def reasons(errors: Sequence[RowError]) -> tuple[str, str]:
    """Return the errors of a row in Chinese and in English, each as one line."""
    zh = "；".join(error.message_zh.rstrip("。") for error in errors)
    en = "; ".join(f"[{error.code}] {error.message.rstrip('.')}" for error in errors)
    return zh, en


def annotated(row: str, line: int, errors: Sequence[RowError]) -> str:
    """Return a JSON row on one line, with its line and errors before its own members.

    The row keeps its text, to the digit. A row that is no object becomes a member itself.
    """
    zh, en = reasons(errors)
    added: dict[str, object] = {LINE: line, REASON_ZH: zh, REASON: en}
    members = members_of(row.encode("utf-8", "surrogatepass"))
    if members is None:
        added[RAW] = row
    front = json.dumps(added, ensure_ascii=False)
    if not members:
        return front
    rest = row.strip().removeprefix("{").replace("\r", " ").replace("\n", " ")
    return f"{front[:-1]}, {rest}"


def without_added(row: bytes) -> bytes:
    """Return a JSON row without the added members; any other row as it is."""
    if b'"_' not in row:
        return row
    try:
        members = _OBJECT.decode(row)
        names = [name for name, _ in json.loads(row, object_pairs_hook=list, parse_int=str)]
    except (ValueError, RecursionError):
        return row
    if not members.keys() & ADDED or len(names) != len(members):  # the product rejects a repeat
        return row
    return msgspec.json.encode({name: members[name] for name in members if name not in ADDED})


def members_of(row: bytes) -> Mapping[str, msgspec.Raw] | None:
    """Return the members of a JSON object, each as it was written; None if it is none."""
    try:
        return _OBJECT.decode(row)
    except (ValueError, RecursionError):
        return None
