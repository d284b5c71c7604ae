"""The register over HTTP: what the notice asks, of whom, and by which codes (contract section 3).

A process reads one register and never another, so these answers are encoded once, but for the
targets, which say how they stand.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Annotated, Any, Final

import msgspec
from fastapi import APIRouter, Depends, Response

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
from services.indicators.adapters.http.answers import (
    columns_of,
    describe,
    json_of,
    listed,
    one,
    row,
    several,
)
from services.indicators.domain.decisive import Decisive, decisive_of
from services.indicators.domain.rows import Verdict

_TASK: Final = ("no", "title", "title_zh", "leads", "supports")
_MEASURE: Final = ("no", "task", "title", "title_zh", "leads", "supports")
_MILESTONE: Final = ("code", "title", "title_zh", "due")
_PLACE: Final = ("code", "name", "name_zh", "kind")
_INDICATOR: Final = (
    "code",
    "name",
    "name_zh",
    "unit",
    "statistic",
    "direction",
    "period_type",
    "reported_by",
)
_TARGET: Final = (
    "id",
    "indicator",
    "clause",
    "op",
    "threshold",
    "unit",
    "statistic",
    "due",
    "judged_by",
    "verb",
    "basis",
    "leads",
)
_PRESENT: Final[dict[str, Any]] = {
    "title": "TargetPresent",
    "type": ["object", "null"],
    "description": "当期 How it stands in the present period.",
    "required": ["status", "period"],
    "properties": {"status": {"type": "string"}, "period": {"type": "string"}},
}
_DECISIVE: Final[dict[str, Any]] = {
    **describe(Decisive, columns_of(Decisive)),
    "title": "TargetDecisive",
    "description": "判定期 How the promise was kept: the status of the period that contains "
    "`judged_by`, or of a standing target the worst of its ended periods, `kept` of `periods`.",
}
_NOTICE: Final = columns_of(Notice)
_TARGET_SCHEMA: Final = describe(Target, _TARGET, present=_PRESENT, decisive=_DECISIVE)
_ZH: Final[Mapping[str, str]] = {
    "tasks": "全部任务。",
    "measures": "全部措施。",
    "orgs": "全部单位。",
    "regions": "全部区划。",
    "indicators": "全部指标。",
}
_MILESTONES: Final = {"type": "array", "items": describe(Milestone, _MILESTONE)}
_OF_THE_NOTICE: Final[dict[str, Any]] = {
    "region": {"type": "string"},
    "window": {
        "type": "object",
        "required": ["from", "to"],
        "properties": {
            "from": {"type": "string", "format": "date"},
            "to": {"type": "string", "format": "date"},
        },
    },
    "register_version": {"type": "string"},
    "calendar_version": {"type": "string"},
    "sample": {"type": "boolean"},
}


def build(
    register: Register,
    calendar_version: str,
    facts: Callable[[], Mapping[str, object]],
    city: Callable[[], Iterable[Verdict]],
) -> APIRouter:
    """Return the routes.

    Args:
        register: what is read.
        calendar_version: of the calendar in force.
        facts: reads what the store knows of the installation, `sample` first.
        city: reads the city's verdicts of every target and period.

    """
    router = APIRouter(tags=["register 登记册"], dependencies=[Depends(any_key)])

    @router.get("/v1/notice", responses=one(describe(Notice, _NOTICE, **_OF_THE_NOTICE)))
    def notice(_: Annotated[Caller, Depends(any_key)]) -> Response:
        """所监测的通知及各版本。Return the notice that is watched, and by which register."""
        window = {"from": register.window.first, "to": register.window.last}
        about = {"region": register.city, "window": window}
        versions = {"register_version": register.version, "calendar_version": calendar_version}
        return json_of({**row(register.notice, _NOTICE), **about, **versions, **facts()})

    for path, schema, rows in _lists(register):
        _serve(router, path, schema, rows)

    @router.get("/v1/targets", responses=several(_TARGET_SCHEMA))
    def targets() -> Response:
        """全部目标，附当期与判定期的结论。Return all targets, how each stands and was kept."""
        verdicts = city()
        return listed([_target(target, verdicts) for target in register.targets])

    return router


def _lists(register: Register) -> Iterable[tuple[str, dict[str, Any], list[object]]]:
    by_code = sorted(register.orgs.items()), sorted(register.regions.items())
    orgs, regions = ([value for _, value in found] for found in by_code)
    indicators = [value for _, value in sorted(register.indicators.items())]
    yield "tasks", describe(Task, _TASK), [row(task, _TASK) for task in register.tasks]
    yield (
        "measures",
        describe(Measure, _MEASURE, milestones=_MILESTONES),
        [_measure(measure) for measure in register.measures],
    )
    yield "orgs", describe(Org, _PLACE), [row(org, _PLACE) for org in orgs]
    yield "regions", describe(Region, _PLACE), [row(region, _PLACE) for region in regions]
    yield (
        "indicators",
        describe(Indicator, _INDICATOR),
        [row(indicator, _INDICATOR) for indicator in indicators],
    )


def _target(target: Target, city: Iterable[Verdict]) -> dict[str, object]:
    verdicts = [verdict for verdict in city if verdict.row.target == target.id]
    present = next((verdict.row for verdict in verdicts if verdict.present), None)
    decisive = decisive_of(target, (verdict.row for verdict in verdicts))
    return {
        **row(target, _TARGET),
        "present": None if present is None else row(present, ("status", "period")),
        "decisive": row(decisive, columns_of(Decisive)),
    }


def _measure(measure: Measure) -> dict[str, object]:
    milestones = [row(milestone, _MILESTONE) for milestone in measure.milestones]
    return {**row(measure, _MEASURE), "milestones": milestones}


def _serve(router: APIRouter, path: str, schema: dict[str, Any], rows: list[object]) -> None:
    body = msgspec.json.encode(answer(rows))

    async def serve() -> Response:
        return Response(body, media_type="application/json")

    router.add_api_route(
        f"/v1/{path}",
        serve,
        methods=["GET"],
        name=path,
        description=f"{_ZH[path]} Return all {path} of the register.",
        responses=several(schema),
    )
