"""Silences on the board, and what becomes of a flood: the acts of the API, by forms."""

from collections.abc import Mapping
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Request
from fastapi.responses import RedirectResponse, Response
from starlette.datastructures import FormData

from duibiao.web.access import Caller
from duibiao.web.board.faults import errors_of_form, read_body
from duibiao.web.board.rendering import Pages, frame_of
from duibiao.web.bodies import clean
from duibiao.web.forms import Form, texts
from duibiao.web.lists import Page
from duibiao.web.problems import Problem
from duibiao.web.signing_in import signed_in
from services.alerts.adapters.acting import Acting
from services.alerts.adapters.bodies import AlertReason
from services.alerts.adapters.quiet_routes import QuietActs, SilenceRequest
from services.alerts.board.card import sayings
from services.alerts.board.forms import SEE_OTHER, labels_of
from services.alerts.board.lines import SHOWN, options

Reader = Annotated[Caller, Depends(signed_in("office", "auditor"))]
Office = Annotated[Caller, Depends(signed_in("office"))]
OfficeHead = Annotated[Caller, Depends(signed_in("office", but=["duty-officer"]))]

_MATCHERS: Final = ("org", "target", "colour")
_OTHERS: Final = ("until", "reason")


class SilencePage:
    """The list of silences, with the form of a new one for the office."""

    def __init__(self, acting: Acting, pages: Pages, acts: QuietActs) -> None:
        self._register, self._pages, self._acts = acting.context.register, pages, acts

    def answer(
        self,
        request: Request,
        caller: Caller,
        typed: Mapping[str, str] | None = None,
        problem: Problem | None = None,
        preview: object = None,
    ) -> Response:
        """Return the page, with what was typed and what is wrong with it."""
        frame = frame_of(request, "silences")
        labels = labels_of("silence", frame.language)
        return self._pages.answer(
            request,
            "silences.html",
            frame,
            status=problem.status if problem else 200,
            found=self._acts.silences(Page(SHOWN, None))[0],
            may=caller.role == "office",
            typed={**dict.fromkeys((*_MATCHERS, *_OTHERS), ""), **(typed or {})},
            errors=errors_of_form(problem.faults if problem else (), frame.language, labels),
            labels=labels,
            options=options(self._register, frame.language),
            preview=preview,
            card=sayings(self._register, frame.language),
        )

    def make(self, request: Request, caller: Caller, form: FormData) -> Response:
        """Make a silence and lead back to the list, or show what it would hide."""
        typed = texts(form, *_MATCHERS, *_OTHERS)
        given: dict[str, object] = {name: typed[name] for name in _OTHERS if typed[name]}
        matchers = {name: typed[name] for name in _MATCHERS if typed[name]}
        only, language = bool(form.get("only")), frame_of(request, "silences").language
        try:
            labels = labels_of("silence", language)
            body = read_body(SilenceRequest, given | {"matchers": matchers}, labels)
            done = (self._acts.preview if only else self._acts.make)(caller, body)
        except Problem as problem:
            return self.answer(request, caller, typed, problem)
        if only:
            return self.answer(request, caller, typed, preview=done)
        return _back("silences")


def build(acting: Acting, pages: Pages, acts: QuietActs) -> APIRouter:
    """Return the routes of the pages."""
    router = APIRouter(include_in_schema=False)
    page = SilencePage(acting, pages, acts)

    @router.get("/board/silences")
    def silences(request: Request, caller: Reader) -> Response:
        return page.answer(request, caller)

    @router.post("/board/silences")
    def make(request: Request, caller: Office, form: Form) -> Response:
        return page.make(request, caller, form)

    @router.post("/board/silences/{silence_id}/end")
    def end(silence_id: str, caller: Office, _form: Form) -> Response:
        acts.end(caller, silence_id)
        return _back("silences")

    @router.post("/board/inbox/floods/{flood_id}/release")
    def release(flood_id: str, caller: OfficeHead, _form: Form) -> Response:
        acts.decide(caller, flood_id, "released", None)
        return _back("inbox")

    @router.post("/board/inbox/floods/{flood_id}/withdraw")
    def withdraw(flood_id: str, caller: OfficeHead, form: Form) -> Response:
        body = read_body(AlertReason, texts(form, "reason"), labels={})
        acts.decide(caller, flood_id, "withdrawn", clean(body).reason)
        return _back("inbox")

    return router


def _back(page: str) -> Response:
    return RedirectResponse(f"/board/{page}", SEE_OTHER)
