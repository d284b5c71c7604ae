"""What clerks write in tables for codes: Chinese names of the register, and periods in words.

    指标 出口退税办理时间    区划 全市    期间 2021年第四季度

JSON takes codes only. A name that two things share stands for neither.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Final

from duibiao.register import Indicator, Org, Region, Register, parse
from services.ingest.domain.raw import RawObject

# The fields in which a name may stand.
NAMED: Final = ("indicator", "region", "org", "period")

_CITY: Final = "全市"
_DIGITS: Final = {zh: str(number) for number, zh in enumerate("一二三四五六七八九十", 1)} | {
    "十一": "11",
    "十二": "12",
}
_NUMBER: Final = "(1[0-2]|0?[1-9]|十[一二]?|[一二三四五六七八九])"
_PERIODS: Final = (
    (re.compile(r"(\d{4})年(?:度|全年)?"), "{0}"),
    (re.compile(r"(\d{4})年?上半年"), "{0}S1"),
    (re.compile(r"(\d{4})年?下半年"), "{0}S2"),
    (re.compile(r"(\d{4})年?第?([1-4一二三四])季度?"), "{0}Q{1}"),
    (re.compile(rf"(\d{{4}})年{_NUMBER}月份?"), "{0}{1:0>2}"),
    (re.compile(rf"(\d{{4}})年{_NUMBER}月(\d{{1,2}})日"), "{0}{1:0>2}{2:0>2}"),
)


class Vocabulary:
    """The Chinese names of one register, by the field that they may stand in."""

    def __init__(self, register: Register) -> None:
        self._codes: Mapping[str, Mapping[str, str]] = {
            "indicator": _codes(register.indicators.values()),
            "region": {_CITY: register.city} | _codes(register.regions.values()),
            "org": _codes(register.orgs.values()),
        }

    def code_of(self, field: str, text: str) -> str:
        """Return the code that a text means; the text itself where it means none."""
        if text.isascii():
            return text
        plain = _plain(text)
        found = period_code(plain) if field == "period" else self._codes[field].get(plain)
        return found or text

    def replace_names(self, rows: Sequence[object]) -> None:
        """Put codes for the names in the rows of a table."""
        for row in rows:
            if isinstance(row, RawObject):
                for field in NAMED:
                    if isinstance(text := row.get(field), str):
                        row[field] = self.code_of(field, text)


@lru_cache(maxsize=4)
def vocabulary_of(register: Register) -> Vocabulary:
    """Return the vocabulary of a register, which is made once."""
    return Vocabulary(register)


def period_code(text: str) -> str | None:
    """Return the code of a period in words (2021年第四季度); None where it is none."""
    for pattern, code in _PERIODS:
        if found := pattern.fullmatch(text):
            text = code.format(*(_DIGITS.get(one, one) for one in found.groups()))
            break
    try:
        return parse(text).code
    except ValueError:
        return None


def _codes(things: Iterable[Indicator | Org | Region]) -> dict[str, str]:
    known = [(_plain(one.name_zh), one.code) for one in things]
    times = Counter(name for name, _ in known)
    return {name: code for name, code in known if times[name] == 1}


def _plain(text: str) -> str:
    """Return a text without white space, full-width letters and signs as the plain ones."""
    return "".join(unicodedata.normalize("NFKC", text).split())
