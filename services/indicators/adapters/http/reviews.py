"""Reviews of what units reported of a period, and notes on single figures, over HTTP."""

from typing import Annotated, Final

from fastapi import APIRouter, Depends, Request, Response
from pydantic import Field, StrictBool

from duibiao.register import Register, parse
from duibiao.web.access import Caller, need
from duibiao.web.bodies import Name, Strict, Text, clean
from duibiao.web.problems import Problem, error_detail
from services.indicators.adapters.decisions import DecisionLog
from services.indicators.adapters.http import answers, decisions
from services.indicators.domain.decisions import DecisionKind
from services.indicators.domain.reviews import FigureNote, Review, fold, owed
from services.indicators.domain.rows import JsonObject

_REVIEW: Final = answers.columns_of(Review)
_NOTE: Final = answers.columns_of(FigureNote)
_REVIEWS: Final = answers.describe(Review, _REVIEW, revised_since={"type": "boolean"})
_NOTES: Final = answers.describe(FigureNote, _NOTE)


class Attestation(Strict):
    """提交一期报送。A unit's word that what it reported of a period is complete and true."""

    person: Name = Field(description="责任人姓名 The responsible person.")
    zero_reports: StrictBool = Field(description="确认零报告属实 Its zero reports are true.")


class ReviewReturn(decisions.DecisionReason):
    """退回修改：全部，或一项指标、一份进展。The whole, a figure or a progress report returned."""

    indicator: Name | None = Field(None, description="指标 An indicator.")
    region: Name | None = Field(None, description="区划 The region of the figure.")
    measure: Name | None = Field(None, description="措施 The measure of a progress report.")


class NoteRequest(Strict):
    """对一项数据的批注。A note on a figure."""

    org: Name = Field(description="单位 A unit.")
    period: Name = Field(description="期间 A period.", examples=["2021Q1"])
    indicator: Name = Field(description="指标 An indicator.")
    region: Name | None = Field(None, description="区划 A region.")
    text: Text = Field(description="批注 The note.")
    follow_up: StrictBool = Field(default=False, description="需跟进 To be followed up.")


def build(register: Register, log: DecisionLog) -> APIRouter:
    """Return the routes; an org sees what is its own, the office and the auditor all."""
    readers = Depends(need("org", "office", "auditor"))
    router = APIRouter(tags=["reviews 报送审核"], dependencies=[readers])
    _add_reviews(router, register, log)
    _add_notes(router, register, log)
    return router


def _add_reviews(router: APIRouter, register: Register, log: DecisionLog) -> None:
    wanted = decisions.Listing(register, Review, "period")

    def view(review: Review) -> dict[str, object]:
        return {**answers.row(review, _REVIEW), "revised_since": log.revised(review)}

    @router.get("/v1/reviews", responses=answers.several(_REVIEWS), openapi_extra=wanted.documented)
    def reviews(request: Request, find: Annotated[decisions.Find, Depends(wanted)]) -> Response:
        """报送审核情况；按期间查询时含未提交的单位。Reviews; of a `period` of all its units."""
        code = request.query_params.get("period")
        orgs = owed(register, parse(code)) if code else ()
        known = fold(Review, log.decisions("review"), *(f"{org}/{code}" for org in orgs))
        kept, cursor = find(known.values())
        return answers.listed(map(view, kept), cursor)

    def step(caller: Caller, org: str, code: str, kind: DecisionKind, said: JsonObject) -> Response:
        if caller.org not in (None, org):
            raise Problem("forbidden", [error_detail("not-visible", pointer="/path/org")])
        period = decisions.period_of(code, "/path/period")
        with decisions.problems(f"/v1/reviews/{org}/{code}", kind):
            log.take(caller.actor, lambda make: make.review(org, period, kind, said))
        return answers.json_of(view(fold(Review, log.decisions("review"))[f"{org}/{code}"]))

    @router.post("/v1/reviews/{org}/{period}/submit", responses=answers.one(_REVIEWS))
    def submit(org: str, period: str, caller: decisions.Attester, body: Attestation) -> Response:
        """提交一期报送，由责任人确认。Submit what a unit reported of a period, as attested."""
        return step(caller, org, period, "review.submitted", clean(body).model_dump())

    @router.post("/v1/reviews/{org}/{period}/return", responses=answers.one(_REVIEWS))
    def return_(org: str, period: str, caller: decisions.Office, body: ReviewReturn) -> Response:
        """退回修改。Return it to the unit."""
        return step(caller, org, period, "review.returned", decisions.said_of(register, body))

    @router.post("/v1/reviews/{org}/{period}/accept", responses=answers.one(_REVIEWS))
    def accept(org: str, period: str, caller: decisions.Office) -> Response:
        """审核通过。Accept it."""
        return step(caller, org, period, "review.accepted", {})


def _add_notes(router: APIRouter, register: Register, log: DecisionLog) -> None:
    wanted = decisions.Listing(register, FigureNote, "period")

    def known() -> dict[str, FigureNote]:
        return fold(FigureNote, log.decisions("note"))

    @router.get("/v1/notes", responses=answers.several(_NOTES), openapi_extra=wanted.documented)
    def notes(find: Annotated[decisions.Find, Depends(wanted)]) -> Response:
        """批注列表，最新的在前。Notes, the newest first."""
        kept, cursor = find(known().values())
        return answers.listed([answers.row(one, _NOTE) for one in kept], cursor)

    @router.post("/v1/notes", status_code=201, responses=answers.one(_NOTES, 201))
    def add_note(caller: decisions.Office, body: NoteRequest) -> Response:
        """对一项数据加批注。Put a note on a figure."""
        said = decisions.said_of(register, body)
        decisions.period_of(body.period)
        made = log.take(caller.actor, lambda make: make.add_note(said))
        return answers.json_of(answers.row(known()[made.id], _NOTE), 201)

    @router.post("/v1/notes/{note_id}/resolve", responses=answers.one(_NOTES))
    def resolve(note_id: str, caller: decisions.Office, body: decisions.DecisionReason) -> Response:
        """办结批注。Resolve a note."""
        said = clean(body).model_dump()
        with decisions.problems(f"/v1/notes/{note_id}", "note.resolved"):
            log.take(caller.actor, lambda make: make.resolve_note(note_id, said))
        return answers.json_of(answers.row(known()[note_id], _NOTE))
