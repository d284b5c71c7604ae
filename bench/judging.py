"""What judging costs beside the bare store: rows 5, 6 and 8 of the speed table.

Both sides run in this process, one after the other in every round, on SQLite files with FULL
synchronisation. What counts is the processor's time.
"""

import gc
import os
import sqlite3
import tempfile
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from random import Random
from statistics import median
from typing import Final

from bench.table import Line
from duibiao.bus import Event
from duibiao.bus.dead_letters import DeadLetters
from duibiao.bus.sqlite import SqliteBus
from duibiao.bus.worker import Worker
from duibiao.contracts.v1 import submission_pb2 as wire
from duibiao.core import SystemClock, new_id
from duibiao.register import Register, default_folder, load
from duibiao.store import Store
from duibiao.store.config_lease import ConfigLease
from duibiao.workdays import StateCouncilCalendar, Workdays
from services.indicators.adapters.events import Events
from services.indicators.adapters.judging import Judging
from services.indicators.adapters.messages import texts, times
from services.indicators.adapters.migrations import SCHEMA
from services.indicators.adapters.repository import tables
from services.indicators.domain.criterion import Ruleset
from services.ingest.adapters.record import record
from services.ingest.domain.columns import Columns
from services.ingest.domain.context import Kind

TOPIC: Final = "duibiao.submissions.v1"
MORTGAGE: Final = "mortgage-registration-days", "resources-planning-bureau"
FIGURES: Final = "export-rebate-days", "tax-bureau"
REGIONS: Final = [f"6101{n:02}" for n in (2, 3, 4, 11, 12, 13, 14, 15, 16, 17, 18, 22, 24)]
ROWS: Final = 10_000  # of one submission of cases
AT_ONCE: Final = 1_000  # figures of one submission
CASES: Final = 1_000_000
SERIES: Final = 644, 50_000
QUARTER: Final = {1: "2021Q1", 2: "2021Q2", 3: "2021Q3", 4: "2021Q4"}
START: Final = datetime(2021, 1, 1, 1, tzinfo=UTC)
CASE: Final = (
    "indicator TEXT NOT NULL, org TEXT NOT NULL, case_no TEXT NOT NULL, region TEXT NOT NULL, "
    "accepted_us BIGINT NOT NULL, completed_us BIGINT, outcome TEXT NOT NULL, resolved BOOLEAN, "
    "deadline_us BIGINT, details TEXT, stated_us BIGINT NOT NULL, submission_id TEXT NOT NULL, "
    "received_us BIGINT NOT NULL, PRIMARY KEY (indicator, org, case_no)"
)
DOCUMENT: Final = "id TEXT PRIMARY KEY, document TEXT NOT NULL"
Submissions = Iterable[wire.Submission]


class Installation:
    """The indicators service's state and its log in a folder; `judge` does what its worker does."""

    def __init__(self, folder: Path, register: Register) -> None:
        self.clock = SystemClock()
        self.bus = SqliteBus(folder / "log.db", self.clock)
        self.store = Store(f"sqlite:///{folder}/duibiao.db", "indicators", clock=self.clock)
        self.store.create_schema()
        SCHEMA.migrate(self.store)
        self.commits = 0
        self.store.on_commit(self._committed)
        workdays = Workdays(StateCouncilCalendar())
        lease = ConfigLease(self.store, tables.meta, ("bench",), self.clock.monotonic)
        self.judging = Judging(
            Ruleset(register, workdays),
            self.clock,
            Events(self.clock, "duibiao."),
            lease=lease,
            note_terms=lambda _: None,
            close_expired=lambda _: None,
            after_commit=lambda: None,
        )
        self.judging.pass_days()
        self._worker = Worker(
            "bench submissions",
            bus=self.bus,
            group="bench",
            topics=[TOPIC],
            store=self.store,
            positions=tables.positions,
            handle=self.judging.take_submission,
            outbox=tables.outbox,
            dead_letters=DeadLetters("bench", self.clock, "duibiao."),
            lease=lease,
        )
        self._sent = 0

    def send(self, submissions: Iterable[wire.Submission]) -> None:
        """Put submissions on the log, as ingest does."""
        producer = self.bus.producer()
        for submission in submissions:
            data = submission.SerializeToString()
            now = self.clock.now()
            kind = "duibiao.submission.accepted"
            producer.send([Event(submission.id, kind, TOPIC, submission.org, "ingest", now, data)])
            self._sent += 1
        producer.close(1)

    def judge(self) -> float:
        """Apply all that was sent; return the seconds of processor time that it took."""
        gc.collect()
        began = time.process_time()
        while self._position() <= self._sent:  # the first offset is 1
            self._worker.turn()
            if self._worker.dead:
                raise RuntimeError("a submission was given up")
        return time.process_time() - began

    def count(self, table: str) -> int:
        """Return how many rows a table has."""
        with self.store.read() as connection:
            found: int = connection.exec_driver_sql(f"SELECT count(*) FROM {table}").scalar_one()  # noqa: S608
        return found

    def close(self) -> None:
        """Close store and log."""
        self._worker.leave()
        self.store.close()
        self.bus.stop(1)

    def _position(self) -> int:
        with self.store.read() as connection:
            return tables.positions.of(connection, TOPIC, 0)

    def _committed(self) -> None:
        self.commits += 1


