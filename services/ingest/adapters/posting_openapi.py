"""The routes that take rows, for the API reference: FastAPI describes them and never calls them.

`PostRows` serves them as plain ASGI, before the framework's stack.
"""

import json
from collections.abc import Mapping
from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter, Header, Query, Security
from pydantic import BaseModel

from duibiao.register import Register
from duibiao.web.access import any_key
from duibiao.web.problems import ErrorDetail
from services.ingest.adapters.formats import XLSX
from services.ingest.adapters.posting_route import PATHS
from services.ingest.adapters.row_schemas import Row, Schema, examples_of, row_schema
from services.ingest.domain.context import Kind


class PostingAnswer(BaseModel):
    """What became of the rows; final counts of taken rows stand at `status_url` later."""

    submission_id: str | None
    received: int
    accepted: int
    duplicate: int | None
    revised: int | None
    rejected: int
    errors: list[ErrorDetail]
    errors_total: int
    warnings: list[ErrorDetail]
    warnings_total: int
    encoding: Literal["utf-8", "gb18030"] | None
    status_url: str | None


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
_Mode = Annotated[
    Literal["atomic", "partial"],
    Query(description="atomic有错即全部不收；partial收无错的行 One bad row refuses all, or not"),
]
_DryRun = Annotated[bool, Query(description="只核对，不保存 Check only, keep nothing")]
_RepeatKey = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        description="同一请求重发时用同一值 The same for the same request sent again",
        min_length=1,
        max_length=255,
        pattern="^[!-~]+$",
        examples=["2021Q1-export-rebate-01"],
    ),
]
_Coding = Annotated[Literal["identity", "gzip", "zstd"] | None, Header(alias="Content-Encoding")]
_REPLAYED: Final[Schema] = {
    "Idempotency-Replayed": {
        "description": "重发时为true The answer of an earlier request",
        "schema": {"type": "string", "enum": ["true"]},
    }
}
_ANSWERS: Final[dict[int | str, dict[str, Any]]] = {
    200: {"model": PostingAnswer, "description": "试运行 A dry run: nothing was kept"},
    202: {"description": "已保存 All rows are kept", "headers": _REPLAYED},
    207: {
        "model": PostingAnswer,
        "description": "部分接收 Some rows were refused",
        "headers": _REPLAYED,
    },
}


def posting_router(register: Register) -> APIRouter:
    """Return the routes; the examples name what `register` knows."""
    examples = examples_of(register)
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
            openapi_extra={"requestBody": _body(kind, examples[kind])},
        )
    return router


def _body(kind: Kind, example: Row) -> Schema:
    """Return the description of a body; the example is the same row in every format."""
    row = row_schema(kind)
    either = {"oneOf": [row, {"type": "array", "minItems": 1, "items": row}]}
    line = json.dumps(example, ensure_ascii=False) + "\n"
    table = "".join(",".join(map(str, cells)) + "\r\n" for cells in (example, example.values()))
    return {
        "required": True,
        "content": {
            "application/json": {"schema": either, "example": example},
            "application/x-ndjson": {"schema": _LINES, "example": line},
            "text/csv": {"schema": _TABLE, "example": table},
            XLSX: {"schema": {"type": "string", "format": "binary"}},
        },
    }


async def _never(
    mode: _Mode = "atomic",
    dry_run: _DryRun = False,  # noqa: FBT002 - a parameter of the query
    repeat_key: _RepeatKey = None,
    coding: _Coding = None,
) -> PostingAnswer:
    del mode, dry_run, repeat_key, coding
    message = "the app takes this path before the router"
    raise AssertionError(message)
