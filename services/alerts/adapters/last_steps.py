"""The last step of every alert as its event: for a topic that may have lost some.

The ids are those of the steps, so whoever has heard of a step already knows it again.
"""

from collections.abc import Callable, Iterator

from sqlalchemy import Connection, and_, select

from duibiao.bus import Event
from services.alerts.adapters.rows import to_alert, to_transition
from services.alerts.adapters.tables import ALERTS, TRANSITIONS
from services.alerts.domain.alert import Transition


def last_steps(tx: Connection, event_of: Callable[[Transition], Event]) -> Iterator[Event]:
    """Yield them in the order in which the steps were taken."""
    is_last = and_(TRANSITIONS.c.alert_id == ALERTS.c.id, TRANSITIONS.c.sequence == ALERTS.c.steps)
    steps = select(TRANSITIONS).join(ALERTS, is_last).order_by(TRANSITIONS.c.id)
    alerts = {row.id: to_alert(row) for row in tx.execute(select(ALERTS))}
    for row in tx.execute(steps):
        yield event_of(to_transition(row, alerts[row.alert_id]))
