"""Silences and floods in SQL, and what they hold.

A flood has the id of the step that began it, and holds the alerts opened from then on until
`ended`, an id too: ids rise with time.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection, Row, and_, bindparam, func, or_, select

from duibiao.workdays.moments import to_us
from services.alerts.adapters.repository import upsert
from services.alerts.adapters.tables import ALERTS, FLOODS, SILENCES, TRANSITIONS
from services.alerts.domain.alert import Alert, Identity, Transition
from services.alerts.domain.quiet import AlertFlood, Quiet, Silence

_MINUTE: Final = timedelta(minutes=1)
_PUT_SILENCE, _PUT_FLOOD = upsert(SILENCES), upsert(FLOODS)
_LAST_FLOOD: Final = select(FLOODS).order_by(FLOODS.c.id.desc()).limit(1)
_DECIDED: Final = func.coalesce(select(func.max(FLOODS.c.ended)).scalar_subquery(), "")
_OPENED: Final = select(
    select(FLOODS.c.id).where(FLOODS.c.ended.is_(None)).exists().label("undecided"),
    select(func.count())
    .where(TRANSITIONS.c.step == "opened", TRANSITIONS.c.at_us > bindparam("since_us"))
    .where(TRANSITIONS.c.id > _DECIDED)
    .scalar_subquery()
    .label("opened"),
)
IN_FLOOD: Final = and_(
    TRANSITIONS.c.step == "opened",
    TRANSITIONS.c.id >= FLOODS.c.id,
    or_(FLOODS.c.ended.is_(None), TRANSITIONS.c.id < FLOODS.c.ended),
)
FLOODED: Final = select(TRANSITIONS.c.alert_id).join(FLOODS, IN_FLOOD & FLOODS.c.ended.is_(None))


# Built once: building them costs more than running them.
_ACTIVE: Final = select(SILENCES.c.document).where(SILENCES.c.ends_us > bindparam("now_us"))
_SILENCES: Final = _ACTIVE.order_by(SILENCES.c.id)
_FLOODED: Final = FLOODED.add_columns(FLOODS.c.id)
_FLOODED_OF: Final = _FLOODED.where(TRANSITIONS.c.alert_id.in_(bindparam("ids", expanding=True)))
_OPEN: Final = select(ALERTS.c.target, ALERTS.c.document).where(ALERTS.c.open.is_(True))
_CITIES: Final = _OPEN.where(ALERTS.c.target.is_not(None), ALERTS.c.org.is_(None))
_CITY: Final = _OPEN.where(ALERTS.c.identity == bindparam("of_city"))


def read_quiet(
    connection: Connection, city: str, now: Callable[[], datetime], alert: Alert | None = None
) -> Quiet:
    """Return what holds alerts now, or all that can hold one of them.

    `city`: the code of the region of the city's rows.
    """
    rows: Iterable[Row[Any]] = ()
    if alert is None:
        rows = connection.execute(_CITIES)
    elif (of_city := Identity(alert.identity.target, None, None, city)) != alert.identity:
        rows = connection.execute(_CITY, {"of_city": of_city.key})
    cities = {row.target: row.document for row in rows if row.document.identity.region == city}
    asked = None if alert is None else [alert.id, *(one.id for one in cities.values())]
    return Quiet(_silences(connection, now), _flooded(connection, asked), cities)


def _silences(connection: Connection, now: Callable[[], datetime]) -> Sequence[Silence]:
    return connection.execute(_SILENCES, {"now_us": to_us(now())}).scalars().all()


def _flooded(connection: Connection, asked: Sequence[str] | None = None) -> Mapping[str, str]:
    last = connection.execute(_LAST_FLOOD).one_or_none()
    if last is None or last.ended is not None:
        return {}  # without a look at every alert there ever was
    of_them = {} if asked is None else {"ids": asked}
    rows = connection.execute(_FLOODED_OF if of_them else _FLOODED, of_them)
    return {row.alert_id: row.id for row in rows}


def silent(now: Callable[[], datetime], connection: Connection) -> Callable[[Alert], bool]:
    """Return what says whether an alert is kept from Alertmanager, which inhibits by itself."""
    present = Quiet(_silences(connection, now), _flooded(connection), {})
    return lambda alert: bool(present.holds(alert))


def save_silence(tx: Connection, silence: Silence) -> None:
    """Keep a silence, new or ended."""
    ends = to_us(silence.ended_at or silence.until)
    tx.execute(_PUT_SILENCE, {"id": silence.id, "ends_us": ends, "document": silence})


def save_flood(tx: Connection, flood: AlertFlood, ended: str | None = None) -> None:
    """Keep a flood; `ended`: an id of the moment of the office's decision."""
    tx.execute(_PUT_FLOOD, {"id": flood.id, "ended": ended, "document": flood})


def begins_flood(tx: Connection, opening: Transition, limit: int) -> bool:
    """Whether a new alert is one too many within a minute; what follows is held from it on.

    What opened before the office decided on the last flood is not counted again.
    """
    found = tx.execute(_OPENED, {"since_us": to_us(opening.stamp.at - _MINUTE)}).one()
    if found.undecided or found.opened <= limit:
        return False
    save_flood(tx, AlertFlood(opening.stamp.id, opening.stamp.at))
    return True
