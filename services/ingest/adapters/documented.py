"""The posting routes as the API reference shows them.

The app takes these paths before the framework is asked, so only the descriptions here matter.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final, Literal

from fastapi import APIRouter, Security
from pydantic import BaseModel

from duibiao.register import GROUNDS, Register
from duibiao.web.access import any_key
from services.ingest.adapters.examples import (
    ACCEPTED,
    CHECKED,
    PARTLY,
    Row,
    as_csv,
    as_lines,
    rows_of,
)
from services.ingest.adapters.formats import XLSX
from services.ingest.adapters.posting_route import PATHS
from services.ingest.adapters.submission_routes import FaultView
from services.ingest.domain.declaration import (
    MOST_DAYS,
    MOST_LABELS,
    MOST_PAUSES,
    OUTCOMES,
    STATES,
    STATUSES,
)
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


def _maybe_one_of(words: Sequence[str], description: str) -> Schema:
    # Apart from null, so that generated clients have one type of the words.
    kinds = [{"type": "string", "enum": list(words)}, {"type": "null"}]
    return {"anyOf": kinds, "description": description}


def _given(properties: Schema, required: Sequence[str]) -> Schema:
    """Return the properties; those that must be there are never null."""
    never_null = {
        name: {**properties[name], "type": _not_null(properties[name]["type"])} for name in required
    }
    return {**properties, **never_null}


def _not_null(kinds: list[str]) -> str:
    (kind,) = (kind for kind in kinds if kind != "null")
    return kind


_ORG: Final = _text("单位代码；缺省为密钥所属单位 Org; the key's own if left out")
_REGION: Final = _text("区划代码；缺省为全市 Region; the city if left out")
_STATED: Final = _time("本单位陈述时间，缺省为收到时间 When this was stated")
_PERIOD: Final = _text("期间 Period, e.g. 2021, 2021S1, 2021Q1, 202103, 20210325")
_PAUSED: Final[Schema] = {
    "from": _time("暂停开始 Begin"),
    "to": _time("暂停结束，空为仍在暂停 End; null while still paused"),
    "ground": _text("暂停事由 Ground", enum=list(GROUNDS)),
    "document": _text("文书编号 Number of the document"),
}
_PAUSE_NEEDS: Final = ["from", "ground", "document"]
_PAUSE: Final[Schema] = {
    "title": "Pause",
    "type": "object",
    "required": _PAUSE_NEEDS,
    "properties": _given(_PAUSED, _PAUSE_NEEDS),
    "additionalProperties": False,
}
_EXTENSION: Final[Schema] = {
    "title": "Extension",
    "type": "object",
    "required": ["days", "document", "approved_by"],
    "properties": {
        "days": {
            "type": "integer",
            "minimum": 1,
            "maximum": MOST_DAYS,
            "description": "延长的工作日数，有上限 Working days, up to the indicator's cap",
        },
        "document": {"type": "string", "description": "文书编号 Number of the document"},
        "approved_by": {"type": "string", "description": "批准人 Who approved it"},
    },
    "additionalProperties": False,
}
ROWS: Final[Mapping[Kind, tuple[list[str], Schema]]] = {
    "observation": (
        ["indicator", "period"],
        {
            "indicator": _text("指标代码 Indicator"),
            "region": _REGION,
            "period": _PERIOD,
            "value": _figure("数值 Figure; or numerator and denominator"),
            "numerator": _figure("分子，整数 Numerator of a share, a whole number"),
            "denominator": _figure("分母，整数 Denominator of a share, a whole number above 0"),
            "sample_size": _figure("样本数 Sample behind the value"),
            "status": _maybe_one_of(STATUSES, "状态，缺省为正常 Normal unless it does not apply"),
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
            "outcome": _text("办理结果 Outcome", enum=list(OUTCOMES)),
            "resolved": {"type": ["boolean", "null"], "description": "诉求是否解决 Resolved"},
            "deadline": _time("承诺时限 Promised by"),
            "pauses": {"type": ["array", "null"], "maxItems": MOST_PAUSES, "items": _PAUSE},
            "extension": {"anyOf": [_EXTENSION, {"type": "null"}]},
            "stated_at": _STATED,
            "org": _ORG,
            "labels": {
                "type": ["object", "null"],
                "maxProperties": MOST_LABELS,
                "additionalProperties": {"type": "string"},
                "description": "标签 A small map of labels",
            },
        },
    ),
    "progress_report": (
        ["measure", "period"],
        {
            "measure": _text("措施编号 Measure, e.g. 6.3"),
            "period": _PERIOD,
            "milestone": _text("节点代码 Milestone of the measure"),
            "state": _maybe_one_of(STATES, "零报告以外必填 Required but in a zero report"),
            "done_on": _text(
                "完成日期，已完成的必填 Day it was done (YYYY-MM-DD); required when done"
            ),
            "summary": _text("进展情况，已完成的必填 Summary; required when done"),
            "zero_report": {
                "type": ["boolean", "null"],
                "description": "零报告，不得有其他内容 Zero report; nothing else is said then",
            },
            "received_on": _text("收到纸质报告的日期，仅牵头办公室可填 On paper; office only"),
            "stated_at": _STATED,
            "org": _ORG,
        },
    ),
    "approval": (
        ["indicator", "case_no", "document", "days", "reason"],
        {
            "indicator": _text("指标代码 Indicator"),
            "case_no": _text("办件编号 Number of the case"),
            "document": _text("延期或暂停的文书编号 Document of the extension or the pause"),
            "days": {
                "type": ["integer", "null"],
                "minimum": 0,
                "maximum": MOST_DAYS,
                "description": "批准的工作日数，0为不批准 Working days granted; 0 rejects",
            },
            "reason": _text("理由 Reason"),
            "stated_at": _STATED,
            "org": _ORG,
        },
    ),
}
_LINES: Final = {"type": "string", "description": "一行一个JSON对象 One JSON object a line"}
_TABLE: Final = {
    "type": "string",
    "description": "首行为列名，UTF-8或GB18030 A header row first; UTF-8 or GB18030",
}
_TITLES: Final[Mapping[Kind, str]] = {
    "observation": "报送指标值 Report figures",
    "case": "报送办件 Report cases",
    "progress_report": "报送措施进展 Report progress",
    "approval": "牵头办公室批准延期、暂停 Decide on extensions and pauses; the office only",
}
_HEADERS_AND_QUERY: Final = [
    {
        "name": "mode",
        "in": "query",
        "description": "atomic有错即全部不收；partial收无错的行 One bad row refuses all, or not",
        "schema": {"type": "string", "enum": ["atomic", "partial"], "default": "atomic"},
    },
    {
        "name": "dry_run",
        "in": "query",
        "description": "只核对，不保存 Check only, keep nothing",
        "schema": {"type": "boolean", "default": False},
    },
    {
        "name": "Idempotency-Key",
        "in": "header",
        "description": "同一请求重发时用同一值 The same for the same request sent again",
        "schema": {
            "type": "string",
            "minLength": 1,
            "maxLength": 255,
            "pattern": "^[!-~]+$",
            "examples": ["2021Q1-export-rebate-01"],
        },
    },
    {
        "name": "Content-Encoding",
        "in": "header",
        "schema": {"type": "string", "enum": ["identity", "gzip", "zstd"]},
    },
]
_REPLAYED: Final[Schema] = {
    "Idempotency-Replayed": {
        "description": "重发时为true The answer of an earlier request",
        "schema": {"type": "string", "enum": ["true"]},
    }
}


def _good(description: str, example: Row) -> Schema:
    content = {"application/json": {"example": example}}
    return {"model": PostingAnswer, "description": description, "content": content}


_ANSWERS: Final[dict[int | str, dict[str, Any]]] = {
    200: _good("试运行 A dry run: nothing was kept", CHECKED),
    202: {**_good("已保存 All rows are kept", ACCEPTED), "headers": _REPLAYED},
    207: {**_good("部分接收 Some rows were refused", PARTLY), "headers": _REPLAYED},
}


def documented_router(register: Register) -> APIRouter:
    """Return routes that describe the posting routes and are never called."""
    examples = rows_of(register)
    router = APIRouter(tags=["submissions 报送"], dependencies=[Security(any_key)])
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
            openapi_extra={
                "parameters": _HEADERS_AND_QUERY,
                "requestBody": _body(kind, examples[kind]),
            },
        )
    return router


def _body(kind: Kind, example: Row) -> Schema:
    required, properties = ROWS[kind]
    row = {
        "title": kind.title().replace("_", ""),
        "type": "object",
        "required": required,
        "properties": _given(properties, required),
        "additionalProperties": False,
    }
    either = {"oneOf": [row, {"type": "array", "minItems": 1, "items": row}]}
    return {
        "required": True,
        "content": {
            "application/json": {"schema": either, "example": example},
            "application/x-ndjson": {"schema": _LINES, "example": as_lines(example)},
            "text/csv": {"schema": _TABLE, "example": as_csv(example)},
            XLSX: {"schema": {"type": "string", "format": "binary"}},
        },
    }


async def _never() -> PostingAnswer:
    message = "the app takes this path before the router"
    raise AssertionError(message)
