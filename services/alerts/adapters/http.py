"""The routes of the alerts service that read (contract section 3); those that act: `acting`.

Any key reads alerts. What a unit writes in its replies and appeals is shown to it, the office and
the auditor only; a unit's notifications are those of its own alerts.
"""

from collections.abc import Container
from typing import Annotated

import msgspec
from fastapi import APIRouter, Depends, Query, Response
from pydantic import Field

from duibiao.audit import AuditLog
from duibiao.register import Register
from duibiao.store import Store
from duibiao.web.access import Caller, any_key, need
from duibiao.web.bodies import Strict
from duibiao.web.lists import LIMIT_AT_MOST, Paging, answer
from duibiao.web.problems import Problem, error_detail
from services.alerts.adapters import actions, queries
from services.alerts.adapters.actions import OpenRepository
from services.alerts.adapters.documents import (
    AlertDetail,
    AlertList,
    Document,
    NotificationList,
    alert_document,
    reply_document,
    shows,
)
from services.alerts.adapters.queries import AlertFilter
from services.alerts.domain.alert import Alert, Colour, State
from services.alerts.usecases.answer_alert import OFFICE
from services.alerts.usecases.context import AlertContext

AnyCaller = Annotated[Caller, Depends(any_key)]
Reader = Annotated[Caller, Depends(need("org", "office", "auditor"))]

_paging = Paging(str)


class Listed(Strict):
    """The query of a list."""

    limit: int | None = Field(None, ge=1, le=LIMIT_AT_MOST)
    cursor: str | None = Field(None, max_length=1000)


class ListedAlerts(Listed):
    """The query of the list of alerts."""

    state: State | None = None
    colour: Colour | None = None
    org: str | None = Field(None, description="A unit; empty: alerts of no one unit.")
    target: str | None = None
    lead: str | None = Field(None, description="牵头单位 A unit: what it has to answer.")

    def wanted(self, caller: Caller) -> AlertFilter:
        """Return what the list holds; a unit that filters nothing sees what concerns it."""
        filters = (self.state, self.colour, self.org, self.target, self.lead)
        unfiltered = all(one is None for one in filters)
        return AlertFilter(*filters, concerns=caller.org if unfiltered else None)


def build(
    store: Store,
    register: Register,
    context: AlertContext,
    open_repository: OpenRepository,
    audit: AuditLog,
) -> APIRouter:
    """Return all routes of the service; what people do with alerts is noted in `audit`."""
    router = APIRouter(tags=["alerts 预警"])
    router.include_router(_reading(store, register))

    def shown(alert_id: str, caller: Caller) -> Response:
        return _json(_detail(store, alert_id, caller))

    router.include_router(actions.build(store, register, context, open_repository, audit, shown))
    return router


def _reading(store: Store, register: Register) -> APIRouter:
    router = APIRouter()
    targets = {target.id for target in register.targets}

    @router.get("/v1/alerts", responses=shows(AlertList))
    def alerts(query: Annotated[ListedAlerts, Query()], caller: AnyCaller) -> Response:
        """预警列表，最新的在前。List alerts, the newest first.

        单位不加筛选条件时只列与其有关的。Without a filter a unit's key sees what concerns it.
        """
        page = _paging(query.limit, query.cursor)
        found, cursor = queries.alerts(store, query.wanted(caller), page)
        if not found:  # what the register no longer has may have had alerts
            _check_codes(query, register, targets)
        return _json(answer([_document(alert, caller) for alert in found], cursor))

    @router.get("/v1/alerts/{alert_id}", responses=shows(AlertDetail))
    def alert(alert_id: str, caller: AnyCaller) -> Response:
        """一件预警及其全过程。Show one alert with its whole history."""
        return _json(_detail(store, alert_id, caller))

    @router.get("/v1/notifications", responses=shows(NotificationList))
    def notifications(query: Annotated[Listed, Query()], caller: Reader) -> Response:
        """通知发送记录。List what receivers were sent or are still owed, newest first."""
        page = _paging(query.limit, query.cursor)
        return _json(answer(*queries.notifications(store, caller.org, page)))

    return router


def _document(alert: Alert, caller: Caller) -> Document:
    replies = [reply_document(reply, readable=caller.sees(reply.org)) for reply in alert.replies]
    return {**alert_document(alert), "replies": replies}


def _detail(store: Store, alert_id: str, caller: Caller) -> Document:
    found = queries.alert_with_history(store, alert_id)
    if found is None:
        raise actions.not_found(alert_id)
    alert, history = found
    leads = any(caller.sees(org) for org in alert.subject.leads)
    shown = [step if _readable(step, caller, leads=leads) else _bare(step) for step in history]
    return {**_document(alert, caller), "history": shown}


def _readable(step: Document, caller: Caller, *, leads: bool) -> bool:
    """Whether a caller may read what was written to a step: its own words, or the office's."""
    actor = step["actor"]
    return leads if actor == OFFICE and step["reply"] is None else caller.sees(str(actor))


def _bare(step: Document) -> Document:
    return {**step, "comment": None, "reply": None}


def _check_codes(query: ListedAlerts, register: Register, targets: Container[str]) -> None:
    faults = []
    for name in ("org", "lead"):
        value = getattr(query, name)
        if value and value not in register.orgs:
            faults.append(error_detail("unknown-org", pointer=f"/query/{name}", value=value))
    if query.target is not None and query.target not in targets:
        faults.append(error_detail("unknown-target", pointer="/query/target", value=query.target))
    if faults:
        raise Problem("invalid", faults)


def _json(body: object) -> Response:
    return Response(msgspec.json.encode(body), media_type="application/json")
