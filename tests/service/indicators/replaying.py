"""The indicators service's state on a log and a store, driven step by step, and its replay."""

import tempfile
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from sqlalchemy import Table, delete, inspect, select, update

from duibiao.audit import AuditLog
from duibiao.bus import Event, UnprocessableRecord
from duibiao.bus.sqlite import SqliteBus
from duibiao.register import Register
from duibiao.store import Store
from duibiao.store.config_lease import ConfigLease
from services.indicators.adapters import installation
from services.indicators.adapters.events import Events
from services.indicators.adapters.judging import Judging
from services.indicators.adapters.migrations import SCHEMA
from services.indicators.adapters.replay.rebuild import Since, StoredSubmissions
from services.indicators.adapters.replay.run import REBUILT, Progress, Replay, Report
from services.indicators.adapters.repository import tables
from services.indicators.domain.criterion import Ruleset
from services.indicators.domain.decisions import Decision
from services.indicators.domain.submission import Submission
from tests.laws.indicators.random_statements import LANTIAN, YANTA, the_little_register
from tests.service.indicators.service import SUBMISSIONS, packed
from tests.support.clock import ManualClock
from tests.support.indicators import the_workdays
from tests.support.registers import CITY, region
from tests.support.statements import at

Rows = list[tuple[object, ...]]


def the_register() -> Register:
    regions = {code: region(code) for code in (CITY, YANTA, LANTIAN)}
    return replace(the_little_register(), regions=regions)


@dataclass
class KeptHere:
    """What ingest would keep."""

    submissions: dict[str, Submission] = field(default_factory=dict)

    def sent(self) -> Iterable[tuple[str, str]]:
        return [(self.submissions[name].org, name) for name in sorted(self.submissions)]

    def payloads(self, ids: Collection[str]) -> Mapping[str, bytes]:
        return {name: packed(self.submissions[name]) for name in ids}


class Installed:
    """One installation; nothing runs by itself."""

    def __init__(
        self, folder: Path, day: str, register: Register | None = None, url: str = ""
    ) -> None:
        self.folder = folder
        self.clock = ManualClock(at(day))
        self.url = url or f"sqlite:///{folder}/duibiao.db"
        self.bus = SqliteBus(folder / "duibiao-log.db", self.clock)
        self.store = Store(self.url, "indicators")
        self.store.create_schema()
        SCHEMA.migrate(self.store)
        installation.found(self.store, self.clock, None)
        self._audit = AuditLog(tables.audit, self.store, self.clock)
        self.kept = KeptHere()
        self.under(register or the_register())
        self._consumer = self.bus.consumer("", [SUBMISSIONS], lambda *_: 0)

    def close(self) -> None:
        self._consumer.close(1)
        self.store.close()
        self.bus.stop(1)

    def under(self, register: Register) -> None:
        """Start anew with this register; no day has passed yet."""
        self.ruleset = Ruleset(register, the_workdays())
        events = Events(self.clock, "duibiao.")
        config = (register.version,)
        self._lease = ConfigLease(self.store, tables.meta, config, self.clock.monotonic)
        self.judging = Judging(
            self.ruleset,
            self.clock,
            events,
            lease=self._lease,
            note_terms=lambda _: None,
            close_expired=lambda _: None,
            after_commit=lambda: None,
        )

    def append(self, submission: Submission, *, name: str = "") -> None:
        """Put a submission on the log, as ingest does."""
        self.kept.submissions[submission.id] = submission
        event = Event(
            name or submission.id,
            "duibiao.submission.accepted",
            SUBMISSIONS,
            submission.org,
            "ingest",
            submission.received_at,
            packed(submission),
        )
        self._send(event)

    def decide(self, decision: Decision) -> None:
        """Put a decision on its topic; the store does not know it."""
        self._send(Events(self.clock, "duibiao.").of_decision(decision))

    def _send(self, event: Event) -> None:
        producer = self.bus.producer()
        producer.send([event])
        producer.close(1)

    def work(self) -> None:
        """Apply what is on the log, each record with its position in one transaction."""
        while records := self._consumer.poll(100, 0):
            for record in records:
                try:
                    with self.store.begin() as tx:
                        tables.positions.expect(tx, record)
                        tables.positions.save(tx, record)
                        self.judging.take_submission(tx, record)
                except UnprocessableRecord:
                    with self.store.begin() as tx:
                        tables.positions.expect(tx, record)
                        tables.positions.save(tx, record)

    def tell(self, *submissions: Submission) -> None:
        for submission in submissions:
            self.append(submission)
        self.work()

    def pass_to(self, day: str) -> None:
        self.clock.set(max(self.clock.now(), at(day)))
        self.judging.pass_days()
        while not self._lease.acts:  # a config that was in force before wait for a silence
            self.clock.advance(seconds=1)
            self.judging.pass_days()

    def replay(
        self,
        since: Since = "earliest",
        *,
        check: bool = False,
        kept: StoredSubmissions | None = None,
        progress: Progress = lambda *_: None,
    ) -> Report:
        replay = Replay(
            self.store,
            self.bus,
            kept,
            self.ruleset,
            self.clock,
            self._audit,
            topic_prefix="duibiao.",
        )
        return replay.run(since, check=check, by={"user": "test"}, progress=progress)

    def rows(self, table: Table) -> Rows:
        keys = list(table.primary_key.columns)
        with self.store.read() as connection:
            return [tuple(row) for row in connection.execute(select(table).order_by(*keys))]

    def state(self) -> dict[str, Rows]:
        """Return every row of every table, by table."""
        return {table.name: self.rows(table) for table in tables.metadata.sorted_tables}

    def made_anew(self) -> dict[str, Rows]:
        """Return every row of the tables that a replay makes anew."""
        return {table.name: self.rows(table) for table in REBUILT}

    def change(self, table: Table, key: Sequence[object], **values: object) -> None:
        """Change a row as nobody should; without values, take it out."""
        keys = table.primary_key.columns
        at = [column == part for column, part in zip(keys, key, strict=True)]
        statement = update(table).values(**values) if values else delete(table)
        with self.store.begin() as tx:
            assert tx.execute(statement.where(*at)).rowcount == 1

    def left_behind(self) -> bool:
        """Whether the tables of a replay are still there."""
        if self.store.embedded:
            return any(self.folder.glob("*replay*"))
        with self.store.read() as connection:
            return "indicators-replay" in inspect(connection).get_schema_names()

    def says(self) -> list[Event]:
        """Return what waits in the outbox, and take it out."""
        source = tables.outbox.source(self.store)
        waiting = source.pending(100_000)
        source.sent([number for number, _ in waiting])
        return [event for _, event in waiting]

    def lose(self, *idents: str) -> None:
        """Take submissions off the log, as retention would."""
        with self.bus._writing() as connection:  # noqa: SLF001 - nobody else loses records
            for ident in idents:
                connection.execute("DELETE FROM log WHERE id = ?", (ident,))


@contextmanager
def installed(day: str, register: Register | None = None, url: str = "") -> Iterator[Installed]:
    """`url`: where the state is; in a file of its own unless given."""
    with tempfile.TemporaryDirectory() as folder:
        found = Installed(Path(folder), day, register, url)
        try:
            yield found
        finally:
            found.close()