@contextmanager
def installed(register: Register) -> Iterator[Installation]:
    """Open an installation in a folder that goes at the end."""
    with tempfile.TemporaryDirectory(dir=Path("var").resolve()) as folder:
        found = Installation(Path(folder), register)
        try:
            yield found
        finally:
            found.close()


def bare(columns: str, rows: Iterable[Sequence[object]], at_once: int) -> float:
    """Upsert rows by plain `executemany`, a commit after each `at_once`; return the seconds."""
    names = [part.split()[0] for part in columns.split(", PRIMARY", maxsplit=1)[0].split(", ")]
    keys = names[:3] if "PRIMARY KEY (" in columns else names[:1]
    changed = ", ".join(f"{name} = excluded.{name}" for name in names if name not in keys)
    statement = (
        f"INSERT INTO bare VALUES ({', '.join('?' * len(names))}) "  # noqa: S608 - our own names
        f"ON CONFLICT ({', '.join(keys)}) DO UPDATE SET {changed}"
    )
    with tempfile.TemporaryDirectory(dir=Path("var").resolve()) as folder:
        connection = sqlite3.connect(Path(folder) / "bare.db", isolation_level=None)
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute(f"CREATE TABLE bare ({columns}) WITHOUT ROWID")
        waiting = iter(rows)
        gc.collect()
        began = time.process_time()
        while some := list(islice(waiting, at_once)):
            connection.execute("BEGIN IMMEDIATE")
            connection.executemany(statement, some)
            connection.execute("COMMIT")
        lasted = time.process_time() - began
        connection.close()
    return lasted


# Row 5: cases from the log until judged.


