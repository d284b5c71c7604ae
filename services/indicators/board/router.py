"""The board's addresses: which page answers which, with which headers and in which language."""

from dataclasses import dataclass
from typing import Final, Literal

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, Response

from duibiao.register import Register
from duibiao.web.board import live
from duibiao.web.board.assets import add_assets
from duibiao.web.board.figures import number
from duibiao.web.board.marks import moment
from duibiao.web.board.rendering import Frame, InstallationState, Pages, frame_of
from duibiao.web.lists import Paging
from duibiao.web.page_cache import PageCache, Render
from duibiao.web.problems import Problem, filled
from duibiao.web.signing_in import signed_in, viewer_of
from services.indicators.board import (
    clause_pages,
    org_pages,
    overview,
    scorecard_page,
    target_page,
    what_if_part,
)
from services.indicators.board.data import SHOWN, BoardData, View, Wanted, WhatIf
from services.indicators.board.figures_only import FiguresOnly
from services.indicators.board.past import keep_view, view_of
from services.indicators.board.proofs import read_proof
from services.indicators.board.words import PAGE

Access = Literal["open", "signed-in", "open-all"]
_ROWS: Final = Paging(str, str, default=SHOWN)  # by org and region


def build_router(
    register: Register,
    data: BoardData,
    cache: PageCache,
    access: Access = "open-all",
    what_if: WhatIf | None = None,
) -> APIRouter:
    """Return the routes of the pages; all only read. `access`: what is open without a key."""
    router = APIRouter(include_in_schema=False)
    whole = Pages(register, __package__, PAGE, full=True, number=number, moment=moment)
    figures = Pages(register, __package__, PAGE, full=False, number=number, moment=moment)

    def seen(page: str) -> Render:
        def render(request: Request, **path: str) -> Response:
            view = view_of(request)
            everything = access == "open-all" or viewer_of(request) is not None
            if everything and view == "corrected":
                answers = _Answers(register, data, whole, what_if)
            else:  # what units owe, and alerts, are known only as they are now
                answers = _Answers(register, FiguresOnly(data).at(view), figures, None, view)
            answer: Response = getattr(answers, page)(request, **path)
            return keep_view(answer, view)

        return render

    served = {
        "/board": "board",
        "/board/targets/{target}": "target",
        "/board/tasks/{task}": "task",
        "/board/measures/{measure}": "measure",
        "/board/orgs": "orgs",
        "/board/orgs/{org}": "org",
        "/board/scorecards": "scorecards",
    }
    signing_in = [Depends(signed_in())]
    first = signing_in if access == "signed-in" else []
    for path, page in served.items():
        before = signing_in if access == "open" and page == "scorecards" else first
        endpoint = cache.endpoint(seen(page))
        router.add_api_route(path, endpoint, response_class=HTMLResponse, dependencies=before)
    router.add_api_route(live.ADDRESS, live.Streams(data.state).answer, dependencies=first)
    add_assets(router)
    return router


