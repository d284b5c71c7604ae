"""POST and GET of /v1/files: evidence files. None is executed, and none is shown inline."""

from datetime import datetime
from typing import Annotated, Any, Final
from urllib.parse import quote

from fastapi import APIRouter, Depends, HTTPException, Query, Request
from pydantic import BaseModel, BeforeValidator, Field
from sqlalchemy import Row
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response, StreamingResponse

from duibiao.web.access import Caller, need
from duibiao.web.lists import Listed, Page, Paging, answer, only
from duibiao.web.problems import Problem, error_detail
from services.ingest.adapters.files import EvidenceFiles
from services.ingest.adapters.posting_route import PostRows
from services.ingest.adapters.tables import FILES
from services.ingest.domain.files import KINDS
from services.ingest.domain.times import from_microseconds

_CONTENT: Final = {kind: {"schema": {"type": "string", "format": "binary"}} for kind in KINDS}
_BODY: Final = {"requestBody": {"required": True, "content": _CONTENT}}
NAMED_AT_MOST: Final = 1_000  # orgs that uploaded one file
_MOST: Final = 1 << 40  # of the framework: `Bodies` says how much it may be
_Reader = Annotated[Caller, Depends(need("org", "office", "auditor"))]
_Sender = Annotated[Caller, Depends(need("org", "office"))]
_Paged = Annotated[Page, Depends(Paging(str))]
_Name = Annotated[str, Query(pattern=r"^[^/\\]{1,200}$")]
_Moment = Annotated[datetime, BeforeValidator(from_microseconds)]


class FileView(BaseModel):
    """An evidence file; `org` is null where the office uploaded it."""

    sha256: str
    org: Annotated[str | None, BeforeValidator(lambda org: org or None)]
    name: str
    type: str
    size: int
    uploaded_at: _Moment = Field(validation_alias="uploaded_us")


class FileList(Listed[FileView]):
    """One page of files, the newest first."""


def file_router(files: EvidenceFiles, post: PostRows) -> APIRouter:
    """Return the routes; files share the room and the quotas of what is posted."""
    router = APIRouter(tags=["files 佐证材料"], prefix="/v1/files", max_body_size=_MOST)

    @router.post("", status_code=201, response_model=FileView, openapi_extra=_BODY)
    async def upload(name: _Name, caller: _Sender, request: Request) -> Row[Any]:
        """上传佐证材料；重复上传，应答相同。Upload a file as it is; again: the same answer."""
        sent, code = request.headers.get("content-type", "-"), "unsupported-media-type"
        media = sent.partition(";")[0].strip().lower()
        if media not in KINDS:
            raise Problem(code, [error_detail(code, value=(sent, f"“{sent}”"), allowed=[*KINDS])])
        if encoding := request.headers.get("content-encoding"):
            detail = error_detail("unsupported-encoding", value=encoding, allowed=["identity"])
            raise Problem(code, [detail])
        with post.bodies.room(0, post.quotas.enter(caller, request.scope), files.most) as body:
            content = await body.read(request.receive)
            post.quotas.charge(body.who, len(content) >> 10)  # a row for each KiB
            return await run_in_threadpool(files.add, caller, name, media, content)

    @router.get("", dependencies=[Depends(only())], response_model=FileList)
    def listed(caller: _Reader, page: _Paged) -> dict[str, object]:
        """佐证材料列表，最新的在前。Files, the newest first; an org sees its own."""
        after = () if page.after is None else (FILES.c.id < page.after[0],)
        found = files.newest(caller.org, page.limit + 1, *after)
        return answer(*page.cut(found, lambda row: (row.id,)))

    @router.get("/{sha256}", response_class=Response, responses={200: {"content": _CONTENT}})
    def content(sha256: str, caller: _Reader) -> Response:
        """下载佐证材料。Download a file, for whoever may see it."""
        # Of what several orgs uploaded, the first to do so names it.
        for file in files.newest(caller.org, NAMED_AT_MOST, FILES.c.sha256 == sha256)[-1:]:
            headers = {
                "Content-Length": str(file.size),
                "Content-Disposition": f"attachment; filename*=UTF-8''{quote(file.name)}",
                "Content-Security-Policy": "default-src 'none'; sandbox",
            }
            chunks = files.contents.chunks(sha256, file.size)
            return StreamingResponse(chunks, headers=headers, media_type=file.type)
        raise HTTPException(404)  # the same where another org has it

    return router
