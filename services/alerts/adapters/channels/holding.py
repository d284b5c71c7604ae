"""Which notifications wait: for the end of what holds their alert, or for the morning."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, Row, bindparam, select, update

from duibiao.workdays.moments import to_us
from services.alerts.adapters.channels.receivers import Receivers
from services.alerts.adapters.quiet import FLOODED, read_quiet
from services.alerts.adapters.tables import ALERTS, NOTIFICATIONS, TRANSITIONS
from services.alerts.domain.alert import Alert, Colour, Step, Transition
from services.alerts.domain.quiet import Matchers, Quiet
from services.alerts.usecases.context import SYSTEM, AlertContext

_OF_ALERT: Final = (
    NOTIFICATIONS.c.alert_id == bindparam("the_alert"),
    NOTIFICATIONS.c.receiver.in_(bindparam("names", expanding=True)),
)
_UNTRIED: Final = (NOTIFICATIONS.c.state == "queued", NOTIFICATIONS.c.tries == 0)
REPLACE: Final = (
    update(NOTIFICATIONS)
    .where(*_OF_ALERT, NOTIFICATIONS.c.state.in_(bindparam("states", expanding=True)))
    .values(state="superseded", next_us=None)
)
TOLD: Final = select(NOTIFICATIONS.c.id).where(
    *_OF_ALERT, NOTIFICATIONS.c.state.in_(("queued", "sent", "failed"))
)
_WAITING: Final = (
    update(NOTIFICATIONS)
    .where(*_UNTRIED, NOTIFICATIONS.c.next_us > bindparam("now_us"))
    .values(next_us=bindparam("now_us"))
)
_WAITING_ONE: Final = _WAITING.where(NOTIFICATIONS.c.alert_id == bindparam("the_alert"))
_HELD: Final = (
    select(TRANSITIONS, ALERTS.c.document, NOTIFICATIONS.c.receiver)
    .add_columns(NOTIFICATIONS.c.id.label("held"))
    .join_from(NOTIFICATIONS, TRANSITIONS, TRANSITIONS.c.id == NOTIFICATIONS.c.transition_id)
    .join(ALERTS, ALERTS.c.id == NOTIFICATIONS.c.alert_id)
    .where(NOTIFICATIONS.c.state == "held", NOTIFICATIONS.c.alert_id.not_in(FLOODED))
    .order_by(NOTIFICATIONS.c.id)
)


@dataclass(frozen=True, slots=True)
class Holding:
    """Says what is held, and what no longer is; `flood_limit`: alerts opened within a minute."""

    context: AlertContext
    receivers: Receivers
    flood_limit: int

    def plan(
        self, tx: Connection, step: Transition, names: Iterable[str]
    ) -> tuple[set[str], datetime]:
        """Return the receivers that are not told of a step for now, and when the others are."""
        quiet, at = self._quiet(tx, step.alert), step.stamp.at
        held = {one for one in names if self._holds(quiet, step.alert, one, step.stamp.actor)}
        waited = step.step is Step.FIRED
        return held, at if waited else self.context.goes_out(step.alert.colour, at)

    def hold(self, tx: Connection, matchers: Matchers) -> None:
        """Hold what a new silence is about and nobody has tried to send."""
        found = tx.execute(select(ALERTS.c.document).where(ALERTS.c.open.is_(True))).scalars()
        ids = [one.id for one in found if matchers.match(one.subject, one.colour)]
        those = update(NOTIFICATIONS).where(*_UNTRIED, NOTIFICATIONS.c.alert_id.in_(ids))
        tx.execute(those.values(state="held", next_us=None))

    def released(self, tx: Connection) -> Iterator[tuple[Row[Any], datetime]]:
        """Yield, of each alert and receiver that nothing holds any more, the last held step.

        With the time at which it may go out.
        """
        last = {(row.alert_id, row.receiver): row for row in tx.execute(_HELD)}
        quiet = self._quiet(tx) if last else Quiet([], {}, {})
        for row in last.values():
            if not self._holds(quiet, row.document, row.receiver, row.actor):
                yield row, self.context.goes_out(row.document.colour, self.context.now())

    def _holds(self, quiet: Quiet, alert: Alert, name: str, actor: str) -> bool:
        # What people decide is no repetition of what the city's alert says.
        by_hand = actor != SYSTEM
        return bool(
            quiet.holds(alert, lambda city: not by_hand and name in self.receivers.of(city))
        )

    def _quiet(self, tx: Connection, alert: Alert | None = None) -> Quiet:
        return read_quiet(tx, self.context.register.city, self.context.now, alert)


def replace_earlier(tx: Connection, step: Transition, names: Sequence[str]) -> None:
    """Make way for a step that goes out: it replaces what was held of its alert.

    An overdue duty replaces its own reminder that has not arrived. Red does not wait for what waits
    for the morning before it.
    """
    of_them = {"the_alert": step.alert.id, "names": list(names)}
    risen = step.alert.identity.duty is not None and step.step is Step.ESCALATED
    tx.execute(REPLACE, {**of_them, "states": ["held", "queued"] if risen else ["held"]})
    if step.alert.colour is Colour.RED:
        send_waiting(tx, step.stamp.at, step.alert.id)


def send_waiting(tx: Connection, now: datetime, alert_id: str | None = None) -> None:
    """Let go what waits for the sending hour, of one alert or because it has come."""
    waiting = _WAITING if alert_id is None else _WAITING_ONE
    tx.execute(waiting, {"now_us": to_us(now), "the_alert": alert_id})
