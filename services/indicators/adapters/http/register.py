"""The register over HTTP: what the notice asks, of whom, by which codes, and the calendar.

A process reads one register and never another, so these answers are encoded once, but for the
targets, which say how they stand.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from typing import Annotated, Any, Final

import msgspec
from fastapi import APIRouter, Depends, Request, Response

from duibiao.register import (
    Indicator,
    Measure,
    Milestone,
    Notice,
    Org,
    Region,
    Register,
    Target,
    Task,
)
from duibiao.web.access import Caller, any_key
from duibiao.web.lists import answer
from duibiao.web.problems import Problem, error_detail
from duibiao.workdays import Workdays
from services.indicators.adapters.http.answers import (
    columns_of,
    describe,
    json_of,
    listed,
    one,
    row,
    several,
    shapes,
    words,
)
from services.indicators.adapters.http.query import Query, documented
from services.indicators.domain.decisive import Decisive, decisive_of
from services.indicators.domain.rows import Verdict

_MEASURE: Final = words("no task title title_zh leads supports")
_MILESTONE: Final = words("code title title_zh due")
_LISTS: Final[Mapping[str, tuple[type, tuple[str, ...], str]]] = {
    "tasks": (Task, words("no title title_zh leads supports"), "全部任务。"),
    "orgs": (Org, words("code name name_zh kind"), "全部单位。"),
    "regions": (Region, words("code name name_zh kind"), "全部区划。"),
    "indicators": (
        Indicator,
        words("code name name_zh unit statistic direction period_type reported_by"),
        "全部指标。",
    ),
}
_TARGET: Final = words(
    "id indicator clause op threshold unit statistic due judged_by verb basis leads"
)
_SCHEMAS: Final = shapes("register")
_DECISIVE: Final = {**describe(Decisive, columns_of(Decisive)), **_SCHEMAS["decisive"]}
_NOTICE: Final = columns_of(Notice)
_SPAN: Final = documented("from", "to", "days")


def build(
    register: Register,
    workdays: Workdays,
    facts: Callable[[], Mapping[str, object]],
    city: Callable[[], Iterable[Verdict]],
    today: Callable[[], date],
) -> APIRouter:
    """Return the routes.

    `facts` reads what the store knows of the installation, `city` the city's verdicts of every
    target and period. Targets are told as they hold `today`.
    """
    router = APIRouter(tags=["register 登记册"], dependencies=[Depends(any_key)])

    @router.get("/v1/notice", responses=one(describe(Notice, _NOTICE, **_SCHEMAS["notice"])))
    def notice(_: Annotated[Caller, Depends(any_key)]) -> Response:
        """所监测的通知及各版本。Return the notice that is watched, and by which register."""
        window = {"from": register.window.first, "to": register.window.last}
        about = {"region": register.city, "window": window}
        versions = {"register_version": register.version, "calendar_version": workdays.version}
        return json_of({**row(register.notice, _NOTICE), **about, **versions, **facts()})

    milestones = {"type": "array", "items": describe(Milestone, _MILESTONE)}
    things: Mapping[str, Iterable[object]] = {
        "tasks": register.tasks,
        "orgs": [org for _, org in sorted(register.orgs.items())],
        "regions": [region for _, region in sorted(register.regions.items())],
        "indicators": [indicator for _, indicator in sorted(register.indicators.items())],
    }
    for path, (kind, columns, zh) in _LISTS.items():
        rows = [row(thing, columns) for thing in things[path]]
        _serve(router, path, zh, describe(kind, columns), rows)
        if path == "tasks":
            measures = [
                row(one, _MEASURE) | {"milestones": [row(m, _MILESTONE) for m in one.milestones]}
                for one in register.measures
            ]
            schema = describe(Measure, _MEASURE, milestones=milestones)
            _serve(router, "measures", "全部措施。", schema, measures)

    schema = describe(Target, _TARGET, present=_SCHEMAS["present"], decisive=_DECISIVE)

    @router.get("/v1/targets", responses=several(schema))
    def targets() -> Response:
        """全部目标，附当期与判定期的结论。Return all targets, how each stands and was kept."""
        verdicts = city()
        return listed([_target(target, verdicts) for target in register.on(today()).targets])

    return router


def build_calendar(workdays: Workdays) -> APIRouter:
    """Return the route that counts by one calendar, in either direction."""
    router = APIRouter(tags=["workdays 工作日"])

    @router.get("/v1/workdays", openapi_extra=_SPAN, responses=one(_SCHEMAS["workdays"]))
    def count(request: Request, _: Annotated[Caller, Depends(any_key)]) -> dict[str, object]:
        """工作日计算。Count the working days after `from` up to `to`, or the last day of `days`."""
        query = Query(request, _SPAN)
        start, end, days = query.filters().values()
        if query.given("to") and query.given("days"):
            reason = ("days is given", "填写“days”")
            query.add("not-allowed", "to", field="to", reason=reason)
        elif not query.given("to") and not query.given("days"):
            query.add("missing", "to", field="to")
        query.done()
        counted: dict[str, object] = {"from": None if start is None else start.isoformat()}
        if start is not None and end is not None:
            found = workdays.between(start, end)
            counted |= {"to": end.isoformat(), "workdays": found.days}
            provisional = found.provisional
        elif start is not None and days is not None:
            try:
                due = workdays.due(start, days)
            except ValueError:
                reason = ("the last day lies beyond the year 9999", "截止日超出9999年")
                problem = error_detail(
                    "invalid-value", pointer="/query/days", field="days", reason=reason
                )
                raise Problem("invalid", [problem]) from None
            counted |= {"days": days, "due": due.day.isoformat()}
            provisional = due.provisional
        else:
            raise AssertionError("query.done lets nothing else through")
        return counted | {"provisional": provisional, "calendar_version": workdays.version}

    years = {
        str(year): {"weekdays_off": off, "weekends_worked": worked}
        for year, (off, worked) in workdays.exceptions().items()
    }
    body = msgspec.json.encode({"version": workdays.version, "years": years})

    @router.get("/v1/calendar", responses=one(_SCHEMAS["calendar"]))
    def calendar(_: Annotated[Caller, Depends(any_key)]) -> Response:
        """工作日历：各年放假的工作日和上班的周末。Return the days that differ from the week."""
        return Response(body, media_type="application/json")

    return router


def _target(target: Target, city: Iterable[Verdict]) -> dict[str, object]:
    verdicts = [verdict for verdict in city if verdict.row.target == target.id]
    present = next((verdict.row for verdict in verdicts if verdict.present), None)
    decisive = decisive_of(target, (verdict.row for verdict in verdicts))
    return {
        **row(target, _TARGET),
        "present": None if present is None else row(present, ("status", "period")),
        "decisive": row(decisive, columns_of(Decisive)),
    }


def _serve(
    router: APIRouter, path: str, zh: str, schema: dict[str, Any], rows: list[dict[str, object]]
) -> None:
    body = msgspec.json.encode(answer(rows))

    async def serve() -> Response:
        return Response(body, media_type="application/json")

    router.add_api_route(
        f"/v1/{path}",
        serve,
        methods=["GET"],
        name=path,
        description=f"{zh} Return all {path} of the register.",
        responses=several(schema),
    )
