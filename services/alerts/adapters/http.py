"""The routes of the alerts service that read (contract section 3); those that act: `actions`.

Any key reads alerts. What a unit writes in its replies and appeals is shown to it, the office and
the auditor only; a unit's notifications are those of its own alerts.
"""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Response

from duibiao.register import Register
from duibiao.store import Store
from duibiao.web.access import Caller, any_key, need
from duibiao.web.lists import Paging, answer
from duibiao.web.problems import Problem, error_detail
from services.alerts.adapters import queries
from services.alerts.adapters.documents import TAGS, AlertDetail, AlertList, as_json, shows
from services.alerts.adapters.queries import ListedAlerts, QuietOf

AnyCaller = Annotated[Caller, Depends(any_key)]
Reader = Annotated[Caller, Depends(need("org", "office", "auditor"))]

_paging = Paging(str)


def build(store: Store, register: Register, quiet: QuietOf) -> APIRouter:
    """Return the routes; `quiet` reads what holds alerts."""
    router = APIRouter(tags=TAGS)

    @router.get("/v1/alerts", responses=shows(AlertList))
    def alerts(query: Annotated[ListedAlerts, Query()], caller: AnyCaller) -> Response:
        """预警列表，最新的在前。List alerts, the newest first.

        单位不加筛选条件时只列与其有关的。Without a filter a unit's key sees what concerns it.
        """
        page = _paging(query.limit, query.cursor)
        found, cursor = queries.alerts(store, quiet, query, caller, page)
        if not found:  # what the register no longer has may have had alerts
            _check_codes(query, register)
        return as_json(answer(found, cursor))

    @router.get("/v1/alerts/{alert_id}", responses=shows(AlertDetail))
    def alert(alert_id: str, caller: AnyCaller) -> Response:
        """一件预警及其全过程。Show one alert with its whole history."""
        return queries.alert_answer(store, quiet, alert_id, caller)

    return router


def _check_codes(query: ListedAlerts, register: Register) -> None:
    faults = [
        error_detail("unknown-org", pointer=f"/query/{name}", value=value)
        for name, value in (("org", query.org), ("lead", query.lead))
        if value and value not in register.orgs
    ]
    if query.target not in (None, *(target.id for target in register.targets)):
        faults.append(error_detail("unknown-target", pointer="/query/target", value=query.target))
    if faults:
        raise Problem("invalid", faults)
