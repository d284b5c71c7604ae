"""Files of replies over HTTP: taken from who may reply, given to who may read the reply."""

from typing import Any, Final

from fastapi import APIRouter, Request
from sqlalchemy import Row
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from duibiao.web.body_room import Bodies
from duibiao.web.files import FILE_BODY, FILE_CONTENT, FileName, FileView, attachment, media_of
from duibiao.web.problems import Problem, error_detail
from duibiao.web.quotas import counted_as
from services.alerts.adapters.acting import Acting
from services.alerts.adapters.actions import ByLead
from services.alerts.adapters.documents import TAGS
from services.alerts.adapters.http import Reader
from services.alerts.adapters.queries import the_alert

_MOST: Final = 1 << 40  # of the framework: `Bodies` says how much it may be
_OF_SENDER: Final = 3  # largest files here at once
_OF_ALL: Final = 12


def build(acting: Acting) -> APIRouter:
    """Return the routes."""
    router = APIRouter(prefix="/v1/alerts/{alert_id}/files", tags=TAGS, max_body_size=_MOST)
    replies = acting.files
    most = replies.files.most
    bodies = Bodies(most, _OF_SENDER * most, _OF_ALL * most)

    @router.post("", status_code=201, response_model=FileView, openapi_extra=FILE_BODY)
    async def upload(on: ByLead, name: FileName, request: Request) -> Row[Any]:
        """上传回复附件；重复上传，应答相同。Upload a file that a reply is to name."""
        await run_in_threadpool(acting.check_reply, on.caller, on.alert_id)
        media = media_of(request)
        with bodies.room(0, counted_as(on.caller), most) as body:
            content = await body.read(request.receive)
            file = on.caller, name, media, content, on.alert_id
            return await run_in_threadpool(replies.files.add, *file)

    @router.get("/{sha256}", response_class=Response, responses={200: {"content": FILE_CONTENT}})
    def content(alert_id: str, sha256: str, caller: Reader) -> Response:
        """下载回复附件。Download a file of a reply, for whoever may read the reply."""
        file = replies.visible(caller, the_alert(acting.store, alert_id), sha256)
        if file is None:  # the same where another unit has it
            path = f"/v1/alerts/{alert_id}/files/{sha256}"
            raise Problem("not-found", [error_detail("not-found", value=path)])
        return attachment(replies.files, file)

    return router