@dataclass(frozen=True, slots=True)
class _Answers:
    """One method per page. They read the store, so they run off the event loop."""

    _register: Register
    _data: BoardData
    _pages: Pages
    _what_if: WhatIf | None
    _view: View = "corrected"

    def board(self, request: Request) -> Response:
        """Show the whole notice."""
        data = self._data.overview()
        frame = frame_of(request, "board", data.standing)
        page = overview.build(self._on(data.standing), data, frame.language)
        return self._answer(request, "board.html", frame, page=page)

    def target(self, request: Request, target: str) -> Response:
        """Show one target, the proof of `?verdict=` and rows of `?period=` from `?after=` on."""
        try:
            wanted = self._register.target(target)
        except KeyError:
            raise Problem("not-found") from None
        asked = _wanted(request)
        sheet = self._data.target(wanted.id, asked)
        frame = frame_of(request, "target", sheet.standing)
        register = self._on(sheet.standing)
        wanted = register.target(target)
        page = target_page.build(register, wanted, sheet, asked, frame.language)
        proof = None if page.chosen is None else self._data.proof(page.chosen.id)
        shown = None if proof is None else read_proof(self._register, proof, frame.language)
        if self._what_if is not None:
            query, language = request.query_params, frame.language
            page.what_if = what_if_part.build(wanted, self._what_if, query, language)
        return self._answer(request, "target.html", frame, page=page, proof=shown)

    def task(self, request: Request, task: str) -> Response:
        """Show one task with its measures, targets and progress reports."""
        wanted = next((one for one in self._register.tasks if str(one.no) == task), None)
        if wanted is None:
            raise Problem("not-found")
        measures = [measure.no for measure in self._register.measures_of(wanted.no)]
        targets = [target.id for target in self._register.targets_of_task(wanted.no)]
        sheet = self._data.clause(measures, targets)
        frame = frame_of(request, "task", sheet.overview.standing)
        register = self._on(sheet.overview.standing)
        page = clause_pages.build_task(register, wanted, sheet, frame.language)
        return self._answer(request, "task.html", frame, page=page)

    def measure(self, request: Request, measure: str) -> Response:
        """Show one measure with its targets and progress reports."""
        try:
            wanted = self._register.measure(measure)
        except KeyError:
            raise Problem("not-found") from None
        targets = [one.id for one in self._register.targets if one.clause == wanted.no]
        sheet = self._data.clause([wanted.no], targets)
        frame = frame_of(request, "measure", sheet.overview.standing)
        register = self._on(sheet.overview.standing)
        page = clause_pages.build_measure(register, wanted, sheet, frame.language)
        return self._answer(request, "measure.html", frame, page=page)

    def orgs(self, request: Request) -> Response:
        """Show all units."""
        data = self._data.overview()
        frame = frame_of(request, "orgs", data.standing)
        page = org_pages.build_list(self._on(data.standing), data, frame.language)
        return self._answer(request, "orgs.html", frame, page=page)

    def org(self, request: Request, org: str) -> Response:
        """Show one unit."""
        wanted = self._register.orgs.get(org)
        if wanted is None:
            raise Problem("not-found")
        sheet = self._data.org(org)
        frame = frame_of(request, "org", sheet.standing)
        page = org_pages.build_unit(self._on(sheet.standing), wanted, sheet, frame.language)
        return self._answer(request, "org.html", frame, page=page)

    def scorecards(self, request: Request) -> Response:
        """Show the scorecards of `?period=`, with verdicts as corrected or as reported."""
        if self._view not in ("corrected", "reported"):
            allowed = {"field": "as_of", "allowed": ["corrected", "reported"]}
            fault = {**allowed, "value": request.query_params["as_of"]}
            raise Problem("invalid", [filled("not-one-of", fault, pointer="/query/as_of")])
        standing = self._data.overview().standing
        register, today = self._on(standing), standing.judged_day
        period = scorecard_page.period_of(register, request.query_params.get("period"), today)
        cards = self._data.scorecards(period, reported=self._view == "reported")
        frame = frame_of(request, "scorecards", standing)
        page = scorecard_page.build(register, period, cards, today, frame.language)
        return self._answer(request, "scorecards.html", frame, page=page)

    def _answer(
        self, request: Request, template: str, frame: Frame, page: object, proof: object = None
    ) -> Response:
        past = None if self._view == "corrected" else self._view
        return self._pages.answer(request, template, frame, past=past, page=page, proof=proof)

    def _on(self, standing: InstallationState) -> Register:
        """Return the register as it holds on the judged day."""
        return self._register.on(standing.judged_day)


def _wanted(request: Request) -> Wanted:
    """Read what is to be seen of a target; what makes no sense counts as not said."""
    query = request.query_params
    try:
        page = _ROWS(None, query.get("after"))
    except Problem:
        page = _ROWS(None, None)
    return Wanted(query.get("verdict"), query.get("period"), page)
