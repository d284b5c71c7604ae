"""POST and GET of /v1/files: evidence files. None is executed, and none is shown inline."""

from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, HTTPException, Request
from sqlalchemy import Row
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from duibiao.web.access import Caller, need
from duibiao.web.files import (
    FILE_BODY,
    FILE_CONTENT,
    EvidenceFiles,
    FileName,
    FileView,
    attachment,
    media_of,
)
from duibiao.web.lists import Listed, Page, Paging, answer, only
from services.ingest.adapters.posting_route import PostRows

NAMED_AT_MOST: Final = 1_000  # orgs that uploaded one file
_MOST: Final = 1 << 40  # of the framework: `Bodies` says how much it may be
_Reader = Annotated[Caller, Depends(need("org", "office", "auditor"))]
_Sender = Annotated[Caller, Depends(need("org", "office"))]
_Paged = Annotated[Page, Depends(Paging(str))]


class FileList(Listed[FileView]):
    """One page of files, the newest first."""


def file_router(files: EvidenceFiles, post: PostRows) -> APIRouter:
    """Return the routes; files share the room and the quotas of what is posted."""
    router = APIRouter(tags=["files 佐证材料"], prefix="/v1/files", max_body_size=_MOST)

    @router.post("", status_code=201, response_model=FileView, openapi_extra=FILE_BODY)
    async def upload(name: FileName, caller: _Sender, request: Request) -> Row[Any]:
        """上传佐证材料；重复上传，应答相同。Upload a file as it is; again: the same answer."""
        media = media_of(request)
        with post.bodies.room(0, post.quotas.enter(caller, request.scope), files.most) as body:
            content = await body.read(request.receive)
            post.quotas.charge(body.who, len(content) >> 10)  # a row for each KiB
            return await run_in_threadpool(files.add, caller, name, media, content)

    @router.get("", dependencies=[Depends(only())], response_model=FileList)
    def listed(caller: _Reader, page: _Paged) -> dict[str, object]:
        """佐证材料列表，最新的在前。Files, the newest first; an org sees its own."""
        after = () if page.after is None else (files.table.c.id < page.after[0],)
        found = files.newest(caller.org, page.limit + 1, *after)
        return answer(*page.cut(found, lambda row: (row.id,)))

    @router.get("/{sha256}", response_class=Response, responses={200: {"content": FILE_CONTENT}})
    def content(sha256: str, caller: _Reader) -> Response:
        """下载佐证材料。Download a file, for whoever may see it."""
        # Of what several orgs uploaded, the first to do so names it.
        for file in files.newest(caller.org, NAMED_AT_MOST, files.table.c.sha256 == sha256)[-1:]:
            return attachment(files, file)
        raise HTTPException(404)  # the same where another org has it

    return router