def case_submissions(
    count: int, clock: SystemClock, seed: int = 1, region: str | None = None
) -> Iterator[wire.Submission]:
    """Yield submissions of cases of the sample's shape: one unit, 13 districts, a quarter each."""
    random, (indicator, org) = Random(seed), MORTGAGE  # noqa: S311 - the same each time
    for number in range(0, count, ROWS):
        quarter = START + timedelta(days=91 * (number // ROWS % 4))
        numbers = range(number, min(number + ROWS, count))
        accepted = [_us(quarter + timedelta(seconds=random.randrange(88 * 86400))) for _ in numbers]
        lasted = [random.randrange(2 * 86400) * 1_000_000 for _ in numbers]
        is_open = [random.random() < 0.02 for _ in numbers]
        columns: Columns = {
            "case_no": [f"XA-{seed}-{n:08}" for n in numbers],
            "indicator": [indicator for _ in numbers],
            "region": [region or random.choice(REGIONS) for _ in numbers],
            "accepted_at": accepted,
            "completed_at": [
                None if still else start + us
                for start, us, still in zip(accepted, lasted, is_open, strict=True)
            ],
            "outcome": ["open" if still else "completed" for still in is_open],
        }
        yield _submission("case", org, columns, clock)


def _submission(kind: Kind, org: str, columns: Columns, clock: SystemClock) -> wire.Submission:
    """Return a record of rows as ingest makes it."""
    return wire.Submission.FromString(
        record(
            new_id(clock),
            kind,
            org=org,
            key_id="",
            received_at=datetime.now(UTC),
            received=len(columns["indicator"]),
            columns=columns,
        )
    )


def decoded(records: Iterable[bytes]) -> Iterator[tuple[object, ...]]:
    """Decode records and read every field of every case."""
    for data in records:
        found = wire.Submission.FromString(data)
        org, ident, received_us = found.org, found.id, found.received_us
        count, table = found.received, found.cases
        yield from zip(
            texts(table.indicator, count),
            [org] * count,
            texts(table.case_no, count),
            texts(table.region, count),
            times(table.accepted_at, count, received_us),
            times(table.completed_at, count, received_us),
            texts(table.outcome, count),
            texts(table.resolved, count),
            times(table.deadline, count, received_us),
            [None] * count,
            [received_us] * count,
            [ident] * count,
            [received_us] * count,
            strict=True,
        )


def cases(count: int) -> tuple[float, float]:
    """Return seconds of ours and of decoding with one bare upsert."""
    sent = list(case_submissions(count, SystemClock()))
    with installed(load(default_folder())) as ours:
        ours.send(sent)
        before = ours.commits
        lasted = ours.judge()
        commits = max(1, ours.commits - before)
        if ours.count("cases") != count:
            raise RuntimeError("not every case was kept")
    records = [submission.SerializeToString() for submission in sent]
    return lasted, bare(CASE, decoded(records), -(-count // commits))


# Row 6: figures, each of a series of its own.


def wide(regions: int) -> Register:
    """Return the register with so many districts."""
    register = load(default_folder())
    one = register.regions[REGIONS[0]]
    more = {f"R{n:06}": replace(one, code=f"R{n:06}") for n in range(regions)}
    return replace(register, regions={**register.regions, **more})


def figure_submissions(
    regions: Sequence[str], clock: SystemClock, value: int = 5, at_once: int = AT_ONCE
) -> Iterator[wire.Submission]:
    """Yield submissions of one figure for each region."""
    indicator, org = FIGURES
    for start in range(0, len(regions), at_once):
        some = regions[start : start + at_once]
        columns: Columns = {
            "indicator": [indicator for _ in some],
            "region": some,
            "period": ["2021Q1" for _ in some],
            "value": [str(value) for _ in some],
            "sample_size": [str(20 + index % 7) for index, _ in enumerate(some)],
        }
        yield _submission("observation", org, columns, clock)


def figures(series: int) -> tuple[float, float, float]:
    """Return seconds per document of ours and of a bare upsert, and of one figure by itself."""
    codes = [f"R{n:06}" for n in range(series)]
    with installed(wide(series)) as ours:
        before = ours.count("verdicts")
        ours.send(figure_submissions(codes, ours.clock))
        lasted = ours.judge()
        made = ours.count("verdicts") - before
        alone = 20
        ours.send(figure_submissions(codes[:alone], ours.clock, 6, 1))
        single = ours.judge() / alone
    document = "x" * 900
    rows = ((f"0190-{n:032}", document) for n in range(made))
    return lasted / series, bare(DOCUMENT, rows, AT_ONCE) / series, single


# Row 8: what one post costs as the history grows.


def posts(rounds: int, line: Line, little: Submissions, much: Submissions) -> Line:
    """Measure a post of ten cases after little and after much was judged, in turns."""
    with installed(load(default_folder())) as short, installed(load(default_folder())) as long:
        for ours, submissions in ((short, little), (long, much)):
            ours.send(submissions)
            ours.judge()
            _post(ours, 10)  # warm up
        for turn in range(rounds):
            line.add(_post(long, 100 * turn + 20) * 1e3, _post(short, 100 * turn + 20) * 1e3)
    return line


def _post(ours: Installation, first: int) -> float:
    costs = []
    for n in range(first, first + 20):
        ours.send(islice(_small(ours.clock, n), 1))
        costs.append(ours.judge())
    return median(costs)


def _small(clock: SystemClock, seed: int) -> Iterator[wire.Submission]:
    return case_submissions(10, clock, seed + 2, REGIONS[0])


def _old_quarters(number: int, clock: SystemClock) -> Iterator[wire.Submission]:
    indicator, org = MORTGAGE
    for back in range(number):
        year, quarter = divmod(4 * 2021 - back, 4)
        accepted = datetime(year, 3 * quarter + 1, 5, 2, tzinfo=UTC)
        columns: Columns = {
            "case_no": [f"OLD-{back}"],
            "indicator": [indicator],
            "region": [REGIONS[0]],
            "accepted_at": [_us(accepted)],
            "completed_at": [_us(accepted + timedelta(days=1))],
            "outcome": ["completed"],
        }
        yield _submission("case", org, columns, clock)


def _us(moment: datetime) -> int:
    return int(moment.timestamp() * 1_000_000)


def lines(rounds: int) -> Iterator[Line]:
    """Measure; yield the lines of the table."""
    os.sched_setaffinity(0, {0})
    Path("var").mkdir(exist_ok=True)
    upsert = "decoding and one bare executemany upsert into SQLite"
    line = Line("5", f"{CASES:,} cases from the log until judged", upsert, 0.35, "us a case")
    for _ in range(rounds):
        line.add(*(seconds / CASES * 1e6 for seconds in cases(CASES)))
    yield line
    yield from _figure_lines(rounds)
    clock = SystemClock()
    line = Line(
        "8", "a post of ten cases after 1,000,000 cases", "after 1,000", 1.1, "ms", most=True
    )
    yield posts(rounds, line, case_submissions(1_000, clock), case_submissions(CASES, clock))
    line = Line("8", "a post of ten cases after 60 quarters", "after 1", 1.1, "ms", most=True)
    yield posts(rounds, line, _old_quarters(1, clock), _old_quarters(60, clock))


def _figure_lines(rounds: int) -> Iterator[Line]:
    few, many = SERIES
    what = f"{many:,} figures of as many series, judged, stored with proofs"
    bulk = Line("6", what, "bare upsert of as many documents", 0.2, "us each")
    what = f"one figure posted alone, {many:,} series"
    alone = Line("6", what, f"{few} series", 1.3, "ms", most=True)
    for _ in range(rounds):
        (_, _, short), (ours, bare, long) = figures(few), figures(many)
        bulk.add(ours * 1e6, bare * 1e6)
        alone.add(long * 1e3, short * 1e3)
    yield from (bulk, alone)
