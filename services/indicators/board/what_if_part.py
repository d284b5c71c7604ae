"""What another threshold, or another day, of a target would change: `?threshold=`, `?due=`."""

import re
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from functools import partial
from typing import Final

from duibiao.register import Target
from duibiao.web.board.figures import period_name
from duibiao.web.board.language import Language
from duibiao.web.board.rendering import View
from duibiao.web.problems import Problem, filled
from services.indicators.board.data import WhatIf
from services.indicators.board.lines import mark_of

_NUMBER: Final = re.compile(r"[0-9]{1,15}(?:\.[0-9]{1,6})?", re.ASCII)


def build(target: Target, ask: WhatIf, query: Mapping[str, str], language: Language) -> View:
    """Lay out the form, and what it was asked; Problem 422 for what is no number or no day."""
    typed = {name: query.get(name, "").strip() for name in ("threshold", "due")}
    number, day = typed.values()
    if number and not _NUMBER.fullmatch(number):
        raise _invalid("not-a-number", field="threshold", value=number)
    try:
        due = date.fromisoformat(day) if day else None
    except ValueError:
        raise _invalid("bad-time", field="due", value=day) from None
    tried = Decimal(number) if number else None
    return View(
        typed=typed,
        tried=tried,
        base=target.threshold,
        previews=ask(target.id, tried, due) if number or due else (),
        mark=partial(mark_of, language=language),
        period=partial(period_name, language=language),
    )


def _invalid(code: str, **values: str) -> Problem:
    return Problem("invalid", [filled(code, values, pointer=f"/query/{values['field']}")])
