"""What a text may hold: a length, visible characters, no personal data.

Personal is what looks like a mobile phone number or an identity-card number (GB 11643: area, birth
date, serial, check digit), wherever a text may hold one, and names of fields that announce one. A
number whose date is of the last ten years is read as that of a case: those often have the same
shape.
"""

import re
import unicodedata
from collections.abc import Collection
from datetime import date
from typing import Final

_SHORTEST: Final = 11  # characters of either number
_DIGITS: Final = bytes.maketrans(b"123456789", b"0" * 9)
_CARD_DIGITS: Final = b"0" * 17
_PHONE: Final = re.compile(r"1[3-9]\d(?:[ -]?\d{4}){2}")  # begins with a literal: a quick search
_NUMBERS: Final = re.compile(
    r"(?<![0-9A-Za-z])"
    r"(?:(?:\+?86[ -]?)?(?P<phone>1[3-9]\d(?:[ -]?\d{4}){2})|(?P<card>\d{17}[\dXx]))"
    r"(?![0-9A-Za-z])"
)
_NAMES: Final = re.compile(
    r"身份证|身份号|证件号|手机|电话|联系方式|shenfenzheng|shouji|dianhua|sfzh?$"
    r"|(?:id|identity)[_ .-]?card"
    r"|(?:^|[_ .-])(?:tele?phone|phone|mobile|tel|cell)(?:[_ .-]?(?:no|num|number))?$",
    re.IGNORECASE,
)
_WEIGHTS: Final = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECK_DIGITS: Final = "10X98765432"
_OLDEST: Final = 1800
_CASE_YEARS: Final = 10


def text_error(text: str, limit: int, year: int, allowed: str = "") -> str | None:
    """Return the code of what is wrong with a text, None when it is fit to be kept.

    `allowed` are the control characters that may stand in it, `year` is the present one.
    """
    if len(text) > limit:
        return "too-long"
    if not text or text.isspace():
        return "empty"
    bad = None if text.isprintable() else _character_error(text, allowed)
    return bad or personal_number(text, year)


def _character_error(text: str, allowed: str) -> str | None:
    if "\x00" in text:
        return "nul-character"
    kinds = {unicodedata.category(character) for character in text if character not in allowed}
    if "Cs" in kinds:
        return "surrogate"
    # In one line of text nothing may hide: two numbers that look the same would be two cases.
    unseen = {"Cc"} if allowed else {"Cc", "Cf"}
    return None if kinds.isdisjoint(unseen) else "control-character"


def label_error(name: str, limit: int, year: int) -> str | None:
    """Return the code of what is wrong with the name of a label."""
    return "personal-field" if personal_name(name) else text_error(name, limit, year)


def tidied(text: str) -> str:
    """Return a name as it is compared: no white space around it, its accents composed (NFC).

    What pads a column of a database, or how a keyboard puts an accent, makes no other case of it.
    """
    tidy = unicodedata.normalize("NFC", text).strip()
    return text if tidy == text else tidy


def untidy(texts: Collection[str], limit: int, year: int) -> set[str]:
    """Return those of some texts that must not be kept as they are."""
    joined = f"|{'|'.join(texts)}|"
    if (
        joined.isprintable()  # then no other white space is left than the blank
        and (" " not in joined or ("| " not in joined and " |" not in joined))
        and "||" not in joined
        and unicodedata.is_normalized("NFC", joined)
        and not may_hold_number(joined)
        and max(map(len, texts), default=0) <= limit
    ):
        return set()
    return {text for text in texts if text_error(text, limit, year) or tidied(text) != text}


def may_hold_number(text: str) -> bool:
    """Whether one of the numbers may stand in a long text."""
    plain = text if text.isascii() else unicodedata.normalize("NFKC", text)
    if not plain.isascii():
        return _NUMBERS.search(plain) is not None
    run = _CARD_DIGITS in plain.encode("ascii").translate(_DIGITS)
    return run or _PHONE.search(plain) is not None


def personal_number(text: str, year: int) -> str | None:
    """Return the code of a personal number that the text holds; `year` is the present one."""
    if len(text) < _SHORTEST:
        return None
    plain = text if text.isascii() else unicodedata.normalize("NFKC", text)  # １３８ is 138
    for found in _NUMBERS.finditer(plain):
        if found["phone"]:
            return "phone-number"
        if _is_card(found["card"], year):
            return "id-card-number"
    return None


def personal_name(name: str) -> bool:
    """Whether the name of a field announces an identity-card or phone number."""
    return _NAMES.search(name) is not None


def _is_card(number: str, year: int) -> bool:
    digits = [int(digit) for digit in number[:-1]]
    total = sum(digit * weight for digit, weight in zip(digits, _WEIGHTS, strict=True))
    last = "X" if number[-1] in "Xx" else str(int(number[-1]))  # digits of any script
    if _CHECK_DIGITS[total % 11] != last:
        return False
    born = int(number[6:10])
    try:
        date(born, int(number[10:12]), int(number[12:14]))
    except ValueError:
        return False
    return _OLDEST <= born <= year - _CASE_YEARS
