"""Facts of the installation that the store keeps: when it began, what it watches from, if a sample.

Owns the names of these rows of the table `meta`.
"""

from datetime import date
from typing import Final

from sqlalchemy import Connection, inspect

from duibiao.core import Clock
from duibiao.store import Store
from services.indicators.adapters.repository import tables

_INSTALLED_ON: Final = "installed_on"
_WATCH_FROM: Final = "watch_from"
_SAMPLE: Final = "sample"


def found(store: Store, clock: Clock, watch_from: date | None) -> None:
    """On the very first start, note the day and what is watched from."""

    def note(tx: Connection) -> None:
        today = clock.today()
        tables.meta.once(tx, _INSTALLED_ON, today.isoformat())
        tables.meta.once(tx, _WATCH_FROM, (watch_from or today).isoformat())

    store.retry(note)


def is_new(connection: Connection) -> bool:
    """Whether there has been no first start, of whatever schema the store is."""
    meta = inspect(connection).has_table("meta")
    return not meta or tables.meta.get(connection, _INSTALLED_ON) is None


def mark_sample(store: Store) -> None:
    """Note that the store is being filled with invented figures; every page says so from now on."""
    with store.begin() as tx:
        tables.meta.set(tx, _SAMPLE, "1")


def is_sample(connection: Connection) -> bool:
    """Whether the store was filled with invented figures."""
    return tables.meta.get(connection, _SAMPLE) == "1"


def facts(connection: Connection) -> dict[str, object]:
    """Return what `/v1/notice` tells of the installation."""
    return {
        "sample": is_sample(connection),
        "installed_on": tables.meta.get(connection, _INSTALLED_ON),
        "watch_from": tables.meta.get(connection, _WATCH_FROM),
    }
