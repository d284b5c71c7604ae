"""A replay from its beginning to its end.

The state that stands is read as of one moment and not touched until the last step; killed anywhere
before, it is as it was. The last step is one transaction: it checks that nothing has moved since
that moment, puts each table that differs in the place of the one that stands, and queues what is
to be published. What is equal is left alone, so nothing that did not change is said again.
"""

import zlib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from heapq import merge
from itertools import groupby
from operator import itemgetter
from typing import Any, Final, Literal

from sqlalchemy import Connection, Table, delete, select

from duibiao.audit import SYSTEM, Act, AuditLog
from duibiao.bus import Bus, Event, UnprocessableRecord
from duibiao.bus.reading import everything
from duibiao.contracts.topics import DECISIONS, SUBMISSIONS
from duibiao.core import Clock, new_id
from duibiao.core.failpoints import failpoint
from duibiao.store import Store, scratch
from services.indicators.adapters.encoding import decompressed
from services.indicators.adapters.events import Events, read_decision
from services.indicators.adapters.replay.rebuild import (
    History,
    Rebuilt,
    Since,
    StoredSubmissions,
    judge_all,
    readable,
    take_all,
)
from services.indicators.adapters.repository import tables
from services.indicators.adapters.repository.batches import add
from services.indicators.adapters.repository.repository import SqlRepository, version_row
from services.indicators.domain.criterion import Ruleset
from services.indicators.domain.decisions import Decision
from services.indicators.domain.rows import Applied, Changes
from services.indicators.usecases.evidence import EvidenceCache
from services.indicators.usecases.pass_day import same_ruleset

_AT_ONCE: Final = 2_000  # rows held in memory at a time

# missing: the submissions give a row that does not stand. extra: a row stands that none gives.
Kind = Literal["missing", "extra", "changed"]


@dataclass(frozen=True, slots=True)
class Difference:
    """One row that differs. `fields`: name -> (as it stands, as it is rebuilt)."""

    table: str
    key: str
    kind: Kind
    fields: Mapping[str, tuple[object, object]]


def differing(standing: Connection, anew: Connection, table: Table) -> Iterator[Difference]:
    """Yield what differs between a table here and there, by primary key."""
    keys = list(table.primary_key.columns)
    columns = [*keys, *(column for column in table.columns if not column.primary_key)]
    query = select(*columns).order_by(*keys)

    def rows(connection: Connection, side: int) -> Iterator[tuple[Any, ...]]:
        for row in connection.execute(query, execution_options={"yield_per": _AT_ONCE}):
            yield tuple(row[: len(keys)]), side, tuple(row)

    both = merge(rows(standing, 0), rows(anew, 1), key=itemgetter(0, 1))
    for key, group in groupby(both, key=itemgetter(0)):
        found = {side: row for _, side, row in group}
        old, new = found.get(0), found.get(1)
        if old != new:
            kind: Kind = "missing" if old is None else "extra" if new is None else "changed"
            pairs = zip(columns, old or (), new or (), strict=False)
            fields = {c.name: (_shown(a), _shown(b)) for c, a, b in pairs if a != b}
            yield Difference(table.name, "/".join(map(str, key)), kind, fields)


def _shown(value: object) -> object:
    """Return a value of a row; of a compressed document its text."""
    if not isinstance(value, bytes):
        return value
    try:
        return decompressed(value).decode()
    except (zlib.error, ValueError):
        return value.hex()


LISTED: Final = 1_000  # differences of one table that are listed one by one

# What follows from the submissions, the register and the calendar.
REBUILT: Final[Sequence[Table]] = (
    *(tables.figures, tables.cases, tables.reports, tables.approvals),
    *(tables.figure_statements, tables.case_statements, tables.report_statements),
    *(tables.rollups, tables.applied, tables.verdicts, tables.duties),
)

Stage = str
# (stage, how many so far): "read" submissions, "judge", "compare" tables, "swap".
Progress = Callable[[Stage, int], None]


_MOVED_ON: Final = (
    "比对期间服务仍在处理报送，未作替换：先停止 indicators 服务，再重放。"
    "The service went on meanwhile, so nothing was replaced: stop indicators, then replay"
)


class ReplayError(Exception):
    """The replay cannot be done as things are; the text says why and what to do."""


class MovedOn(ReplayError):  # noqa: N818 - what happened
    """The state moved while it was compared; nothing was replaced."""


@dataclass(slots=True)
class Report:
    """What a replay found, and whether it replaced anything.

    `counts`: differing rows by table. `differences`: the first `LISTED` of each table. `lost`: ids
    of submissions that had been applied and are found nowhere; then nothing is ever replaced.
    `revised`: verdicts and duties that are published anew.
    """

    judged_day: date
    taken: Rebuilt
    counts: Counter[str] = field(default_factory=Counter)
    differences: list[Difference] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    revised: int = 0
    swapped: bool = False

    @property
    def total(self) -> int:
        return self.counts.total()


