"""The indicators service as it is wired, on a log and a store of its own, for tests."""

import math
from collections.abc import Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from google.protobuf.json_format import Parse, ParseError
from google.protobuf.message import DecodeError
from sqlalchemy import text

from duibiao.bus import Event
from duibiao.bus.sqlite import SqliteBus
from duibiao.contracts.keys import key_of
from duibiao.contracts.v1 import alert_pb2, outcome_pb2, verdict_pb2
from duibiao.contracts.v1 import submission_pb2 as wire
from duibiao.core import Clock, new_id
from duibiao.process.lifetime import Lifetime
from duibiao.register import Register
from duibiao.store import Store
from duibiao.web.app import App
from duibiao.web.exposition import Registry, render
from duibiao.workdays import StateCouncilCalendar, Workdays
from services.indicators import wiring
from services.indicators.domain.submission import CaseStatement, Submission
from services.indicators.settings import IndicatorsSettings
from services.ingest.adapters.record import record
from services.ingest.domain.columns import columns_of
from services.ingest.domain.context import Kind
from services.ingest.domain.reading import Values
from tests.support.asgi import ADMIN, AUDITOR, CUSTOMS, OFFICE, TAX, Calls, KnownKeys
from tests.support.clock import ManualClock
from tests.support.registers import register
from tests.support.servers.databases import url_in
from tests.support.statements import at
from tests.support.waiting import until

if TYPE_CHECKING:
    from duibiao.process import Service

WORKDAYS = Workdays(StateCouncilCalendar())
SUBMISSIONS, OUTCOMES = "duibiao.submissions.v1", "duibiao.outcomes.v1"
VERDICTS, ALERTS = "duibiao.verdicts.v1", "duibiao.alerts.v1"
DEAD_LETTERS = "duibiao.dead-letters.v1"
SECONDS = 20
Row = dict[str, Any]


def after_2021() -> ManualClock:
    """Noon of 2022-01-04 in Asia/Shanghai: all of 2021 has ended."""
    return ManualClock(at("2022-01-04", 12))


