"""A small desk to hand rows in at: one register with every kind of indicator, one noon."""

import json
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import Any

from duibiao.core import Clock
from duibiao.register import ClockRules, Register
from duibiao.store import Store
from services.ingest.adapters.backlog import Backlog
from services.ingest.adapters.formats import XLSX
from services.ingest.adapters.intake import BodyIntake
from services.ingest.domain.context import Kind, Limits, Sender, ValidationContext
from services.ingest.domain.errors import RowError
from services.ingest.domain.submission import DecodedSubmission, Format, IncomingRequest, Media
from tests.support import registers
from tests.support.clock import ManualClock
from tests.support.records import read_record
from tests.support.registers import CUSTOMS, FINANCE, TAX

NOON = datetime(2021, 6, 1, 4, 0, tzinfo=UTC)  # a Tuesday, 12:00 in Asia/Shanghai
LIMITS = Limits(rows=50, depth=8, name=40, text=200, future=timedelta(minutes=5))
OURS, OFFICE = Sender(TAX, office=False), Sender(None, office=True)
KINDS: tuple[Kind, ...] = ("observation", "case", "progress_report")
PATHS: dict[Kind, str] = {
    "observation": "/v1/observations",
    "case": "/v1/cases",
    "progress_report": "/v1/progress-reports",
    "approval": "/v1/approvals",
}
MEDIA_TYPES: dict[Format, str] = {
    "json": "application/json",
    "ndjson": "application/x-ndjson",
    "csv": "text/csv",
    "xlsx": XLSX,
}


def little_register() -> Register:
    """Return a register whose indicators are named after their statistic."""
    return registers.register(
        indicators=[
            registers.indicator("days", statistic="mean", maximum=1000),
            registers.indicator(
                "limit",
                statistic="each",
                minimum=1,
                maximum=None,
                clock=ClockRules(grounds=("hearing", "supplement"), usual_age=30),
            ),
            registers.indicator("own", statistic="each", clock=ClockRules(limit="deadline")),
            registers.indicator(
                "asks",
                statistic="each",
                reported_by=(TAX,),
                clock=ClockRules(max_extension=10, approve_extensions=True),
            ),
            registers.indicator("share", statistic="share", unit="percent", direction="up"),
            registers.indicator("items", statistic="latest", unit="item", maximum=500),
            registers.indicator("cost", unit="item"),
            registers.indicator("monthly", statistic="mean", period_type="month"),
            registers.indicator("theirs", statistic="mean", reported_by=(CUSTOMS,)),
        ],
        measures=[
            registers.measure("1.1", milestones=(registers.milestone("1.1-a"),)),
            registers.measure("1.2", leads=(FINANCE,)),
        ],
    )


REGISTER = little_register()


def backlog_of(
    store: Store, *, clock: Clock | None = None, most: int = 1_000, settle_seconds: float = 100.0
) -> Backlog:
    """Return the backlog of a store, at noon unless it is given a clock."""
    clock = clock or ManualClock(NOON)
    topic = "duibiao.submissions.v1"
    return Backlog(store, clock, topic, most=most, settle_seconds=settle_seconds)


def terms(
    sender: Sender = OURS,
    *,
    limits: Limits = LIMITS,
    now: datetime = NOON,
    today: date = date(2021, 6, 1),
    org: str | None = None,
) -> ValidationContext:
    return ValidationContext(REGISTER, sender, limits, now, today, org)


@cache
def intake(register: Register = REGISTER, limits: Limits = LIMITS) -> BodyIntake:
    """Return the one of all tests, whose readers of workbooks end with them."""
    return BodyIntake(register, limits, 1 << 20, 1 << 20)


def posting(
    kind: Kind,
    body: bytes = b"",
    form: Format = "json",
    *,
    sender: Sender = OURS,
    partial: bool = False,
    dry_run: bool = False,
    repeat_key: str | None = None,
) -> IncomingRequest:
    return IncomingRequest(
        kind=kind,
        sender=sender,
        key_id="key",
        actor="key/office/" if sender.office else f"key/org/{sender.org}",
        media=Media(form, None if form == "csv" else "utf-8"),
        coding="identity",
        body=body,
        partial=partial,
        dry_run=dry_run,
        repeat_key=repeat_key,
        address=PATHS[kind].encode(),
        id="id",
        received=NOON,
    )


def draft(kind: Kind, body: bytes, form: Format = "json", sender: Sender = OURS) -> IncomingRequest:
    return posting(kind, body, form, sender=sender)


def accepted(request: IncomingRequest, register: Register = REGISTER) -> DecodedSubmission | None:
    """Return what is taken of a body whose every row is fine; None of any other."""
    return intake(register).accepted(request, request.body)


def listed(request: IncomingRequest, register: Register = REGISTER) -> DecodedSubmission:
    """Read a body row by row."""
    return intake(register).listed(request, request.body)


def unpacked(taken: DecodedSubmission | None) -> Any:  # noqa: ANN401 - a record with rows
    """Return the record inside; fails where there is none."""
    assert taken is not None
    return read_record(taken.payload)


def told(flaws: Sequence[RowError]) -> list[tuple[str, str | None, int | None]]:
    """Return code, pointer and row of each flaw."""
    return [(flaw.code, flaw.pointer, flaw.index) for flaw in flaws]


def figure(**fields: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
    return {"indicator": "days", "period": "2021Q1", "value": 5.5} | fields


def case(**fields: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
    return {
        "case_no": "A-1",
        "indicator": "days",
        "accepted_at": "2021-03-01",
        "completed_at": "2021-03-08T10:00:00",
        "outcome": "completed",
    } | fields


def report(**fields: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
    return {"measure": "1.1", "period": "2021Q1", "state": "in_progress"} | fields


def read(kind: Kind, *rows: object, sender: Sender = OURS) -> DecodedSubmission:
    """Read rows one by one."""
    return listed(draft(kind, json.dumps(rows).encode(), sender=sender))


def faults(kind: Kind, row: object, sender: Sender = OURS) -> list[tuple[str, str | None]]:
    """Return code and pointer of each fault of one row."""
    taken = read(kind, row, sender=sender)
    assert all(flaw.index == 0 for flaw in taken.errors)
    return [(flaw.code, flaw.pointer) for flaw in taken.errors]
