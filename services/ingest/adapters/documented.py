"""The posting routes as the API reference shows them.

The app takes these paths before the framework is asked, so only the descriptions here matter.
"""

from collections.abc import Mapping
from typing import Any, Final, Literal

from fastapi import APIRouter, Security
from pydantic import BaseModel

from duibiao.web.access import any_key
from services.ingest.adapters.formats import XLSX
from services.ingest.adapters.posting_route import PATHS
from services.ingest.adapters.submission_routes import FaultView
from services.ingest.domain.cases import MOST_LABELS, MOST_PAUSES
from services.ingest.domain.rows import GROUNDS, OUTCOMES, STATES, STATUSES
from services.ingest.domain.terms import Kind

Schema = dict[str, Any]


class PostingAnswer(BaseModel):
    """What became of the rows; final counts of taken rows stand at `status_url` later."""

    submission_id: str | None
    received: int
    accepted: int
    duplicate: int | None
    revised: int | None
    rejected: int
    errors: list[FaultView]
    errors_total: int
    warnings: list[FaultView]
    warnings_total: int
    encoding: Literal["utf-8", "gb18030"] | None
    status_url: str | None


def _text(description: str = "", **more: object) -> Schema:
    return {"type": ["string", "null"], "description": description, **more}


def _figure(description: str) -> Schema:
    return {"type": ["number", "null"], "minimum": 0, "description": description}


def _time(description: str) -> Schema:
    form = "RFC 3339; without an offset Asia/Shanghai; a date alone is its 00:00"
    return _text(f"{description} ({form})")


_ORG: Final = _text("单位代码；缺省为密钥所属单位 Org; the key's own if left out")
_REGION: Final = _text("区划代码；缺省为全市 Region; the city if left out")
_STATED: Final = _time("本单位陈述时间，缺省为收到时间 When this was stated")
_PERIOD: Final = _text("期间 Period, e.g. 2021, 2021S1, 2021Q1, 202103, 20210325")
_PAUSE: Final[Schema] = {
    "type": "object",
    "required": ["from", "ground", "document"],
    "properties": {
        "from": _time("暂停开始 Begin"),
        "to": _time("暂停结束，空为仍在暂停 End; null while still paused"),
        "ground": _text(enum=list(GROUNDS)),
        "document": _text("文书编号 Number of the document"),
    },
}
_EXTENSION: Final[Schema] = {
    "type": ["object", "null"],
    "required": ["days", "document"],
    "properties": {"days": {"type": "integer", "minimum": 1}, "document": _text()},
}
ROWS: Final[Mapping[Kind, tuple[list[str], Schema]]] = {
    "observation": (
        ["indicator", "period"],
        {
            "indicator": _text("指标代码 Indicator"),
            "region": _REGION,
            "period": _PERIOD,
            "value": _figure("数值 Figure; or numerator and denominator"),
            "numerator": _figure("分子 Numerator of a share"),
            "denominator": _figure("分母 Denominator of a share"),
            "sample_size": _figure("样本数 Sample behind the value"),
            "status": _text(enum=[*STATUSES, None]),
            "comment": _text("说明；不适用时必填 Required with not_applicable"),
            "stated_at": _STATED,
            "org": _ORG,
        },
    ),
    "case": (
        ["case_no", "indicator", "accepted_at", "outcome"],
        {
            "case_no": _text("办件编号 Number of the case"),
            "indicator": _text("指标代码 Indicator"),
            "region": _REGION,
            "accepted_at": _time("受理时间 Accepted"),
            "completed_at": _time("办结时间 Completed"),
            "outcome": _text(enum=list(OUTCOMES)),
            "resolved": {"type": ["boolean", "null"], "description": "诉求是否解决 Resolved"},
            "deadline": _time("承诺时限 Promised by"),
            "pauses": {"type": ["array", "null"], "maxItems": MOST_PAUSES, "items": _PAUSE},
            "extension": _EXTENSION,
            "stated_at": _STATED,
            "org": _ORG,
            "labels": {
                "type": ["object", "null"],
                "maxProperties": MOST_LABELS,
                "additionalProperties": {"type": "string"},
            },
        },
    ),
    "progress_report": (
        ["measure", "period"],
        {
            "measure": _text("措施编号 Measure, e.g. 6.3"),
            "period": _PERIOD,
            "milestone": _text("节点代码 Milestone of the measure"),
            "state": _text("零报告以外必填 Required but in a zero report", enum=[*STATES, None]),
            "done_on": _text("完成日期 Day it was done (YYYY-MM-DD)"),
            "summary": _text("进展情况 Summary"),
            "zero_report": {"type": ["boolean", "null"], "description": "零报告 Zero report"},
            "received_on": _text("收到纸质报告的日期，仅牵头办公室可填 On paper; office only"),
            "stated_at": _STATED,
            "org": _ORG,
        },
    ),
}
_TITLES: Final[Mapping[Kind, str]] = {
    "observation": "报送指标值 Report figures",
    "case": "报送办件 Report cases",
    "progress_report": "报送措施进展 Report progress",
}
_HEADERS_AND_QUERY: Final = [
    {"name": "mode", "in": "query", "schema": {"enum": ["atomic", "partial"]}},
    {"name": "dry_run", "in": "query", "schema": {"type": "boolean"}},
    {"name": "Idempotency-Key", "in": "header", "schema": {"type": "string", "maxLength": 255}},
    {"name": "Content-Encoding", "in": "header", "schema": {"enum": ["identity", "gzip", "zstd"]}},
]
_ANSWERS: Final[dict[int | str, dict[str, Any]]] = {
    200: {"model": PostingAnswer, "description": "试运行 A dry run: nothing was kept"},
    207: {"model": PostingAnswer, "description": "部分接收 Some rows were refused"},
}


def documented_router() -> APIRouter:
    """Return routes that describe the posting routes and are never called."""
    router = APIRouter(tags=["ingest"], dependencies=[Security(any_key)])
    for kind, path in PATHS.items():
        router.add_api_route(
            path,
            _never,
            methods=["POST"],
            name=path.rpartition("/")[2],
            summary=_TITLES[kind],
            status_code=202,
            response_model=PostingAnswer,
            responses=_ANSWERS,
            openapi_extra={"parameters": _HEADERS_AND_QUERY, "requestBody": _body(kind)},
        )
    return router


def _body(kind: Kind) -> Schema:
    required, properties = ROWS[kind]
    row = {
        "type": "object",
        "required": required,
        "properties": properties,
        "additionalProperties": False,
    }
    either = {"oneOf": [row, {"type": "array", "minItems": 1, "items": row}]}
    return {
        "required": True,
        "content": {
            "application/json": {"schema": either},
            "application/x-ndjson": {"schema": {"type": "string"}},
            "text/csv": {"schema": {"type": "string"}},
            XLSX: {"schema": {"type": "string", "format": "binary"}},
        },
    }


async def _never() -> PostingAnswer:
    message = "the app takes this path before the router"
    raise AssertionError(message)
