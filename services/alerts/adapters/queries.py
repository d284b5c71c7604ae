"""What the API shows: lists of alerts and notifications, one alert with its history.

Reads only. Every list is newest first; ids sort by time.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from fastapi import Response
from pydantic import Field
from sqlalchemy import Column, ColumnElement, Connection, Row, Select, or_, select

from duibiao.store import Store
from duibiao.web.access import Caller
from duibiao.web.bodies import Strict
from duibiao.web.lists import LIMIT_AT_MOST, Page
from duibiao.web.problems import Problem, error_detail
from services.alerts.adapters.documents import (
    AlertStep,
    Document,
    Notification,
    alert_document,
    as_json,
    hold_document,
    reply_document,
    to_document,
)
from services.alerts.adapters.tables import ALERTS, ATTEMPTS, NOTIFICATIONS, TRANSITIONS
from services.alerts.domain.alert import Alert, Colour, State, Step
from services.alerts.domain.quiet import Quiet
from services.alerts.usecases.answer_alert import OFFICE

_SETTLING: Final = (Step.REPLIED, Step.RENEWED, Step.ESCALATED, Step.REOPENED)
AnyRow = Row[tuple[Any, ...]]
QuietOf = Callable[[Connection], Quiet]


class Listed(Strict):
    """The query of a list."""

    limit: int | None = Field(None, ge=1, le=LIMIT_AT_MOST)
    cursor: str | None = Field(None, max_length=1000)


class ListedAlerts(Listed):
    """The query of the list of alerts; what is left out does not filter."""

    state: State | None = None
    colour: Colour | None = None
    org: str | None = Field(None, description="A unit; empty: alerts of no one unit.")
    target: str | None = None
    lead: str | None = Field(None, description="牵头单位 A unit: what it has to answer.")
    number: str | None = Field(None, description="文号 Its number, or one it had: 黄-2021-0001.")

    def conditions(self, org: str | None) -> list[ColumnElement[bool]]:
        """Return what a row must meet; without a filter a unit `org` sees what concerns it."""
        found = [
            column == value
            for column, value in (
                (ALERTS.c.state, self.state),
                (ALERTS.c.colour, self.colour),
                (ALERTS.c.target, self.target),
                (ALERTS.c.org, self.org or None),
            )
            if value is not None
        ]
        if self.org == "":
            found.append(ALERTS.c.org.is_(None))
        if self.number is not None:
            found.append(ALERTS.c.id.in_(numbered(self.number)))
        if self.lead is not None:
            found.append(_among(ALERTS.c.leads, self.lead))
        if org is not None and not self.model_fields_set - Listed.model_fields.keys():
            found.append(concerning(org))
        return found


def concerning(org: str) -> ColumnElement[bool]:
    """Return whether a unit leads an alert, is informed of it or is its subject."""
    return or_(_among(ALERTS.c.leads, org), _among(ALERTS.c.copied, org), ALERTS.c.org == org)


def numbered(number: str) -> Select[tuple[str]]:
    """Return the id of the alert that has this number, or had it before a higher colour."""
    return select(TRANSITIONS.c.alert_id).where(TRANSITIONS.c.number == number)


def alerts(
    store: Store, quiet: QuietOf, wanted: ListedAlerts, caller: Caller, page: Page
) -> tuple[list[Document], str | None]:
    """Return a page of alerts as the caller sees them, and the cursor of the next."""
    found, cursor = found_alerts(store, wanted, caller, page)
    with store.read() as connection:
        holding = quiet(connection)
    return [_document(alert, holding, caller) for alert in found], cursor


def found_alerts(
    store: Store, wanted: ListedAlerts, caller: Caller, page: Page
) -> tuple[list[Alert], str | None]:
    """Return a page of alerts, and the cursor of the next."""
    query = select(ALERTS.c.id, ALERTS.c.document).where(*wanted.conditions(caller.org))
    with store.read() as connection:
        found = connection.execute(paged(query, ALERTS.c.id, page)).all()
    kept, cursor = page.cut(found, _position)
    return [row.document for row in kept], cursor


def open_alerts(store: Store) -> Sequence[Alert]:
    """Return all open alerts, oldest first."""
    query = select(ALERTS.c.document).where(ALERTS.c.open.is_(True)).order_by(ALERTS.c.id)
    with store.read() as connection:
        return connection.execute(query).scalars().all()


def returned(store: Store, org: str, ids: Sequence[str]) -> Mapping[str, str]:
    """Return, of alerts that a unit leads, those of which it has to reply again, and why."""
    steps = (Step.RETURNED, *_SETTLING)
    query = select(TRANSITIONS).where(
        TRANSITIONS.c.alert_id.in_(ids), TRANSITIONS.c.step.in_(steps)
    )
    reasons: dict[str, str] = {}
    with store.read() as connection:
        for row in connection.execute(query.order_by(TRANSITIONS.c.sequence)):
            if row.step == Step.RETURNED:
                reasons[row.alert_id] = row.reason
            elif row.step != Step.REPLIED or row.actor in (org, OFFICE):
                reasons.pop(row.alert_id, None)
    return reasons


def alert_with_history(store: Store, quiet: QuietOf, alert_id: str, caller: Caller) -> Document:
    """Return an alert and its steps, oldest first, as the caller sees them; Problem 404."""
    steps = select(TRANSITIONS).filter_by(alert_id=alert_id).order_by(TRANSITIONS.c.sequence)
    with store.read() as connection:
        alert = _alert(connection, alert_id)
        history = [_step(row, alert, caller) for row in connection.execute(steps)]
        holding = quiet(connection)
    return {**_document(alert, holding, caller), "history": history}


def the_alert(store: Store, alert_id: str) -> Alert:
    """Return an alert; Problem 404."""
    with store.read() as connection:
        return _alert(connection, alert_id)


def alert_answer(store: Store, quiet: QuietOf, alert_id: str, caller: Caller) -> Response:
    """Return the response with an alert and its history; its version as the ETag."""
    found = alert_with_history(store, quiet, alert_id, caller)
    return as_json(found, ETag=f'"{found["history"][-1]["sequence"]}"')


def not_found(alert_id: str) -> Problem:
    """Return the problem of an alert that is not there."""
    return Problem("not-found", [error_detail("not-found", value=f"/v1/alerts/{alert_id}")])


def notifications(
    store: Store, org: str | None, page: Page, wanted: Sequence[ColumnElement[bool]] = ()
) -> tuple[list[Document], str | None]:
    """Return a page of notifications with their tries; of one org's alerts, or of all (None)."""
    query = (
        select(NOTIFICATIONS, ALERTS.c.number, TRANSITIONS.c.step)
        .join_from(NOTIFICATIONS, ALERTS, isouter=True)
        .outerjoin(TRANSITIONS, TRANSITIONS.c.id == NOTIFICATIONS.c.transition_id)
        .where(*wanted)
    )
    if org is not None:
        query = query.where(_among(ALERTS.c.leads, org))
    with store.read() as connection:
        found = connection.execute(paged(query, NOTIFICATIONS.c.id, page)).all()
        kept, cursor = page.cut(found, _position)
        of_them = ATTEMPTS.c.notification_id.in_([row.id for row in kept])
        tries = connection.execute(select(ATTEMPTS).where(of_them).order_by(ATTEMPTS.c.nth)).all()
    return [_notification(row, tries) for row in kept], cursor


