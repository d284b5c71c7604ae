"""What the API shows: lists of alerts and notifications, one alert with its history.

Reads only. Every list is newest first; ids sort by time.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Column, ColumnElement, Select, or_, select

from duibiao.store import Store
from duibiao.web.lists import Page
from services.alerts.adapters.documents import (
    AlertStep,
    Document,
    Notification,
    reply_document,
    to_document,
)
from services.alerts.adapters.rows import AnyRow, to_alert, to_reply
from services.alerts.adapters.tables import ALERTS, ATTEMPTS, NOTIFICATIONS, TRANSITIONS
from services.alerts.domain.alert import Alert


@dataclass(frozen=True, slots=True)
class AlertFilter:
    """Which alerts: None does not filter; `org` "" means those of no one org.

    `lead` is a unit they go to, `concerns` one they go to, are copied to or are about.
    """

    state: str | None = None
    colour: str | None = None
    org: str | None = None
    target: str | None = None
    lead: str | None = None
    concerns: str | None = None


def alerts(store: Store, wanted: AlertFilter, page: Page) -> tuple[list[Alert], str | None]:
    """Return a page of alerts and the cursor of the next."""
    query = select(ALERTS).where(*_conditions(wanted))
    with store.read() as connection:
        found = connection.execute(_paged(query, ALERTS.c.id, page)).all()
    kept, cursor = page.cut(found, _position)
    return [to_alert(row) for row in kept], cursor


def alert_with_history(store: Store, alert_id: str) -> tuple[Alert, list[Document]] | None:
    """Return an alert and its steps, oldest first; None where there is no such alert."""
    history = (
        select(TRANSITIONS)
        .where(TRANSITIONS.c.alert_id == alert_id)
        .order_by(TRANSITIONS.c.sequence)
    )
    with store.read() as connection:
        row = connection.execute(select(ALERTS).where(ALERTS.c.id == alert_id)).one_or_none()
        if row is None:
            return None
        steps = [_step(step) for step in connection.execute(history)]
    return to_alert(row), steps


def notifications(store: Store, org: str | None, page: Page) -> tuple[list[Document], str | None]:
    """Return a page of notifications with their tries; of one org's alerts, or of all (None)."""
    query = (
        select(NOTIFICATIONS, ALERTS.c.number, ALERTS.c.leads, TRANSITIONS.c.step)
        .join_from(NOTIFICATIONS, ALERTS)
        .join(TRANSITIONS, TRANSITIONS.c.id == NOTIFICATIONS.c.transition_id)
    )
    if org is not None:
        query = query.where(_among(ALERTS.c.leads, org))
    with store.read() as connection:
        found = connection.execute(_paged(query, NOTIFICATIONS.c.id, page)).all()
        kept, cursor = page.cut(found, _position)
        ids = [row.id for row in kept]
        tries = connection.execute(
            select(ATTEMPTS)
            .where(ATTEMPTS.c.notification_id.in_(ids))
            .order_by(ATTEMPTS.c.notification_id, ATTEMPTS.c.nth)
        ).all()
    return [_notification(row, tries) for row in kept], cursor


def _conditions(wanted: AlertFilter) -> list[ColumnElement[bool]]:
    columns = {"state": ALERTS.c.state, "colour": ALERTS.c.colour, "target": ALERTS.c.target}
    found = [
        column == getattr(wanted, name)
        for name, column in columns.items()
        if getattr(wanted, name) is not None
    ]
    if wanted.org is not None:
        found.append(ALERTS.c.org == wanted.org if wanted.org else ALERTS.c.org.is_(None))
    if wanted.lead is not None:
        found.append(_among(ALERTS.c.leads, wanted.lead))
    if (org := wanted.concerns) is not None:
        copied = _among(ALERTS.c.copied, org)
        found.append(or_(_among(ALERTS.c.leads, org), copied, ALERTS.c.org == org))
    return found


def _paged(query: Select[Any], key: ColumnElement[str], page: Page) -> Select[Any]:
    if page.after is not None:
        query = query.where(key < page.after[0])
    return query.order_by(key.desc()).limit(page.limit + 1)


def _position(row: AnyRow) -> tuple[str]:
    return (row.id,)


def _among(column: Column[str], org: str) -> ColumnElement[bool]:
    # A JSON list of codes; a code holds no quote, so the quoted code is found whole.
    return column.contains(f'"{org}"', autoescape=True)


def _step(row: AnyRow) -> Document:
    reply = to_reply(row)
    said = None if reply is None else reply_document(reply, readable=True)
    return to_document(AlertStep.model_validate({**row._asdict(), "reply": said}))


def _notification(row: AnyRow, attempts: Sequence[AnyRow]) -> Document:
    made = [one._asdict() for one in attempts if one.notification_id == row.id]
    return to_document(Notification.model_validate({**row._asdict(), "attempts": made}))
