"""`GET /v1/workdays`: the calendar, asked in either direction."""

from datetime import date
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Request

from duibiao.web.access import Caller, any_key
from duibiao.web.problems import Problem, fault
from duibiao.workdays import Workdays
from services.indicators.adapters.http.answers import one
from services.indicators.adapters.http.query import Query, documented, parameter

DAYS_AT_MOST: Final = 100_000

_FROM: Final = "2021-03-25"
_TO: Final = "2021-12-31"
_ANSWER: Final = {
    "title": "Workdays",
    "type": "object",
    "required": ["from", "provisional", "calendar_version"],
    "properties": {
        "from": {"type": "string", "format": "date"},
        "to": {"type": "string", "format": "date"},
        "workdays": {"type": "integer"},
        "days": {"type": "integer"},
        "due": {"type": "string", "format": "date"},
        "provisional": {"type": "boolean", "description": "Beyond the published calendar."},
        "calendar_version": {"type": "string"},
    },
}
_NOT_BOTH: Final = ("days is given", "填写“days”")
_PARAMETERS: Final = documented(
    parameter(
        "from", "The day the count starts after.", required=True, format="date", examples=[_FROM]
    ),
    parameter("to", "The last day counted.", format="date", examples=[_TO]),
    parameter("days", "Working days of a limit.", type="integer", minimum=0, maximum=DAYS_AT_MOST),
)


def build(workdays: Workdays) -> APIRouter:
    """Return the route over one calendar."""
    router = APIRouter(tags=["workdays 工作日"])

    @router.get("/v1/workdays", openapi_extra=_PARAMETERS, responses=one(_ANSWER))
    def count(request: Request, _: Annotated[Caller, Depends(any_key)]) -> dict[str, object]:
        """工作日计算。Count the working days after `from` up to `to`, or the last day of `days`."""
        query = Query(request, ("from", "to", "days"))
        start, end = query.day("from"), query.day("to")
        days = query.whole("days", 0, DAYS_AT_MOST)
        if not query.given("from"):
            query.missing("from")
        if query.given("to") and query.given("days"):
            query.refuse("to", _NOT_BOTH)
        elif not query.given("to") and not query.given("days"):
            query.missing("to")
        query.done()
        if start is not None and end is not None:
            return _between(workdays, start, end)
        if start is not None and days is not None:
            return _due(workdays, start, days)
        raise AssertionError("query.done lets nothing else through")

    return router


def _between(workdays: Workdays, start: date, end: date) -> dict[str, object]:
    count = workdays.between(start, end)
    return {
        "from": start.isoformat(),
        "to": end.isoformat(),
        "workdays": count.days,
        "provisional": count.provisional,
        "calendar_version": workdays.version,
    }


def _due(workdays: Workdays, start: date, days: int) -> dict[str, object]:
    try:
        due = workdays.due(start, days)
    except ValueError:  # the last day lies beyond the year 9999
        reason = ("the last day lies beyond the year 9999", "截止日超出9999年")
        told = fault("invalid-value", pointer="/query/days", field="days", reason=reason)
        raise Problem("invalid", [told]) from None
    return {
        "from": start.isoformat(),
        "days": days,
        "due": due.day.isoformat(),
        "provisional": due.provisional,
        "calendar_version": workdays.version,
    }
