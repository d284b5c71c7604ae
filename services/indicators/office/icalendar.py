"""Calendars as programs for calendars read them (RFC 5545)."""

from typing import Final
from uuid import NAMESPACE_URL, uuid5

_OCTETS: Final = 75  # of a line, without its end
_ESCAPED: Final = str.maketrans({"\\": r"\\", ";": r"\;", ",": r"\,", "\n": r"\n", "\r": None})


def text(value: str) -> str:
    """Return the text of a property."""
    return value.translate(_ESCAPED)


def uid(*names: str) -> str:
    """Return the one UID that an event has for ever, by what names it."""
    return str(uuid5(NAMESPACE_URL, "/".join(names)))


def folded(lines: str) -> str:
    """Return lines as a calendar has them: none too long, each ended by CR and LF."""
    return "".join(f"{_folded(line)}\r\n" for line in lines.split("\n") if line)


def _folded(line: str) -> str:
    parts = [""]
    for character in line:
        if len(f"{parts[-1]}{character}".encode()) > _OCTETS:
            parts.append(" ")
        parts[-1] += character
    return "\r\n".join(parts)
