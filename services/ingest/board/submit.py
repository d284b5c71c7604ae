"""`/board/submit` and below: what a unit owes, files and forms to send, and what became of them.

What is typed is kept as a draft before anything else is done with it. A problem is told on a page
of its own, from which the browser leads back.
"""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Final
from urllib.parse import quote

import msgspec
from fastapi import APIRouter, Depends, Request
from fastapi.responses import RedirectResponse, Response
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile

from duibiao.register import Register, parse
from duibiao.web.access import Caller
from duibiao.web.board.figures import period_name
from duibiao.web.board.marks import moment
from duibiao.web.board.rendering import Pages, frame_of
from duibiao.web.board.words import tables
from duibiao.web.forms import Form, texts
from duibiao.web.lists import Paging
from duibiao.web.problems import Problem, error_detail, shown
from duibiao.web.signing_in import signed_in
from services.ingest.adapters.answers import view_of
from services.ingest.adapters.template_routes import TEMPLATES
from services.ingest.board.typed_rows import TYPED, Line, lines_of, table_of
from services.ingest.board.uploads import Uploads
from services.ingest.domain.forms import Form as OwedForm
from services.ingest.domain.forms import form_of
from services.ingest.domain.rows import OPTIONS, ROWS
from services.ingest.domain.times import from_microseconds

PATH: Final = "/board/submit"
_SEE_OTHER: Final = 303
_LONGEST_NAME: Final = 200
_LATEST: Final = 5
_ONLINE: Final = "网上填报-"
_MORE: Final = 64 << 10  # bytes of a form beside its file
_PAGING: Final = Paging(str, default=50)
_WORDS: Final = tables(__package__)
_SHARED: Final[Mapping[str, Any]] = {
    "moment": moment,
    "options": OPTIONS,
    "period_name": period_name,
    "rows": ROWS,
    "templates": TEMPLATES,
    "time": from_microseconds,
    "word": lambda table, key, zh: _WORDS[table][key].say("zh" if zh else "en"),
}
Sender = Annotated[Caller, Depends(signed_in("org", "office"))]


