"""Scorecards over HTTP (contract section 3)."""

from dataclasses import asdict
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Request, Response

from duibiao.core import Clock
from duibiao.register import Period, parse
from duibiao.web.access import any_key
from services.indicators.adapters.http.answers import columns_of, describe, listed, plain, several
from services.indicators.adapters.http.query import Query, documented
from services.indicators.adapters.reading import Reading
from services.indicators.board.scorecard_page import PERIODS
from services.indicators.domain.scorecard import Line, Part, Scorecard

_ASKED: Final = documented("period.scored", "as_of.frozen")
_LINE: Final = describe(Line, columns_of(Line))
_PART: Final = describe(Part, columns_of(Part), lines={"type": "array", "items": _LINE})
_PARTS: Final = {"type": "array", "items": _PART}
_CARDS: Final = several(describe(Scorecard, columns_of(Scorecard), parts=_PARTS))


def build(reading: Reading, clock: Clock) -> APIRouter:
    """Return the route."""
    router = APIRouter(tags=["scorecards 考核"], dependencies=[Depends(any_key)])

    def wanted(request: Request) -> tuple[Period, bool]:
        query = Query(request, _ASKED)
        code, view = query.filters().values()
        period = None if code is None else parse(code)
        if period and period.type not in ("quarter", "year"):
            query.add("invalid-value", "period", field="period", reason=PERIODS)
        elif period and period.first > clock.today():
            query.add("period-not-begun", "period", value=code)
        query.done()
        return parse(code or ""), view == "reported"

    @router.get("/v1/scorecards", responses=_CARDS, openapi_extra=_ASKED)
    def scorecards(asked: Annotated[tuple[Period, bool], Depends(wanted)]) -> Response:
        """季考核与年总评。The scorecards of a period, by kind of unit, then by rank; not paged."""
        period, reported = asked
        cards = reading.scorecards(period, reported=reported)
        return listed([plain(asdict(card)) for card in cards])

    return router
