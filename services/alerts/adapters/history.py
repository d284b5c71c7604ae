"""What was sent, to whom and with which outcome: searched in pages."""

from datetime import date, datetime, time
from typing import Annotated

from fastapi import APIRouter, Query, Response
from pydantic import Field
from sqlalchemy import ColumnElement, or_, select

from duibiao.store import Store
from duibiao.web.bodies import Day, Name, Strict
from duibiao.web.lists import Paging, answer
from duibiao.web.problems import Problem, error_detail
from duibiao.workdays import SHANGHAI
from duibiao.workdays.moments import to_us
from services.alerts.adapters import queries
from services.alerts.adapters.documents import TAGS, NotificationList, as_json, shows
from services.alerts.adapters.http import Reader
from services.alerts.adapters.tables import ATTEMPTS, NOTIFICATIONS

_paging = Paging(str)


class SoughtNotifications(Strict):
    """What notifications are searched by; what is left out does not filter."""

    receiver: Name | None = Field(None, description="通知对象 A receiver.")
    channel: Name | None = Field(None, description="渠道 A channel, such as email.")
    state: Name | None = Field(None, description="状态 held, queued, sent, failed or superseded.")
    alert: Name | None = Field(None, description="预警编号 The id of an alert.")
    number: Name | None = Field(None, description="文号 A number of an alert: 黄-2021-0001.")
    org: Name | None = Field(None, description="单位 A unit that the alert concerns.")
    from_: Day | None = Field(None, alias="from", description="起 Queued on this day or later.")
    to: Day | None = Field(None, description="止 Queued on this day or earlier.")
    outcome: Name | None = Field(
        None, description="结果文字 Text in the outcome of an attempt, or in what was answered."
    )

    def conditions(self) -> list[ColumnElement[bool]]:
        """Return what a notification must meet."""
        table = NOTIFICATIONS.c
        names = ("receiver", "channel", "state")
        found = [table[name] == getattr(self, name) for name in names if getattr(self, name)]
        if self.alert:
            found.append(table.alert_id == self.alert)
        if self.number:
            found.append(table.alert_id.in_(queries.numbered(self.number)))
        if self.org:
            found.append(queries.concerning(self.org))
        if self.from_:
            found.append(table.created_us >= _us(self.from_, time.min))
        if self.to:
            found.append(table.created_us <= _us(self.to, time.max))
        if self.outcome:
            texts = (ATTEMPTS.c.outcome, ATTEMPTS.c.detail)
            held = or_(*(text.icontains(self.outcome, autoescape=True) for text in texts))
            tried = select(ATTEMPTS.c.notification_id).where(held)
            own = table.outcome.icontains(self.outcome, autoescape=True)
            found.append(or_(own, table.id.in_(tried)))
        return found


class ListedNotifications(SoughtNotifications, queries.Listed):
    """The same, page by page."""


def build(store: Store) -> APIRouter:
    """Return the routes; a unit reads the notifications of the alerts that it leads."""
    router = APIRouter(prefix="/v1/notifications", tags=TAGS)

    @router.get("", responses=shows(NotificationList))
    def notifications(query: Annotated[ListedNotifications, Query()], caller: Reader) -> Response:
        """通知发送记录。List what receivers were sent or are still owed, newest first."""
        if query.org and not caller.sees(query.org):
            raise Problem("forbidden", [error_detail("not-visible", pointer="/query/org")])
        page, wanted = _paging(query.limit, query.cursor), query.conditions()
        return as_json(answer(*queries.notifications(store, caller.org, page, wanted)))

    return router


def _us(day: date, at: time) -> int:
    return to_us(datetime.combine(day, at, SHANGHAI))
