"""The addresses of the pages of alerts, and what is read for each."""

import re
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Final
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response
from pydantic import ValidationError

from duibiao.web.access import Caller
from duibiao.web.board.alerts import org_name
from duibiao.web.board.rendering import Pages, frame_of
from duibiao.web.lists import Page, Paging
from duibiao.web.problems import Problem
from duibiao.web.signing_in import signed_in
from services.alerts.adapters import queries
from services.alerts.adapters.acting import Acting
from services.alerts.adapters.history import SoughtNotifications
from services.alerts.adapters.queries import ListedAlerts
from services.alerts.adapters.quiet_routes import QuietActs
from services.alerts.board import inbox, quiet_pages
from services.alerts.board.card import sayings
from services.alerts.board.forms import Forms
from services.alerts.board.lines import SHOWN, Lines, options
from services.alerts.board.words import PAGE, SAID, SENT

AnyReader = Annotated[Caller, Depends(signed_in())]
Answering = Annotated[Caller, Depends(signed_in("org", "office"))]
Reading = Annotated[Caller, Depends(signed_in("org", "office", "auditor"))]
Options = list[tuple[str, str]]

_paging = Paging(str, default=SHOWN)
_FILTERS: Final = ("state", "colour", "lead", "target", "number")
_SOUGHT: Final = ("receiver", "state", "number", "from", "to")
_NUMBER: Final = re.compile(r"\s*([蓝黄红])\W*(\d{4})\W*(\d+)\s*号?\s*")


def build(acting: Acting, acts: QuietActs) -> list[APIRouter]:
    """Return the routes."""
    router = APIRouter(include_in_schema=False)
    pages = Pages(acting.context.register, __package__, PAGE)
    forms = Forms(acting, pages)

    @router.get("/board/inbox")
    def to_do(request: Request, caller: Answering) -> Response:
        return _inbox(acting, pages, acts, request, caller)

    @router.get("/board/alerts")
    def alerts(request: Request, caller: AnyReader) -> Response:
        return _list(acting, pages, request, caller)

    @router.get("/board/notifications")
    def notifications(request: Request, caller: Reading) -> Response:
        return _notifications(acting, pages, request, caller)

    @router.get("/board/alerts/{alert_id}")
    def card(request: Request, alert_id: str, caller: AnyReader) -> Response:
        return forms.card(request, caller, alert_id)

    return [*forms.routers(), router, quiet_pages.build(acting, pages, acts)]


def _inbox(
    acting: Acting, pages: Pages, acts: QuietActs, request: Request, caller: Caller
) -> Response:
    context, frame = acting.context, frame_of(request, "inbox")
    found = queries.open_alerts(acting.store)
    lines = Lines(context.register, context.today(), frame.language)
    if caller.org is None:
        sections, org = inbox.of_office(found, lines), None
    else:
        led = [one.id for one in found if caller.org in one.subject.leads]
        returned = queries.returned(acting.store, caller.org, led)
        sections = inbox.of_unit(caller.org, found, returned, lines)
        org = org_name(context.register, caller.org, frame.language)
    every = Page(SHOWN, None)
    floods, silences = ((), ()) if caller.org else (acts.floods(every)[0], acts.silences(every)[0])
    return pages.answer(
        request,
        "inbox.html",
        frame,
        sections=sections,
        org=org,
        floods=[one for one in floods if one["state"] == "open"],
        silences=[one for one in silences if one["state"] == "active"],
        may_decide=caller.position != "duty-officer",
        card=sayings(context.register, frame.language),
    )


def _notifications(acting: Acting, pages: Pages, request: Request, caller: Caller) -> Response:
    frame, asked = frame_of(request, "notifications"), _asked(request, _SOUGHT)
    try:
        sought = SoughtNotifications.model_validate({k: v for k, v in asked.items() if v})
    except ValidationError:
        sought = SoughtNotifications()
    page = _page(request)
    found, following = queries.notifications(acting.store, caller.org, page, sought.conditions())
    states = [(code, words.say(frame.language)) for code, words in SENT.items()]
    return pages.answer(
        request,
        "notifications.html",
        frame,
        found=found,
        asked=asked,
        states=[("", SAID["any"].say(frame.language)), *states],
        names=dict(states),
        card=sayings(acting.context.register, frame.language),
        **_links(asked, page, following),
    )


def _list(acting: Acting, pages: Pages, request: Request, caller: Caller) -> Response:
    context, frame = acting.context, frame_of(request, "alerts")
    asked, page = _asked(request, _FILTERS), _page(request)
    try:
        wanted = ListedAlerts.model_validate({k: v for k, v in asked.items() if v})
    except ValidationError:  # what makes no sense counts as not said
        wanted = ListedAlerts()
    lines = Lines(context.register, context.today(), frame.language)
    found, following = queries.found_alerts(acting.store, wanted, caller, page)
    return pages.answer(
        request,
        "alerts.html",
        frame,
        found=[lines.listed(one) for one in found],
        may_close=caller.role == "office",
        asked=asked,
        **_links(asked, page, following),
        options=options(context.register, frame.language),
    )


def _asked(request: Request, names: Sequence[str]) -> dict[str, str]:
    """Return what a list is filtered by; a number may be written as it stands on cards."""
    asked = {name: request.query_params.get(name, "").strip() for name in names}
    if number := _NUMBER.fullmatch(asked["number"]):
        asked["number"] = f"{number[1]}-{number[2]}-{int(number[3]):04}"
    return asked


def _page(request: Request) -> Page:
    try:
        return _paging(None, request.query_params.get("cursor"))
    except Problem:
        return _paging(None, None)


def _links(asked: Mapping[str, str], page: Page, following: str | None) -> dict[str, Any]:
    kept = {name: value for name, value in asked.items() if value}
    return {
        "kept": f"?{urlencode(kept)}" if kept else "",
        "first_href": f"?{urlencode(kept)}" if page.after else None,
        "next_href": f"?{urlencode({**kept, 'cursor': following})}" if following else None,
    }
