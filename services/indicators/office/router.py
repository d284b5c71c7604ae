"""The addresses of these pages and of their forms.

A form is the body of a route of the API. The very function that answers the route does what the
form asks for, with the caller that the route admits: a form can do no more than the API.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import Any, Final, get_args, get_type_hints
from urllib.parse import parse_qsl, urlencode, urlsplit

from fastapi import APIRouter, Depends, Request
from fastapi.responses import RedirectResponse, Response
from fastapi.routing import APIRoute

from duibiao.web.access import ROLES_ZH, Caller
from duibiao.web.board.alerts import org_name
from duibiao.web.board.faults import errors_of_form, read_body
from duibiao.web.board.figures import period_name
from duibiao.web.board.language import name_of, title_of
from duibiao.web.board.marks import moment
from duibiao.web.board.rendering import Pages, frame_of
from duibiao.web.board.words import say
from duibiao.web.forms import Form, texts
from duibiao.web.problems import Problem
from duibiao.web.signing_in import local, signed_in
from services.indicators.board.lines import counted
from services.indicators.board.marks import duty_mark, status_mark
from services.indicators.office import icalendar, inspection_pack, pages
from services.indicators.office.pages import WORDS, Asked, Sources

_DECISIONS: Final = ("reviews", "data-quality", "waivers")
_PAGES: Final = ("calendar", "calendar.ics", "duties", "changes", *_DECISIONS)
_OF_ONE_VIEW: Final = ("do", "on", "lang", "page")
_ON: Final = re.compile(r"[\w.-]+")  # what a form is about: a part of the address it is sent to
_TOLD: Final = (409, 422)  # on the page of the form
_SEE_OTHER: Final = 303
Texts = Mapping[str, str]
_NOT_SENT: Final = {"typed": defaultdict(str), "errors": {}, "status": 200}
_CALLED: Final = name_of, title_of, period_name, org_name, counted, status_mark, duty_mark, moment
_SHARED: Final[dict[str, object]] = {one.__name__: one for one in _CALLED}


def build(sources: Sources, apis: Sequence[APIRouter]) -> APIRouter:
    """Return the routes of the pages, and of forms for what the POST routes of `apis` do."""
    router, office = APIRouter(include_in_schema=False), _OfficePages(sources)
    readers = Depends(signed_in()), Depends(signed_in("org", "office", "auditor"))
    for name in _PAGES:
        admitted = [readers[name in _DECISIONS[:2]]]
        router.add_api_route(f"/board/{name}", office.page(name), dependencies=admitted)
    pack, path = inspection_pack.endpoint(sources.register, sources.site), "/board/inspection-packs"
    of_all = [Depends(signed_in("office", "auditor"))]
    router.add_api_route(f"{path}/{{org}}/{{period}}.zip", pack, dependencies=of_all)
    for route in (one for api in apis for one in api.routes if isinstance(one, APIRoute)):
        if route.methods == {"POST"}:
            path = "/board" + route.path.removeprefix("/v1")
            router.add_api_route(path, office.form(route.endpoint), methods=["POST"])
    return router


class _OfficePages:
    def __init__(self, sources: Sources) -> None:
        self._sources = sources
        own = _SHARED | {"ics": icalendar, "terms": WORDS, "roles": ROLES_ZH}
        self._pages = Pages(sources.register, __package__, WORDS["page"], **own)

    def page(self, name: str) -> Callable[[Request], Response]:
        def show(request: Request) -> Response:
            return self._page(request, name, request.query_params)

        return show

    def form(self, act: Callable[..., Response]) -> Callable[..., Response]:
        hints = get_type_hints(act, include_extras=True)
        kind = hints.get("body")
        fields = kind.model_fields if kind else {}
        boxes = [name for name, about in fields.items() if about.annotation is bool]
        admitted: Any = get_args(hints["caller"])[1]

        def take(request: Request, form: Form, caller: Caller = admitted) -> Response:
            language, back = frame_of(request, "").language, local(texts(form, "next")["next"])
            labels = {name: phrase.say(language) for name, phrase in WORDS["field"].items()}
            typed = defaultdict(str, texts(form, *fields, "do", "on"))
            said: dict[str, Any] = {name: typed[name] for name in fields if typed[name]}
            said |= {name: bool(typed[name]) for name in boxes}
            try:
                body = {"body": read_body(kind, said, labels)} if kind else {}
                act(**request.path_params, **body, caller=caller)
            except Problem as problem:
                name = urlsplit(back).path.removeprefix("/board/")
                if problem.status not in _TOLD or name not in _PAGES:
                    raise
                errors = errors_of_form(problem.faults, language, labels)
                query = dict(parse_qsl(urlsplit(back).query)) | {k: typed[k] for k in ("do", "on")}
                sent = {"typed": typed, "errors": errors, "status": problem.status}
                return self._page(request, name, query, sent)
            return RedirectResponse(back, _SEE_OTHER)

        return take

    def _page(
        self, request: Request, name: str, query: Texts, sent: Mapping[str, Any] = _NOT_SENT
    ) -> Response:
        caller: Caller = request.state.caller
        frame = frame_of(request, "reviews" if name in _DECISIONS else "calendar")
        sources, language = self._sources, frame.language
        given = {
            k: text for k, text in query.items() if text and (k != "on" or _ON.fullmatch(text))
        }
        asked = Asked(sources, caller, given, language)
        kept = {key: text for key, text in asked.query.items() if key not in _OF_ONE_VIEW}
        now, today = sources.clock.now(), sources.clock.today()

        def href(**changed: object) -> str:
            given = {key: text for key, text in (kept | changed).items() if text is not None}
            return f"/board/{name}?{urlencode(given)}" if given else f"/board/{name}"

        def word(table: str, code: str) -> str:
            return say(WORDS[table], code, language)

        if name == "changes" and not {"from", "to"} <= kept.keys():
            days = {"from": today - timedelta(days=1), "to": today}
            return RedirectResponse(href(**days), _SEE_OTHER)
        make = getattr(pages, name.removesuffix(".ics").replace("-", "_"))
        try:
            page = make(asked)
        except (ValueError, OverflowError):  # of a day or period that is none, or has no neighbours
            if not kept:
                raise
            return RedirectResponse(f"/board/{name}", _SEE_OTHER)
        shown: dict[str, Any] = {"page": page, "asked": asked, "sent": sent, "here": name}
        shown |= {"href": href, "word": word, "now": now, "today": today, "days": timedelta}
        shown |= {"register": sources.register, "language": language, "who": caller}
        shown |= {"query": defaultdict(str, asked.query), "site": str(request.base_url).rstrip("/")}
        answer = self._pages.answer(request, f"{name}.html", frame, status=sent["status"], **shown)
        if name != "calendar.ics":
            return answer
        text = icalendar.folded(bytes(answer.body).decode())
        headers = {"Cache-Control": "private, no-cache"}
        return Response(text, headers=headers, media_type="text/calendar; charset=utf-8")
