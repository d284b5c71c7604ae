"""GET /v1/submissions and /v1/submissions/{id}: what became of what was sent."""

from datetime import datetime
from typing import Annotated, Literal

import msgspec
from fastapi import APIRouter, Depends, HTTPException, Query
from pydantic import BaseModel

from duibiao.web.access import Caller, need
from duibiao.web.lists import Listed, Page, Paging, only
from duibiao.web.problems import ErrorDetail, Problem, error_detail
from services.ingest.adapters.answers import view_of
from services.ingest.adapters.submissions import SubmissionRepository
from services.ingest.domain.context import Kind

_Reader = Annotated[Caller, Depends(need("org", "office", "auditor"))]
_Paged = Annotated[Page, Depends(Paging(str))]


class SubmissionView(BaseModel):
    """A receipt; `duplicate` and `revised` are null until the state is evaluated.

    `dead-lettered`: it could not be evaluated and was put aside; the operators replay it.
    """

    submission_id: str
    org: str
    key_id: str
    kind: Kind
    state: Literal["accepted", "evaluated", "dead-lettered"]
    received_at: datetime
    evaluated_at: datetime | None
    received: int
    accepted: int
    duplicate: int | None
    revised: int | None
    rejected: int
    errors_total: int
    warnings_total: int
    encoding: Literal["utf-8", "gb18030"] | None
    status_url: str


class SubmissionDetail(SubmissionView):
    """A receipt with the faults of the rows that were refused, and what to look at again."""

    errors: list[ErrorDetail]
    warnings: list[ErrorDetail]


class SubmissionList(Listed[SubmissionView]):
    """One page of receipts, the newest first."""


def submission_router(receipts: SubmissionRepository) -> APIRouter:
    """Return the routes that read receipts."""
    router = APIRouter(tags=["submissions 报送"])

    @router.get("/v1/submissions/{submission_id}")
    def submission(submission_id: str, caller: _Reader) -> SubmissionDetail:
        """报送回执：状态与最终计数。A receipt: its state and its final counts."""
        receipt = receipts.find(submission_id)
        if receipt is None:
            raise HTTPException(404)
        if not caller.sees(receipt.org):
            raise Problem("forbidden", [error_detail("not-visible")])
        lists = {"errors": receipt.errors, "warnings": receipt.warnings}
        found = {name: msgspec.json.decode(text) for name, text in lists.items()}
        return SubmissionDetail.model_validate({**view_of(receipt), **found})

    @router.get("/v1/submissions")
    def submissions(
        caller: _Reader,
        _known: Annotated[None, Depends(only("org"))],
        page: _Paged,
        org: Annotated[str | None, Query(max_length=64)] = None,
    ) -> SubmissionList:
        """报送回执列表，最新的在前。Receipts, the newest first; an org sees its own."""
        whose = org if caller.org is None else caller.org
        if org is not None and not caller.sees(org):
            raise Problem("forbidden", [error_detail("not-visible", pointer="/query/org")])
        before = None if page.after is None else str(page.after[0])
        found = receipts.newest(whose, before, page.limit + 1)
        rows, cursor = page.cut(found, lambda receipt: (receipt.id,))
        items = [SubmissionView.model_validate(view_of(receipt)) for receipt in rows]
        return SubmissionList(items=items, next_cursor=cursor)

    return router