class SubmitPages:
    """The pages, a method each; what they show is put into words by their templates."""

    def __init__(self, register: Register, uploads: Uploads) -> None:
        self._register, self._uploads, self._most = register, uploads, uploads.post.bodies.most
        shared = {**_SHARED, "mib": self._most >> 20, "orgs": register.orgs}
        self._pages = Pages(register, __package__, _WORDS["page"], **shared)

    def routers(self) -> list[APIRouter]:
        """Return the routes; forms with a file, or with much that is typed, may be large."""
        large = {"/uploads": self._most + _MORE, "/forms/{rows}": self._most}
        router, files, forms = (
            APIRouter(prefix=PATH + path, max_body_size=most, include_in_schema=False)
            for path, most in {"": None, **large}.items()
        )
        router.get("")(self.index)
        router.get("/submissions")(self.submissions)
        router.get("/submissions/{submission_id}")(self.receipt)
        router.get("/uploads/{upload_id}")(self.upload)
        router.get("/uploads/{upload_id}/marked")(self.marked)
        router.post("/uploads/{upload_id}/send")(self.send)
        files.post("")(self.take)
        forms.get("")(self.form)
        forms.post("")(self.typed)
        return [router, files, forms]

    def index(self, request: Request, caller: Sender) -> Response:
        """Show what is owed and begun, the form for a file, and the newest submissions."""
        found = self._uploads.receipts.newest(caller.org, None, _LATEST)
        drafts = self._uploads.drafts.newest(caller.org or "")
        owed = [(kind, *self._owed(caller, kind, {})[2:]) for kind in TYPED if caller.org]
        return self._page(request, "submit", found=found, drafts=drafts, owed=owed, typed=TYPED)

    async def take(self, request: Request, caller: Sender, form: Form) -> Response:
        """Take a file, check it, and lead to what was found."""
        file, post = form.get("file"), self._uploads.post
        kinds = [one for one in TEMPLATES.values() if one == form.get("kind")]
        if not kinds or not isinstance(file, UploadFile) or not file.filename:
            missing = ("file", "文件") if kinds else ("kind", "报送内容")
            raise Problem("invalid", [error_detail("missing", field=missing)])
        with post.bodies.room(file.size or 0, post.quotas.enter(caller, request.scope)):
            name, content = shown(file.filename, _LONGEST_NAME), await file.read()
            found = await self._uploads.check(caller, kinds[0], name, content)
        return RedirectResponse(f"{PATH}/uploads/{found}", _SEE_OTHER)

    def upload(self, request: Request, upload_id: str, caller: Sender) -> Response:
        """Show the errors of a table, that it may be sent, or its receipts as one result."""
        state, upload = self._uploads.read(caller.org or "", upload_id)
        found = self._uploads.receipts_of(caller.org or "", upload)
        told = {"id": upload_id, "state": state, "upload": upload}
        return self._page(request, "upload", found=found, **told)

    async def send(self, upload_id: str, caller: Sender) -> Response:
        """Send what was checked and lead to the receipts."""
        await self._uploads.send(caller, upload_id)
        return RedirectResponse(f"{PATH}/uploads/{upload_id}", _SEE_OTHER)

    def marked(self, upload_id: str, caller: Sender) -> Response:
        """Hand out a copy of a file with the errors beside its lines."""
        _, upload = self._uploads.read(caller.org or "", upload_id)
        errors = [(one.line, one.code, one.en, one.zh) for one in upload.errors if one.line]
        copy = self._uploads.work("marked", upload.name, upload.content, errors) if errors else None
        if copy is None:
            raise Problem("not-found", [error_detail("not-found", value=upload_id)])
        stem, _, suffix = upload.name.rpartition(".")
        shown = f"attachment; filename*=UTF-8''{quote(f'{stem}.errors.{suffix}')}"
        headers = {"Content-Disposition": shown}
        return Response(copy, media_type="application/octet-stream", headers=headers)

    def submissions(self, request: Request, caller: Sender) -> Response:
        """List own submissions, the newest first."""
        try:
            page = _PAGING(None, request.query_params.get("cursor"))
        except Problem:  # what makes no sense counts as not said
            page = _PAGING(None, None)
        before = str(page.after[0]) if page.after else None
        every = self._uploads.receipts.newest(caller.org, before, page.limit + 1)
        found, following = page.cut(every, lambda one: (one.id,))
        told = {"following": following, "later": before}
        return self._page(request, "submissions", found=found, **told)

    def receipt(self, request: Request, submission_id: str, caller: Sender) -> Response:
        """Show one receipt: its counts, and what to look at again."""
        one = self._uploads.receipts.find(submission_id)
        if one is None or not caller.sees(one.org):
            raise Problem("not-found", [error_detail("not-found", value=submission_id)])
        told = [*msgspec.json.decode(one.errors), *msgspec.json.decode(one.warnings)]
        return self._page(request, "receipt", found=[one], told=told)

    def form(self, request: Request, rows: str, caller: Sender) -> Response:
        """Show the form of what a unit owes, with what its draft has."""
        form, periods, period, lines = self._owed(caller, rows, request.query_params)
        draft = self._uploads.drafts.find(caller.org or "", _draft_id(caller, form, period))
        typed = msgspec.json.decode(draft.content) if draft else {}
        told = {"period": period, "periods": periods, "lines": lines, "typed": typed}
        return self._page(request, "entry", kind=rows, org=form.org, draft=draft, **told)

    async def typed(self, rows: str, caller: Sender, form: Form) -> Response:
        """Keep what was typed; unless that was all, check it and lead to what was found."""
        said = texts(form, "org", "period")
        owed, _, period, lines = await run_in_threadpool(self._owed, caller, rows, said)
        if period != said["period"]:
            raise Problem("not-found", [error_detail("not-found", value=said["period"])])
        names = [line.name(one) for line in lines for one in line.fields]
        typed, draft = texts(form, *names), _draft_id(caller, owed, period)
        given = caller.org or "", draft, period, "typed", msgspec.json.encode(typed)
        await run_in_threadpool(self._uploads.drafts.save, *given)
        body = table_of(lines, typed)
        if form.get("only") or not body:
            to = f"{PATH}/forms/{rows}?org={owed.org}&period={period}"
            return RedirectResponse(to, _SEE_OTHER)
        found = await self._uploads.check(caller, owed.kind, f"{_ONLINE}{period}.csv", body, draft)
        return RedirectResponse(f"{PATH}/uploads/{found}", _SEE_OTHER)

    def _owed(
        self, caller: Caller, kind: str, said: Mapping[str, str]
    ) -> tuple[OwedForm, Sequence[str], str, Sequence[Line]]:
        """Return a unit's form, its periods, the one that is meant, and what it asks of that.

        A unit or period that there is not counts as not said. Problem 404, 403 for another unit's.
        """
        org, today = said.get("org", ""), self._uploads.post.clock.today()
        org = org if org in self._register.orgs else caller.org or ""
        kinds = [one for one in TYPED if one == kind]
        if not kinds or org not in self._register.orgs:
            raise Problem("not-found", [error_detail("not-found", value=kind)])
        if not caller.sees(org):
            raise Problem("forbidden", [error_detail("not-visible", pointer="/query/org")])
        form = form_of(kinds[0], org, self._register, today, office=caller.role == "office")
        codes = {row["period"] for row in form.rows}
        periods = sorted(codes, key=lambda code: (parse(code).last, code), reverse=True)
        ended = [code for code in periods if parse(code).last < today]
        period = said.get("period", "")
        period = period if period in periods else next(iter(ended or periods), "")
        records = self._uploads.receipts.last_records(org, form.kind)
        return form, periods, period, lines_of(form, period, self._register, records)

    def _page(self, request: Request, name: str, found: Any = (), **values: object) -> Response:  # noqa: ANN401
        """Return a page; `found` are receipts."""
        frame, own = frame_of(request, "submit"), request.state.caller.org
        values |= {"found": [*map(view_of, found)], "zh": frame.language == "zh", "own": own}
        return self._pages.answer(request, f"{name}.html", frame, status=200, **values)


def _draft_id(caller: Caller, form: OwedForm, period: str) -> str:
    return "/".join((caller.org or "", form.kind, form.org or "", period))