def _alert(connection: Connection, alert_id: str) -> Alert:
    query = select(ALERTS.c.document).filter_by(id=alert_id)
    alert: Alert | None = connection.execute(query).scalar_one_or_none()
    if alert is None:
        raise not_found(alert_id)
    return alert


def paged(query: Select[Any], key: ColumnElement[str], page: Page) -> Select[Any]:
    """Return a query cut to a page, and one row more, the newest first."""
    if page.after is not None:
        query = query.where(key < page.after[0])
    return query.order_by(key.desc()).limit(page.limit + 1)


def _position(row: AnyRow) -> tuple[str]:
    return (row.id,)


def _among(column: Column[str], org: str) -> ColumnElement[bool]:
    # A JSON list of codes; a code holds no quote, so the quoted code is found whole.
    return column.contains(f'"{org}"', autoescape=True)


def _document(alert: Alert, quiet: Quiet, caller: Caller) -> Document:
    replies = [reply_document(reply, readable=caller.sees(reply.org)) for reply in alert.replies]
    return {**alert_document(alert), **hold_document(alert, quiet), "replies": replies}


def _step(row: AnyRow, alert: Alert, caller: Caller) -> Document:
    """Return a step; what was written to it is null for who may not read it."""
    said = {"reply": None if row.reply is None else reply_document(row.reply, readable=True)}
    if row.actor == OFFICE and row.reply is None:
        readable = any(caller.sees(org) for org in alert.subject.leads)
    else:
        readable = caller.sees(row.actor)
    if not readable:
        said = {"reply": None, "comment": None}
    return to_document(AlertStep.model_validate(row._asdict() | said))


def _notification(row: AnyRow, attempts: Sequence[AnyRow]) -> Document:
    made = [one._asdict() for one in attempts if one.notification_id == row.id]
    return to_document(Notification.model_validate({**row._asdict(), "attempts": made}))
