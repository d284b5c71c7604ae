"""The terms that verdicts are reached under, noted in the audit log whenever they have changed.

Terms are the register's version, the calendar's, and the local thresholds laid over the register.
They change with files on a machine, so what is noted is that another one is in force from this
moment on, not who wrote it; a local threshold names who decided it.
"""

from collections.abc import Iterator, Mapping
from typing import Final

import msgspec
from sqlalchemy import Connection

from duibiao.audit import SYSTEM, Act, AuditLog
from duibiao.register import Register
from services.indicators.adapters.repository import tables

_NOTED: Final = "audited_terms"

Terms = Mapping[str, object]


def note_terms(tx: Connection, audit: AuditLog, register: Register, calendar_version: str) -> None:
    """Append what is in force and differs from what was noted last."""
    terms = _terms(register, calendar_version)
    text = tables.meta.get(tx, _NOTED)
    before: Terms = {} if text is None else msgspec.json.decode(text)
    acts = list(_changes(before, terms, register.version))
    if acts:
        audit.append(tx, acts)
        encoded = msgspec.json.encode(terms, order="sorted").decode()
        tables.meta.set(tx, _NOTED, encoded)


def _terms(register: Register, calendar_version: str) -> Terms:
    return {
        "register": register.version,
        "calendar": calendar_version,
        "overlay": {
            target.id: {
                "threshold": None if target.threshold is None else str(target.threshold),
                "decided_by": target.decided_by,
                "since": str(target.decided_since),
            }
            for target in register.targets
            if target.basis == "local"
        },
    }


def _changes(before: Terms, terms: Terms, version: str) -> Iterator[Act]:
    if before.get("register") != terms["register"]:
        details = {"previous": before.get("register")}
        yield Act(SYSTEM, "register.in-force", version, details)
    if before.get("calendar") != terms["calendar"]:
        details = {"previous": before.get("calendar")}
        yield Act(SYSTEM, "calendar.in-force", str(terms["calendar"]), details)
    if before.get("overlay", {}) != terms["overlay"]:
        details = {"thresholds": terms["overlay"], "previous": before.get("overlay", {})}
        yield Act(SYSTEM, "overlay.in-force", version, details)
