"""The scorecards of a quarter or year: the ranking, and what each score is worked out from."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import date
from functools import partial
from typing import Final

from duibiao.register import Period, Register, containing, parse
from duibiao.web.board.alerts import org_name
from duibiao.web.board.figures import period_name
from duibiao.web.board.language import Language
from duibiao.web.board.rendering import View
from duibiao.web.board.words import say
from duibiao.web.problems import Problem, filled
from services.indicators.board.words import ORG_KIND, SCORE
from services.indicators.domain.scorecard import Scorecard

PERIODS: Final = ("scorecards are of a quarter or a year", "考核只按季度或年度")


def period_of(register: Register, code: str | None, today: date) -> Period:
    """Return the period asked for, the last begun quarter of the window where none is.

    Problem 422 for a period that is no quarter or year, or has not begun.
    """
    try:
        period = parse(code) if code else _quarters(register, today)[-1]
    except ValueError:
        raise _invalid("bad-period", value=code) from None
    if period.type not in ("quarter", "year"):
        raise _invalid("invalid-value", field="period", reason=PERIODS)
    if period.first > today:
        raise _invalid("period-not-begun", value=code)
    return period


def _invalid(code: str, **values: object) -> Problem:
    return Problem("invalid", [filled(code, values, pointer="/query/period")])


def _quarters(register: Register, today: date) -> list[Period]:
    """Return the quarters of the watch window that have begun; the first in any case."""
    found = [containing(register.window.first, "quarter")]
    while (after := found[-1].next()).first <= min(today, register.window.last):
        found.append(after)
    return found


def build(
    register: Register, period: Period, cards: Sequence[Scorecard], today: date, language: Language
) -> View:
    """Lay the cards out by kind of unit, in the order of their ranks."""
    quarters = _quarters(register, today)
    years = dict.fromkeys(containing(one.first, "year") for one in quarters)
    return View(
        chosen=period,
        periods=(*quarters, *years),
        weights=asdict(register.alert_rules.scorecard),
        cards=cards,
        kind=partial(say, ORG_KIND, language=language),
        org=partial(org_name, register, language=language),
        period=partial(period_name, language=language),
        part=partial(say, SCORE, language=language),
    )
