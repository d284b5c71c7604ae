"""What must not stand in a Chinese sentence: English words and values of Python.

What was sent, and names that programs use, stand in “quotation marks”. Beside them only the words
below are taken as they are.
"""

import re
from typing import Final

PLAIN: Final = frozenset(
    {"JSON", "CSV", "HTTP", "XML", "NUL", "zstd", "gzip", "Excel", "WPS", "OpenDocument"}
    | {"xlsx", "xls", "xlsm", "xlsb", "et", "ods", "UTF", "GB"}
)
"""Names of formats, as a clerk sees them in the dialog that saves a file."""

_QUOTED: Final = re.compile(r"“([^“”]*)”")
_PYTHON: Final = re.compile(r"None|True|False|nan|inf|[\[({]['\"]|<[^>]* at 0x")
_CODES: Final = re.compile(
    r"[0-9]{4}[SQ][1-4]"  # a period
    r"|(?<![A-Za-z])[A-Z]{1,3}[0-9]+(?![A-Za-z])"  # a cell of a sheet
    r"|[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]+(?:Z|[+-][0-9]{2}:[0-9]{2})?"  # a time
)
_WORD: Final = re.compile(r"[A-Za-z][A-Za-z_]*")


def foreign(sentence: str) -> list[str]:
    """Return what does not belong into a Chinese sentence."""
    bare = _CODES.sub("", _QUOTED.sub("", sentence))
    words = [word for word in _WORD.findall(bare) if word not in PLAIN]
    values = [quoted for quoted in _QUOTED.findall(sentence) if _PYTHON.fullmatch(quoted)]
    return words + values
