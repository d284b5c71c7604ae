"""Facts of the installation that the store keeps: when it began, what it watches from, if a sample.

Owns the names of these rows of the table `meta`.
"""

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from hashlib import sha256
from typing import Final, NamedTuple

import msgspec
from sqlalchemy import Connection, func, inspect, select

from duibiao.audit import SYSTEM, Act, AuditLog
from duibiao.core import Clock
from duibiao.register import Register
from duibiao.store import Store
from duibiao.workdays import from_us
from services.indicators.adapters.repository import tables
from services.indicators.domain.rows import JsonObject

_INSTALLED_ON: Final = "installed_on"
_WATCH_FROM: Final = "watch_from"
_SAMPLE: Final = "sample"


def found(store: Store, clock: Clock, watch_from: date | None, *, sample: bool = False) -> None:
    """On the very first start, note the day and what is watched from.

    `sample`: the store is being filled with invented figures; every page says so from now on.
    """

    def note(tx: Connection) -> None:
        today = clock.today()
        tables.meta.once(tx, _INSTALLED_ON, today.isoformat())
        tables.meta.once(tx, _WATCH_FROM, (watch_from or today).isoformat())
        if sample:
            tables.meta.set(tx, _SAMPLE, "1")

    store.retry(note)


def is_new(connection: Connection) -> bool:
    """Whether there has been no first start, of whatever schema the store is."""
    meta = inspect(connection).has_table("meta")
    return not meta or tables.meta.get(connection, _INSTALLED_ON) is None


def is_sample(connection: Connection) -> bool:
    return tables.meta.get(connection, _SAMPLE) == "1"


def facts(connection: Connection) -> dict[str, object]:
    return {
        "sample": is_sample(connection),
        "installed_on": tables.meta.get(connection, _INSTALLED_ON),
        "watch_from": tables.meta.get(connection, _WATCH_FROM),
    }


def state(connection: Connection) -> str:
    """Return a digest of how far the logs were read, of the last decision and the judged day."""
    read, decided = tables.metadata.tables["positions"].c, tables.audit.records.c.sequence
    positions = select(read.topic, read.partition, read.next_offset)
    known = connection.execute(positions.order_by(read.topic, read.partition)).all()
    day = tables.meta.get(connection, "checkpoint")
    last = connection.scalar(select(func.max(decided)))
    return sha256(repr((known, day, last)).encode()).hexdigest()[:16]


class Version(NamedTuple):
    """A register, calendar or overlay that came into force, by the audit record of it."""

    kind: str
    version: str
    in_force_from: datetime
    details: JsonObject
    audit_sequence: int


def versions(connection: Connection) -> list[Version]:
    """Return what was in force since when, the newest first."""
    table = tables.audit.records.c
    query = select(table.act, table.subject, table.time_us, table.details, table.sequence)
    found = query.where(table.act.like("%.in-force")).order_by(table.sequence.desc())
    return [
        Version(act.partition(".")[0], subject, from_us(us), msgspec.json.decode(details), number)
        for act, subject, us, details, number in connection.execute(found)
    ]


_NOTED: Final = "audited_terms"

Config = Mapping[str, object]


def note_terms(tx: Connection, audit: AuditLog, register: Register, calendar_version: str) -> None:
    """Append what is in force and differs from what was noted last."""
    terms = _config(register, calendar_version)
    text = tables.meta.get(tx, _NOTED)
    before: Config = {} if text is None else msgspec.json.decode(text)
    acts = list(_changes(before, terms, register.version))
    if acts:
        audit.append(tx, acts)
        encoded = msgspec.json.encode(terms, order="sorted").decode()
        tables.meta.set(tx, _NOTED, encoded)


def _config(register: Register, calendar_version: str) -> Config:
    return {
        "register": register.version,
        "calendar": calendar_version,
        "overlay": {
            f"{target.id}/{one.org or ''}/{one.since}": {
                "threshold": str(one.threshold),
                "decided_by": one.decided_by,
            }
            for target in register.targets
            for one in target.local
        },
    }


def _changes(before: Config, terms: Config, version: str) -> Iterator[Act]:
    for name, subject in (("register", version), ("calendar", str(terms["calendar"]))):
        if before.get(name) != terms[name]:
            yield Act(SYSTEM, f"{name}.in-force", subject, {"previous": before.get(name)})
    if before.get("overlay", {}) != terms["overlay"]:
        details = {"thresholds": terms["overlay"], "previous": before.get("overlay", {})}
        yield Act(SYSTEM, "overlay.in-force", version, details)
