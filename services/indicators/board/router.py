"""The board's addresses: which page answers which, with which headers and in which language."""

from typing import Final, Literal

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, Response

from duibiao.register import Register
from duibiao.web.board import live
from duibiao.web.board.assets import add_assets
from duibiao.web.board.rendering import InstallationState, Pages, frame_of
from duibiao.web.lists import Paging
from duibiao.web.page_cache import PageCache, Render
from duibiao.web.problems import Problem
from duibiao.web.signing_in import signed_in, viewer_of
from services.indicators.board import clause_pages, org_pages, overview, target_page
from services.indicators.board.data import SHOWN, BoardData, Wanted
from services.indicators.board.figures_only import FiguresOnly
from services.indicators.board.proofs import read_proof
from services.indicators.board.words import PAGE

Access = Literal["open", "signed-in", "open-all"]
_ROWS: Final = Paging(str, str, default=SHOWN)  # by org and region


def build_router(
    register: Register, data: BoardData, cache: PageCache, access: Access = "open-all"
) -> APIRouter:
    """Return the routes of the pages; all only read. `access`: what is open without a key."""
    router = APIRouter(include_in_schema=False)
    whole, figures = _Answers(register, data), _Answers(register, FiguresOnly(data), full=False)

    def seen(page: str) -> Render:
        def render(request: Request, **path: str) -> Response:
            everything = access == "open-all" or viewer_of(request) is not None
            answer: Response = getattr(whole if everything else figures, page)(request, **path)
            return answer

        return render

    served = {
        "/board": "board",
        "/board/targets/{target}": "target",
        "/board/tasks/{task}": "task",
        "/board/measures/{measure}": "measure",
        "/board/orgs": "orgs",
        "/board/orgs/{org}": "org",
    }
    first = [Depends(signed_in())] if access == "signed-in" else []
    for path, page in served.items():
        endpoint = cache.endpoint(seen(page))
        router.add_api_route(path, endpoint, response_class=HTMLResponse, dependencies=first)
    router.add_api_route(live.ADDRESS, live.Streams(data.state).answer, dependencies=first)
    add_assets(router)
    return router


class _Answers:
    """One method per page. They read the store, so they run off the event loop."""

    def __init__(self, register: Register, data: BoardData, *, full: bool = True) -> None:
        """`full`: what is not for anybody is shown, too."""
        self._register = register
        self._data = data
        self._pages = Pages(register, __package__, PAGE, full=full)

    def board(self, request: Request) -> Response:
        """Show the whole notice."""
        data = self._data.overview()
        frame = frame_of(request, "board", data.standing)
        page = overview.build(self._on(data.standing), data, frame.language)
        return self._pages.answer(request, "board.html", frame, page=page)

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
        return self._pages.answer(request, "target.html", frame, page=page, proof=shown)

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
        return self._pages.answer(request, "task.html", frame, page=page)

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
        return self._pages.answer(request, "measure.html", frame, page=page)

    def orgs(self, request: Request) -> Response:
        """Show all units."""
        data = self._data.overview()
        frame = frame_of(request, "orgs", data.standing)
        page = org_pages.build_list(self._on(data.standing), data, frame.language)
        return self._pages.answer(request, "orgs.html", frame, page=page)

    def org(self, request: Request, org: str) -> Response:
        """Show one unit."""
        wanted = self._register.orgs.get(org)
        if wanted is None:
            raise Problem("not-found")
        sheet = self._data.org(org)
        frame = frame_of(request, "org", sheet.standing)
        page = org_pages.build_unit(self._on(sheet.standing), wanted, sheet, frame.language)
        return self._pages.answer(request, "org.html", frame, page=page)

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
