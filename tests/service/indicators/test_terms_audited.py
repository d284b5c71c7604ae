"""The terms of verdicts in force at a start: noted in the audit log where they have changed."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from duibiao.audit import AuditLog
from duibiao.audit.reading import records_after
from duibiao.register import LocalThreshold, Register
from duibiao.store import Store
from services.indicators.adapters import installation
from services.indicators.adapters.installation import note_terms
from services.indicators.adapters.migrations import SCHEMA
from services.indicators.adapters.repository import tables
from tests.service.indicators.service import WORKDAYS, IndicatorsService
from tests.support.clock import ManualClock
from tests.support.registers import register, target

PLAIN = replace(register(targets=[target("T01"), target("T02")]), version="v1")
CALENDAR = "calendar-1"


class Starts:
    """A service that is started again and again under terms of our choosing."""

    def __init__(self, folder: Path) -> None:
        self.store = Store(f"sqlite:///{folder}/duibiao.db", "indicators")
        clock = ManualClock()
        SCHEMA.migrate(self.store)
        installation.found(self.store, clock, None)
        self.audit = AuditLog(tables.audit, self.store, clock)

    def start(self, register: Register = PLAIN, calendar: str = CALENDAR) -> list[tuple[Any, ...]]:
        """Start, and return what that has added: act, subject, details."""
        before = self.audit.checkpoint().sequence
        with self.store.begin() as tx:
            note_terms(tx, self.audit, register, calendar)
        rows = records_after(self.store, before, 100)
        assert {row[2] for row in rows} <= {"duibiao"}
        return [tuple(row[3:6]) for row in rows]


@pytest.fixture
def starts(tmp_path: Path) -> Starts:
    return Starts(tmp_path)


def overlaid(threshold: str, version: str) -> Register:
    """Return the register with a local threshold laid over T02."""
    one = LocalThreshold("T02", Decimal(threshold), "percent", "市营商办", date(2021, 2, 1))
    local = PLAIN.target("T02").decided([one])
    return replace(PLAIN, version=version, targets=(PLAIN.targets[0], local))


def test_the_first_start_notes_register_and_calendar(starts: Starts) -> None:
    assert starts.start() == [
        ("register.in-force", "v1", '{"previous":null}'),
        ("calendar.in-force", CALENDAR, '{"previous":null}'),
    ]


def test_a_start_under_the_same_terms_notes_nothing(starts: Starts) -> None:
    starts.start()
    assert starts.start() == []
    starts.start(overlaid("90", "v2"))
    assert starts.start(overlaid("90", "v2")) == []


def test_another_register_is_noted_with_the_one_before(starts: Starts) -> None:
    starts.start()
    assert starts.start(replace(PLAIN, version="v2")) == [
        ("register.in-force", "v2", '{"previous":"v1"}')
    ]
    assert starts.start() == [("register.in-force", "v1", '{"previous":"v2"}')]


def test_another_calendar_is_noted(starts: Starts) -> None:
    starts.start()
    assert starts.start(calendar="calendar-2") == [
        ("calendar.in-force", "calendar-2", '{"previous":"calendar-1"}')
    ]


def test_local_thresholds_are_noted_with_who_decided_them(starts: Starts) -> None:
    starts.start()
    ninety = '"T02//2021-02-01":{"decided_by":"市营商办","threshold":"90"}'
    sixty = ninety.replace("90", "60")
    assert starts.start(overlaid("90", "v1")) == [
        ("overlay.in-force", "v1", f'{{"previous":{{}},"thresholds":{{{ninety}}}}}')
    ]
    assert starts.start(overlaid("60", "v1")) == [
        ("overlay.in-force", "v1", f'{{"previous":{{{ninety}}},"thresholds":{{{sixty}}}}}')
    ]
    assert starts.start() == [
        ("overlay.in-force", "v1", f'{{"previous":{{{sixty}}},"thresholds":{{}}}}')
    ]


def test_the_service_notes_its_terms_and_shows_them(tmp_path: Path) -> None:
    for _ in range(2):
        with IndicatorsService(tmp_path) as service:
            service.start()
            answer = service.calls("office").get("/v1/audit/indicators")
            acts = [(one["act"], one["subject"]) for one in answer.json()["items"]]
            version = service.register.version
        assert acts == [("register.in-force", version), ("calendar.in-force", WORKDAYS.version)]
