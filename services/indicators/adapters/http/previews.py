"""What other thresholds, days or decrees would change, over HTTP (contract section 3)."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Response
from pydantic import Field, StringConstraints
from pydantic import Strict as StrictNumber

from duibiao.register import Period, Register, RegisterError, parse
from duibiao.web.access import any_key, need
from duibiao.web.bodies import Day, Name, Strict, clean
from duibiao.web.lists import only
from duibiao.web.problems import Problem, error_detail
from duibiao.workdays.calendars import OverrideError
from services.indicators.adapters.http.answers import (
    describe,
    described,
    json_of,
    listed,
    one,
    row,
    several,
)
from services.indicators.adapters.installation import Version
from services.indicators.adapters.previews import Previews
from services.indicators.domain.criterion import Ruleset
from services.indicators.domain.rows import VerdictRow
from services.indicators.usecases.preview import Preview

LISTED_AT_MOST: Final = 1_000
_File = Annotated[str, StringConstraints(max_length=50_000, strip_whitespace=False)]
_Threshold = Annotated[float, StrictNumber(), Field(ge=0, le=10**15, allow_inf_nan=False)]
_OFFICE: Final = need("office", "admin", scope="read")
_ASKING: Final = need("org", "office", "auditor", "admin", scope="read")
_SIDE: Final = ("status", "value", "threshold", "attainment_ratio", "gap")


class PreviewRequest(Strict):
    """拟启用的文件。Files that are to be put into use, as their texts."""

    overlay: _File | None = Field(None, description="本地目标值文件 The file of local thresholds.")
    calendar: _File | None = Field(
        None,
        description="调休文件 A file of days, laid over those in force.",
        examples=["2021-09-30: holiday"],
    )


class WhatIf(Strict):
    """假设的目标值或期限。Another threshold or day of a target."""

    target: Name = Field(description="目标 A target.", examples=["T16"])
    threshold: _Threshold | None = Field(None, description="目标值 In the target's unit.")
    due: Day | None = Field(None, description="期限 The day by which it is due.")
    first: Day | None = Field(None, alias="from", description="首日 Periods from this day on.")
    last: Day | None = Field(None, alias="to", description="末日 Periods up to this day.")


def _nullable(schema: dict[str, Any]) -> dict[str, Any]:
    return {"anyOf": [schema, {"type": "null"}]}


_COUNTS: Final = {"type": "object", "additionalProperties": {"type": "integer"}}
_SIDES: Final = describe(VerdictRow, _SIDE) | {"title": "PreviewedVerdict"}
_ITEM: Final = described(
    "PreviewedRow",
    {"target": str, "org": str | None, "region": str, "period": str},
    before=_nullable(_SIDES),
    after=_nullable(_SIDES),
)
_ANSWER: Final = described(
    "Preview",
    {"register_version": str, "calendar_version": str, "rows": int, "flips": int},
    before=_COUNTS,
    after=_COUNTS,
    items={"type": "array", "items": _ITEM},
)


def build(
    register: Register, previews: Previews, versions: Callable[[], Iterable[Version]]
) -> APIRouter:
    """Return the routes. They are computed on a thread and change nothing."""
    router = APIRouter(tags=["previews 预演"])

    @router.get(
        "/v1/versions",
        responses=several(describe(Version, Version._fields)),
        dependencies=[Depends(any_key), Depends(only())],
    )
    def list_versions() -> Response:
        """登记册、日历和本地目标值的各版本，最新的在前。List what was in force since when."""
        return listed(one._asdict() for one in versions())

    @router.post("/v1/previews", responses=one(_ANSWER), dependencies=[Depends(_OFFICE)])
    def preview(body: PreviewRequest) -> Response:
        """预演本地目标值或调休：哪些结论会改变。What files would change if they were used."""
        clean(body)
        ruleset = _valid(lambda: previews.with_files(body.overlay, body.calendar))
        return _answer(ruleset, previews.of(ruleset))

    @router.post("/v1/what-if", responses=one(_ANSWER), dependencies=[Depends(_ASKING)])
    def what_if(body: WhatIf) -> Response:
        """假设目标值或期限不同，结论会怎样。What verdicts would say, over what is kept."""
        clean(body)
        if body.target not in {target.id for target in register.targets}:
            fault = error_detail("unknown-target", pointer="/target", value=body.target)
            raise Problem("invalid", [fault])
        first, last = body.first or date.min, body.last or date.max
        if last < first:
            reason = (f"not before {first}", f"不得早于{first}")
            fault = error_detail("invalid-value", pointer="/to", field="to", reason=reason)
            raise Problem("invalid", [fault])

        def asked(period: Period) -> bool:
            return first <= period.last and period.first <= last

        # The text of a float is the decimal that was written, up to 15 digits.
        threshold = None if body.threshold is None else Decimal(str(body.threshold))
        ruleset = previews.with_target(body.target, threshold, body.due)
        found = previews.of(ruleset, body.target)
        rows = [one for one in found if asked(parse(one.row.period))]
        return _answer(ruleset, rows, register.city)

    return router


def _valid(make: Callable[[], Ruleset]) -> Ruleset:
    try:
        return make()
    except RegisterError as error:
        faults = [
            error_detail(
                "invalid-file", file=one.file, line=one.line, reason=(one.message, one.message_zh)
            )
            for one in error.errors
        ]
    except OverrideError as error:
        faults = [error_detail("invalid-file", file="calendar.yaml", line=1, reason=error.reason)]
    raise Problem("invalid", faults)


def _answer(ruleset: Ruleset, rows: Sequence[Preview], city: str = "") -> Response:
    """Return counts of all rows, and those that flip; with `city`, every row of the city too."""
    flips = [one for one in rows if one.flips]
    shown = [one for one in rows if one.flips or (one.row.org, one.row.region) == (None, city)]
    answer = {
        "register_version": ruleset.register.version,
        "calendar_version": ruleset.workdays.version,
        "rows": len(rows),
        "flips": len(flips),
        "before": _counted(one.before for one in rows),
        "after": _counted(one.after for one in rows),
        "items": [_item(one) for one in shown[:LISTED_AT_MOST]],
    }
    return json_of(answer)


def _counted(rows: Iterable[VerdictRow | None]) -> dict[str, int]:
    return dict(sorted(Counter(one.status for one in rows if one is not None).items()))


def _item(one: Preview) -> dict[str, object]:
    sides = {"before": one.before, "after": one.after}
    shown = {name: side and row(side, _SIDE) for name, side in sides.items()}
    return row(one.row, ("target", "org", "region", "period")) | shown
