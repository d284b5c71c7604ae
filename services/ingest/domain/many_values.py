"""Single values of columns: which texts need a closer look, and figures as text."""

import unicodedata
from collections.abc import Collection
from decimal import Decimal
from typing import Final

from services.ingest.domain.fields import text_flaw, tidied
from services.ingest.domain.personal import may_hold_number, personal_number
from services.ingest.domain.written import DIGITS

_EXACT: Final = 0.1  # of at least that, 15 digits have at most 15 decimals


def unfit(texts: Collection[str], limit: int, year: int) -> set[str]:
    """Return those of some texts that may not be kept as they are, or need a closer look."""
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
    return {
        text
        for text in texts
        if text_flaw(text, limit) or personal_number(text, year) or tidied(text) != text
    }


def figure_text(value: float) -> str | None:
    """Return the text of a figure; None where it has more decimals than a figure may have."""
    text = f"{value + 0.0:.15g}"  # of 15 digits, each comes back from the float as it was
    if value >= _EXACT or not value:
        return text
    exact = Decimal(text)
    decimals = -int(exact.as_tuple().exponent)
    return format(exact, "f") if decimals <= DIGITS else None
