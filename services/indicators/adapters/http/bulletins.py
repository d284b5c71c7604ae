"""Bulletins over HTTP: for any key under /v1, and for people under /board (contract section 3)."""

from collections.abc import Callable
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Path, Request, Response

from duibiao.register import Register
from duibiao.web.access import any_key
from duibiao.web.board.figures import period_name
from duibiao.web.board.rendering import Pages, View, frame_of
from duibiao.web.problems import Problem, error_detail
from duibiao.web.signing_in import signed_in
from services.indicators.adapters.bulletins import Bulletins
from services.indicators.adapters.http.decisions import period_of
from services.indicators.board.bulletin import FORMS, POLICY
from services.indicators.board.words import PAGE

_POINTER: Final = "/path/period"
_CODE = Annotated[str, Path(pattern="^[0-9]{4}(Q[1-4])?$", examples=["2021Q1"])]
_BINARY: Final = {"schema": {"type": "string", "format": "binary"}}
_HIDDEN: Final[dict[str, Any]] = {"response_class": Response, "include_in_schema": False}


def build(register: Register, bulletins: Bulletins, access: str) -> APIRouter:
    """Return the routes; `access`: what is open without a key."""
    router = APIRouter(tags=["bulletins 通报"])
    people = [] if access == "open-all" else [Depends(signed_in())]
    for form in FORMS:
        path, file = f"/bulletins/{{period}}.{form}", _file(bulletins, form)
        content = {FORMS[form].partition(";")[0]: _BINARY}
        router.add_api_route(
            f"/v1{path}",
            file,
            operation_id=f"get_bulletin_{form}",
            response_class=Response,
            responses={200: {"content": content, "description": "通报 The bulletin"}},
            dependencies=[Depends(any_key)],
        )
        router.add_api_route(f"/board{path}", file, dependencies=people, **_HIDDEN)
    pages = Pages(register, "services.indicators.board", PAGE, full=True)

    def listed(request: Request) -> Response:
        frame, closed = frame_of(request, "bulletins"), bulletins.closed()
        lines = [
            View(code=code, name=period_name(code, frame.language), closed=closed[code])
            for code in closed
        ]
        return pages.answer(request, "bulletins.html", frame, lines=lines)

    router.add_api_route("/board/bulletins", listed, dependencies=people, **_HIDDEN)
    return router


def _file(bulletins: Bulletins, form: str) -> Callable[[str], Response]:
    def bulletin(period: _CODE) -> Response:
        """通报，锁定前为草稿。The bulletin of a quarter or year, a draft before it is closed."""
        wanted = period_of(period, _POINTER)
        if wanted.first > bulletins.clock.today():
            fault = error_detail("period-not-begun", pointer=_POINTER, value=period)
            raise Problem("invalid", [fault])
        name = f"{'inline' if form == 'html' else 'attachment'}; filename=bulletin-{period}.{form}"
        told = {"Cache-Control": "private, no-cache", "Content-Disposition": name}
        told |= {"Content-Security-Policy": POLICY}
        return Response(bulletins.file(wanted, form), headers=told, media_type=FORMS[form])

    return bulletin