@dataclass(frozen=True, slots=True)
class Replay:
    """Replays one installation's submissions into the state of the indicators service.

    `kept`: the submissions that ingest keeps, None where they are not at hand.
    """

    store: Store
    bus: Bus
    kept: StoredSubmissions | None
    ruleset: Ruleset
    clock: Clock
    audit: AuditLog
    topic_prefix: str

    @property
    def topic(self) -> str:
        return SUBMISSIONS.name(self.topic_prefix)

    def run(
        self,
        since: Since,
        *,
        check: bool,
        by: Mapping[str, str],
        progress: Progress = lambda *_: None,
    ) -> Report:
        """Replay and compare; without `check`, also put what differs in its place.

        `by` goes into the audit log. May raise `Retry` when log or store cannot be reached.

        Raises:
            MovedOn: the service went on meanwhile and there was something to replace.
            ReplayError: the state rests on another register or calendar.

        """
        with self.store.read() as standing, self._rebuilt() as anew:
            self.store.disable_idle_timeout(standing)
            before = self._stands(standing)
            day = self._judged_day(standing)
            now = self.clock.now()
            taken = take_all(
                anew,
                standing,
                self.ruleset.register,
                self._history(standing, since),
                now=now,
                progress=lambda taken: progress("read", taken.submissions),
            )
            progress("judge", 0)
            ids = partial(new_id, self.clock)
            decisions = self._decisions(standing)
            changes = judge_all(
                anew, standing, self.ruleset, day, decisions=decisions, now=now, new_id=ids
            )
            report = Report(day, taken, revised=len(changes.verdicts) + len(changes.duties))
            with anew.read() as rebuilt:
                anew.disable_idle_timeout(rebuilt)
                _compare(standing, rebuilt, report, progress)
                if report.total and not report.lost and not check:
                    progress("swap", report.total)
                    with self.store.begin() as tx:
                        self.store.disable_idle_timeout(tx)
                        if self._stands(tx, hold=True) != before:
                            raise MovedOn(_MOVED_ON)
                        _swap(tx, standing, rebuilt, report.counts)
                        for decision in decisions:
                            SqlRepository(tx).save_decision(decision)
                        self._note(tx, report, changes, by)
                        failpoint("replay.before-commit")
                    failpoint("replay.after-commit")
                    report.swapped = True
        return report

    @contextmanager
    def _rebuilt(self) -> Iterator[Store]:
        with scratch(self.store, f"{self.store.schema}-replay") as anew:
            with anew.begin() as tx:
                made = [*REBUILT, tables.verdict_versions, tables.decisions, tables.meta.table]
                tables.metadata.create_all(tx, tables=made)
            yield anew

    def _stands(self, connection: Connection, *, hold: bool = False) -> tuple[object, ...]:
        """Return where the state stands; with `hold`, nobody moves it before the end."""
        positions = tables.positions.on(connection, self.topic, hold=hold)
        return positions, SqlRepository(connection).mark()

    def _judged_day(self, standing: Connection) -> date:
        checkpoint = SqlRepository(standing).checkpoint()
        if checkpoint is None:
            return self.clock.today()
        if not same_ruleset(checkpoint, self.ruleset):
            raise ReplayError(
                "现有结论依据的是另一版目标登记或日历：先启动一次服务，再重放。"
                f"The verdicts rest on register {checkpoint.register_version} and calendar "
                f"{checkpoint.calendar_version}, not on those here: start the service once, then "
                "replay"
            )
        return checkpoint.judged_day

    def _decisions(self, standing: Connection) -> Sequence[Decision]:
        """Return the decisions of the store, and those that only the log has."""
        found = {one.id: one for one in SqlRepository(standing).decisions()}
        topic = DECISIONS.name(self.topic_prefix)
        for record in everything(self.bus, topic):
            with suppress(UnprocessableRecord):
                decision = read_decision(record.event.data, record.event.key)
                found.setdefault(decision.id, decision)
        return [found[ident] for ident in sorted(found)]

    def _history(self, standing: Connection, since: Since) -> History:
        positions = tables.positions.on(standing, self.topic)
        repository = SqlRepository(standing)
        return History(
            self.bus,
            self.topic,
            self.kept,
            since,
            was_read=lambda record: record.offset < positions.get(record.partition, 0),
            was_applied=lambda ident: repository.applied(ident) is not None,
        )

    def _note(
        self, tx: Connection, report: Report, changes: Changes, by: Mapping[str, str]
    ) -> None:
        """Put in what is to be published, the audit record, and the state's new mark."""
        events = Events(self.clock, self.topic_prefix)
        outcomes: Iterator[Event] = (
            events.of_outcome(submission, Applied(counts, Changes()))
            for submission, counts in report.taken.new
        )
        tables.outbox.put(tx, (*events.of_changes(changes), *outcomes))
        EvidenceCache().end(SqlRepository(tx))
        details = {**by, "differences": report.total, "submissions": report.taken.submissions}
        self.audit.append(tx, [Act(SYSTEM, "state.replayed", self.topic, details)])


def _compare(standing: Connection, anew: Connection, report: Report, progress: Progress) -> None:
    for number, table in enumerate(REBUILT):
        progress("compare", number)
        for found in differing(standing, anew, table):
            report.counts[table.name] += 1
            if report.counts[table.name] <= LISTED:
                report.differences.append(found)
            if table is tables.applied and found.kind == "extra":
                report.lost.append(found.key)


def _swap(tx: Connection, standing: Connection, anew: Connection, counts: Counter[str]) -> None:
    """Put the tables that differ in place of those that stand; keep what verdicts said before."""
    if counts[tables.verdicts.name]:
        stay = set(anew.scalars(select(tables.verdicts.c.id)))
        before = (
            version_row(tuple(row[:4]), row, row.document, row.proof)
            for row in standing.execute(select(tables.verdicts))
            if row.id not in stay and readable(row) is not None
        )
        add(tx, tables.verdict_versions, list(before))
        _copy(tx, anew, tables.verdict_versions)
    for table in REBUILT:
        if counts[table.name]:
            tx.execute(delete(table))
            _copy(tx, anew, table)


def _copy(tx: Connection, anew: Connection, table: Table) -> None:
    options = {"yield_per": _AT_ONCE}
    for some in anew.execute(select(table), execution_options=options).partitions():
        add(tx, table, [tuple(row) for row in some])
