"""Files over HTTP: sent as they are, handed out as attachments. None is ever shown inline."""

from datetime import datetime
from typing import Annotated, Any, Final
from urllib.parse import quote

from fastapi import Query
from pydantic import BaseModel, BeforeValidator, Field
from sqlalchemy import Row
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from duibiao.web.files.kinds import KINDS
from duibiao.web.files.stored import EvidenceFiles
from duibiao.web.problems import Problem, error_detail
from duibiao.workdays import from_us

FILE_CONTENT: Final[dict[str, Any]] = {
    kind: {"schema": {"type": "string", "format": "binary"}} for kind in KINDS
}
FILE_BODY: Final = {"requestBody": {"required": True, "content": FILE_CONTENT}}
FileName = Annotated[str, Query(pattern=r"^[^/\\]{1,200}$")]
_Moment = Annotated[datetime, BeforeValidator(from_us)]


class FileView(BaseModel):
    """An evidence file; `org` is null where the office uploaded it."""

    sha256: str
    org: Annotated[str | None, BeforeValidator(lambda org: org or None)]
    name: str
    type: str
    size: int
    uploaded_at: _Moment = Field(validation_alias="uploaded_us")


def media_of(request: Request) -> str:
    """Return the kind of file that a request brings; Problem 415 where none is taken like that."""
    sent, code = request.headers.get("content-type", "-"), "unsupported-media-type"
    media = sent.partition(";")[0].strip().lower()
    if media not in KINDS:
        raise Problem(code, [error_detail(code, value=(sent, f"“{sent}”"), allowed=[*KINDS])])
    if encoding := request.headers.get("content-encoding"):
        detail = error_detail("unsupported-encoding", value=encoding, allowed=["identity"])
        raise Problem(code, [detail])
    return media


def attachment(files: EvidenceFiles, file: Row[Any]) -> Response:
    """Return the answer that saves a file on the reader's machine."""
    headers = {
        "Content-Length": str(file.size),
        "Content-Disposition": f"attachment; filename*=UTF-8''{quote(file.name)}",
        "Content-Security-Policy": "default-src 'none'; sandbox",
    }
    chunks = files.contents.chunks(file.sha256, file.size)
    return StreamingResponse(chunks, headers=headers, media_type=file.type)
