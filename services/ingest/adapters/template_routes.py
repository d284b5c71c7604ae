"""GET /v1/templates/{indicator|cases|progress}.xlsx: forms with a unit's own rows prepared."""

from collections.abc import Mapping
from typing import Annotated, Any, Final
from urllib.parse import quote

from fastapi import APIRouter, Depends, HTTPException, Path, Query
from starlette.responses import Response

from duibiao.core import Clock
from duibiao.register import Register
from duibiao.web.access import Caller, any_key
from duibiao.web.problems import Problem, error_detail
from services.ingest.adapters.formats import XLSX
from services.ingest.domain.context import Kind
from services.ingest.domain.forms import form_of

TEMPLATES: Final[Mapping[str, Kind]] = {
    "indicator": "observation",
    "cases": "case",
    "progress": "progress_report",
}
_FILE: Final[dict[int | str, dict[str, Any]]] = {
    200: {
        "description": "报送表 The form",
        "content": {XLSX: {"schema": {"type": "string", "format": "binary"}}},
        "headers": {"Content-Disposition": {"schema": {"type": "string"}}},
    }
}
_Reader = Annotated[Caller, Depends(any_key)]
_Name = Annotated[
    str, Path(description="报送表 Which form", json_schema_extra={"enum": list(TEMPLATES)})
]
_Org = Annotated[
    str | None,
    Query(
        max_length=64,
        description="单位代码，仅非单位密钥可用；缺省为密钥所属单位 "
        "Org, for keys that are no org's own; the key's own if left out",
    ),
]


def template_router(register: Register, clock: Clock) -> APIRouter:
    """Return the route that makes forms."""
    router = APIRouter(tags=["submissions 报送"])

    @router.get("/v1/templates/{name}.xlsx", response_class=Response, responses=_FILE)
    def template(name: _Name, caller: _Reader, org: _Org = None) -> Response:
        """报送表：下拉选项与本单位应报内容已预填。A form with the unit's own rows prepared."""
        # Slow to import, and seldom asked for.
        from services.ingest.adapters.formats.workbook import writing  # noqa: PLC0415

        kind = TEMPLATES.get(name)
        if kind is None:
            raise HTTPException(404)
        if caller.org is not None and org and org != caller.org:
            raise Problem("forbidden", [error_detail("not-visible", pointer="/query/org")])
        whose = caller.org or org or None
        if whose is not None and whose not in register.orgs:
            raise Problem(
                "invalid", [error_detail("unknown-org", pointer="/query/org", value=whose)]
            )
        form = form_of(kind, whose, register, clock.today(), office=caller.role != "org")
        plain = "-".join(filter(None, ("duibiao", name, whose)))
        title = "-".join(
            [writing.TITLES[kind][1], *([register.orgs[whose].name_zh] if whose else ())]
        )
        shown = f"attachment; filename=\"{plain}.xlsx\"; filename*=UTF-8''{quote(title)}.xlsx"
        content = writing.write_form(form, register)
        return Response(content, media_type=XLSX, headers={"Content-Disposition": shown})

    return router
