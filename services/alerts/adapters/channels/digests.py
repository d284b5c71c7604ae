"""Weekly digests in the database: read, written and queued once per week, receiver and unit.

A digest's id is made of these three, so whoever comes second, after a restart or in another
replica, finds that it is there.
"""

from collections.abc import Iterator
from datetime import datetime, time
from typing import Any

import msgspec
from sqlalchemy import Connection, select

from duibiao.core.ids import id_for
from duibiao.workdays import SHANGHAI
from duibiao.workdays.moments import to_us
from services.alerts.adapters.channels.notifications import NotificationQueue
from services.alerts.adapters.tables import ALERTS, CONTACTS, DUTIES, NOTIFICATIONS, TRANSITIONS
from services.alerts.domain.alert import Step
from services.alerts.usecases.context import AlertContext
from services.alerts.usecases.weekly_digest import COUNTED, WEEK, digest, mondays_due


def queue_due(tx: Connection, context: AlertContext, queue: NotificationQueue) -> None:
    """Queue the digests that are due and not there yet."""
    names = [one.name for one in queue.receivers.by_name.values() if one.weekly]
    for monday in mondays_due(context) if names else ():
        begin = datetime.combine(monday, time.min, SHANGHAI)
        addressees = list(_addressees(tx, context, queue, names))
        wanted = {id_for(begin, f"{monday}/{name}/{org}"): (name, org) for name, org in addressees}
        known = select(NOTIFICATIONS.c.id).where(NOTIFICATIONS.c.id.in_(wanted))
        missing = sorted(wanted.keys() - set(tx.execute(known).scalars()))
        facts = _facts(tx, begin) if missing else ()
        for key in missing:
            name, org = wanted[key]
            said = digest(context, monday, org, *facts)
            content = {"type": "digest.weekly", "timestamp": context.now(), "data": said}
            queue.put(tx, key, name, msgspec.json.encode(content), context.now())


def _addressees(
    tx: Connection, context: AlertContext, queue: NotificationQueue, names: list[str]
) -> Iterator[tuple[str, str | None]]:
    """Yield who gets a digest: an address one of all units, contacts one of their unit."""
    for name in names:
        if getattr(queue.receivers.by_name[name].config, "to", None) == "contacts":
            units = tx.execute(select(CONTACTS.c.org)).scalars()
            yield from ((name, org) for org in units if org in context.register.orgs)
        else:
            yield name, None


def _facts(tx: Connection, begin: datetime) -> tuple[Any, ...]:
    """Return the last three arguments of `digest`."""
    alerts = select(ALERTS.c.document).where(ALERTS.c.open.is_(True)).order_by(ALERTS.c.id)
    steps = (
        select(TRANSITIONS.c.step, ALERTS.c.document, TRANSITIONS.c.reply)
        .join_from(TRANSITIONS, ALERTS)
        .where(TRANSITIONS.c.step.in_(COUNTED), TRANSITIONS.c.at_us < to_us(begin))
        .where(TRANSITIONS.c.at_us >= to_us(begin - WEEK))
    )
    return (
        tx.execute(alerts).scalars().all(),
        [(Step(step), alert, reply and reply.org) for step, alert, reply in tx.execute(steps)],
        {(row.duty, row.org): row.document.status for row in tx.execute(select(DUTIES))},
    )