@dataclass
class IndicatorsService:
    """Made in a folder; `start` sets its parts going, without it only HTTP works."""

    folder: Path
    clock: Clock = field(default_factory=after_2021)
    register: Register = field(default_factory=register)
    watch_from: date | None = date(2021, 1, 1)
    sample: bool = False
    workdays: Workdays = WORKDAYS

    def __post_init__(self) -> None:
        self.bus = SqliteBus(self.folder / "log.db", self.clock)
        self.service: Service = wiring.build(
            IndicatorsSettings(
                database_url=url_in(self.folder),
                watch_from=self.watch_from,
                max_clock_skew=math.inf,  # tests set their clocks as they like
                board_access="open-all",
            ),
            register=self.register,
            workdays=self.workdays,
            bus=self.bus,
            clock=self.clock,
            sample=self.sample,
        )
        self._lifetime = Lifetime([self.bus, *self.service.parts], self.service.closers)
        self._registry = Registry()
        for collector in self.service.collectors:
            self._registry.register(collector)
        self.app = App(
            keyring=KnownKeys(
                office=OFFICE, tax=TAX, customs=CUSTOMS, auditor=AUDITOR, admin=ADMIN
            ),
            registry=self._registry,
            routers=self.service.routers,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._lifetime.stop()

    def start(self, *, wait: bool = True) -> Self:
        """Start the parts and wait for the first day to be passed."""
        self._lifetime.start()
        if not wait:
            return self
        until(lambda: not self.service.not_ready(), seconds=SECONDS, what="the day is passed")
        return self

    def failed(self) -> object:
        return self._lifetime.failed()

    def quiet(self) -> Self:
        """Wait until everything the service has to say is on the log."""
        count = text("SELECT count(*) FROM outbox")
        with closing(Store(url_in(self.folder), "indicators")) as store:

            def sent() -> bool:
                with store.read() as connection:
                    return bool(connection.execute(count).scalar_one() == 0)

            until(sent, seconds=SECONDS, what="the outbox is empty")
        return self

    def calls(self, key: str | None = "tax") -> Calls:
        return Calls(self.app, key)

    def get(self, path: str, /, **params: str | int) -> Row:
        answer = self.calls().get(path, params=params or None)
        assert answer.status_code == 200, answer.text
        found: Row = answer.json()
        return found

    def items(self, path: str, /, **params: str | int) -> list[Row]:
        found: list[Row] = self.get(path, **params)["items"]
        return found

    def metrics(self) -> dict[str, float]:
        """Return what a scrape shows as series text -> value."""
        lines = render(self._registry)[0].decode().splitlines()
        samples = (line.rpartition(" ") for line in lines if not line.startswith("#"))
        return {name: float(value) for name, _, value in samples}

    def append(self, topic: str, *data: bytes, ids: Sequence[str] = (), key: str = "") -> None:
        """Append records to the log, as another service would, or under another key."""
        names = ids or [new_id(self.clock) for _ in data]
        now = self.clock.now()
        events = [
            Event(name, "duibiao.test", topic, key or key_in(topic, content), "test", now, content)
            for name, content in zip(names, data, strict=True)
        ]
        producer = self.bus.producer()
        producer.send(events)
        producer.close(1)

    def post(self, *submissions: Submission) -> list[outcome_pb2.Outcomes]:
        """Append submissions to the log and wait until their outcomes are told."""
        self.append(SUBMISSIONS, *(packed(submission) for submission in submissions))
        wanted = {submission.id for submission in submissions}

        def told() -> list[outcome_pb2.Outcomes] | None:
            found = [o for o in self.outcomes() if o.submission_id in wanted]
            return found if len(found) >= len(submissions) else None

        return until(told, seconds=SECONDS, what="the outcomes are told")

    def events(self, topic: str) -> list[Event]:
        """Return everything on a topic now."""
        consumer = self.bus.consumer("test", [topic], lambda *_: 0)
        found: list[Event] = []
        while records := consumer.poll(1000, 0):
            found += [record.event for record in records]
        consumer.close(1)
        return found

    def outcomes(self) -> list[outcome_pb2.Outcomes]:
        return [outcome_pb2.Outcomes.FromString(event.data) for event in self.events(OUTCOMES)]

    def changed(self) -> list[verdict_pb2.Changed]:
        return [verdict_pb2.Changed.FromString(event.data) for event in self.events(VERDICTS)]

    def told_verdicts(self, target: str = "T01") -> list[verdict_pb2.Verdict]:
        verdicts = [change.verdict for change in self.changed() if change.HasField("verdict")]
        return [verdict for verdict in verdicts if verdict.target == target]


def key_in(topic: str, data: bytes) -> str:
    """Return the key that the content has; of no message any."""
    with suppress(DecodeError, ParseError, ValueError):
        if topic == ALERTS:
            message = Parse(data, alert_pb2.AlertChanged(), ignore_unknown_fields=True)
            return key_of(message.alert)
        return key_of(wire.Submission.FromString(data))
    return "key"


def packed(submission: Submission) -> bytes:
    """Return a submission of rows of one kind as ingest packs it."""
    kind, rows = next(
        (found for found in _tables(submission).items() if found[1]), ("observation", [])
    )
    return record(
        submission.id,
        kind,
        org=submission.org,
        key_id="tax000000001",
        received_at=submission.received_at,
        received=len(rows),
        columns=columns_of(kind, rows) if rows else {},
    )


def _tables(submission: Submission) -> Mapping[Kind, list[Values]]:
    """Return the rows by kind, as ingest has them once they are checked."""
    return {
        "observation": [
            {
                **row.content._asdict(),
                "indicator": row.key.indicator,
                "region": row.key.region,
                "period": row.key.period,
                "status": "not_applicable" if row.content.not_applicable else None,
                "comment": row.content.comment or None,
                "stated_at": row.stated_at,
                "org": None,
            }
            for row in submission.observations
        ],
        "case": [
            {
                **row.content._asdict(),
                "case_no": row.case_no,
                "indicator": row.indicator,
                "pauses": [
                    {
                        "from": one.start,
                        "to": one.end,
                        "ground": one.ground,
                        "document": one.document,
                    }
                    for one in row.content.pauses
                ],
                "extension": _extension(row),
                "labels": dict(row.content.labels),
                "stated_at": row.stated_at,
                "org": None,
            }
            for row in submission.cases
        ],
        "progress_report": [
            {
                **row.content._asdict(),
                "measure": row.key.measure,
                "period": row.key.period,
                "milestone": row.key.milestone or None,
                "summary": row.content.summary or None,
                "stated_at": row.stated_at,
                "org": None,
            }
            for row in submission.reports
        ],
    }


def _extension(row: CaseStatement) -> Values | None:
    extension = row.content.extension
    return None if extension is None else extension._asdict() | {"days": Decimal(extension.days)}
