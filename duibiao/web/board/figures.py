"""Numbers, dates and periods as a reader reads them.

Rounding happens here and only here, for the eye. A rounded figure never lands on the other side
of what it is compared with: 5.504 against 5.5 is shown as 5.504, not as 5.5.
"""

from datetime import date
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from typing import Final

from duibiao.register import Target, Unit, parse
from duibiao.web.board.language import Language
from duibiao.web.board.words import POINT, say

Number = int | Decimal | Fraction

_FEWEST: Final = 2
_MOST: Final = 15
_DIGITS_ZH: Final = "〇一二三四五六七八九"
_SIGNS: Final = {"<=": "≤", ">=": "≥"}
_MONTHS_EN: Final = (
    *("Jan", "Feb", "Mar", "Apr", "May", "Jun"),
    *("Jul", "Aug", "Sep", "Oct", "Nov", "Dec"),
)


@lru_cache(maxsize=4_096)
def number(value: Number, against: Number | None = None) -> str:
    """Write a number with at most two decimals, more only where two would mislead."""
    exact = Fraction(value)
    for digits in range(_FEWEST, _MOST + 1):
        rounded = _half_up(exact, digits)
        if against is None or _side(rounded, against) == _side(exact, against):
            break
    text = f"{Decimal(rounded.numerator) / Decimal(rounded.denominator):,f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def shown(value: Number | None, against: Number | None = None) -> str | None:
    """Write a number as `number` does; None stays None, for a page to say that nothing is there."""
    return None if value is None else number(value, against)


def _half_up(value: Fraction, digits: int) -> Fraction:
    scale = 10**digits
    rounded = (abs(value) * scale * 2 + 1) // 2
    return Fraction(rounded if value >= 0 else -rounded, scale)


def _side(value: Fraction, against: Number) -> int:
    other = Fraction(against)
    return (value > other) - (value < other)


def with_unit(text: str, unit: Unit, language: Language) -> str:
    """Put a unit behind a number written as text."""
    return text + ("" if unit.code == "percent" else " ") + unit_of(text, unit, language)


def unit_of(text: str, unit: Unit, language: Language) -> str:
    """Return the unit's word as it stands behind a number: 1 working day, 2 working days."""
    if language == "zh":
        return unit.name_zh
    return unit.one if text.lstrip("≤≥ ") == "1" else unit.name


def difference(value: Number, unit: Unit, language: Language) -> str:
    """Write how far apart two figures of a unit lie; shares differ in points."""
    text = number(abs(Fraction(value)), 0)
    if unit.code in POINT:
        return f"{text} {say(POINT, unit.code, language)}"
    return with_unit(text, unit, language)


def share(ratio: Number) -> str:
    """Write a ratio as a percentage; one that is not whole never reads as 100%."""
    return f"{number(Fraction(ratio) * 100, 100)}%"


def asked(target: Target, language: Language) -> str:
    """Say what is asked: `≤ 60 个工作日`, a direction, or that no figure is given."""
    if target.op == "rise":
        return "上升" if language == "zh" else "rise"
    if target.op == "fall":
        return "下降" if language == "zh" else "fall"
    if target.threshold is None:
        return "未设目标值" if language == "zh" else "no figure given"
    return with_unit(f"{_SIGNS[target.op]} {number(target.threshold)}", target.counted_in, language)


def numeral(value: int) -> str:
    """Write 1 to 99 the way a notice numbers its items: 二十五."""
    tens, ones = divmod(value, 10)
    if tens == 0:
        return _DIGITS_ZH[ones]
    head = "十" if tens == 1 else f"{_DIGITS_ZH[tens]}十"
    return head + (_DIGITS_ZH[ones] if ones else "")


def item_number(no: int, language: Language) -> str:
    """How the notice numbers a task: （六）; in English (6)."""
    return f"（{numeral(no)}）" if language == "zh" else f"({no})"


def period_year(code: str, language: Language) -> str:
    """Return the year a period lies in."""
    year = parse(code).first.year
    return f"{year}年" if language == "zh" else str(year)


def period_part(code: str, language: Language) -> str:
    """Return a period's name within its year: 三季度, Q3, 上半年, 3月; a year's own name."""
    period = parse(code)
    month = period.first.month
    if period.type == "quarter":
        part = (month - 1) // 3 + 1
        return f"{_DIGITS_ZH[part]}季度" if language == "zh" else f"Q{part}"
    if period.type == "half":
        first = month == 1
        if language == "zh":
            return "上半年" if first else "下半年"
        return "H1" if first else "H2"
    if period.type == "month":
        return f"{month}月" if language == "zh" else _MONTHS_EN[month - 1]
    if period.type == "day":
        return period.first.strftime("%m-%d")
    return period_year(code, language)


def period_name(code: str, language: Language) -> str:
    """Return a period's full name: 2021年三季度, 2021 Q3."""
    kind = parse(code).type
    if kind == "year":
        return period_year(code, language)
    if kind == "day":
        return parse(code).first.isoformat()
    between = "" if language == "zh" else " "
    return f"{period_year(code, language)}{between}{period_part(code, language)}"


def day(value: date) -> str:
    """Write a day; ISO in both languages, so that columns line up."""
    return value.isoformat()
