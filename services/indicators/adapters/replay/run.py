"""A replay from its beginning to its end.

The state that stands is read as of one moment and not touched until the last step; killed anywhere
before, it is as it was. The last step is one transaction: it checks that nothing has moved since
that moment, puts each row that differs in the place of the one that stands, and queues what is to
be told. What is equal is left alone, so nothing that did not change is said again.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from itertools import islice
from typing import Final

from sqlalchemy import Connection, Table, select

from duibiao.audit import SYSTEM, Act, AuditLog
from duibiao.bus import Bus, Event, Record
from duibiao.contracts.topics import SUBMISSIONS
from duibiao.runtime import Clock, new_id
from duibiao.runtime.failpoints import failpoint
from duibiao.store import Store, scratch
from services.indicators.adapters.events import Events
from services.indicators.adapters.ledger import tables
from services.indicators.adapters.ledger.batches import add, remove, upsert
from services.indicators.adapters.ledger.sql import SqlLedger
from services.indicators.adapters.replay.comparing import Difference, Pair, differing
from services.indicators.adapters.replay.fence import Fence
from services.indicators.adapters.replay.history import History, Kept, Since
from services.indicators.adapters.replay.rebuilding import Taken, judge_all, take_all
from services.indicators.adapters.replay.scope import MADE_ANEW
from services.indicators.domain.rows import Applied, Changes
from services.indicators.domain.yardstick import Yardstick
from services.indicators.usecases.evidence import EvidenceCache
from services.indicators.usecases.pass_day import same_yardstick

LISTED: Final = 1_000  # differences of one table that are told one by one
_AT_ONCE: Final = 2_000  # rows written at a time
_SCRATCH: Final = (*MADE_ANEW, tables.verdict_versions)

Stage = str
Told = Callable[[Stage, int], None]
"""(stage, how many so far): "read" submissions, "judge", "compare" tables, "swap"."""


class ReplayError(Exception):
    """The replay cannot be done as things are; the text says why and what to do."""


class MovedOn(ReplayError):  # noqa: N818 - what happened
    """The state moved while it was compared; nothing was replaced."""


@dataclass(slots=True)
class Report:
    """What a replay found, and whether it replaced anything.

    `counts`: differing rows by table. `differences`: the first `LISTED` of each table. `lost`: ids
    of submissions that had been applied and are found nowhere; then nothing is ever replaced.
    `revised`: verdicts and duties that are told anew.
    """

    judged_day: date
    taken: Taken
    counts: Counter[str] = field(default_factory=Counter)
    differences: list[Difference] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    revised: int = 0
    swapped: bool = False

    @property
    def total(self) -> int:
        """How many rows differ."""
        return self.counts.total()


class Replay:
    """Replays one installation's submissions into the state of the indicators service."""

    def __init__(
        self,
        store: Store,
        bus: Bus,
        kept: Kept | None,
        yardstick: Yardstick,
        clock: Clock,
        audit: AuditLog,
        *,
        topic_prefix: str,
    ) -> None:
        """`kept`: the submissions that ingest keeps, None where they are not at hand."""
        self._store = store
        self._bus = bus
        self._kept = kept
        self._yardstick = yardstick
        self._clock = clock
        self._audit = audit
        self._prefix = topic_prefix
        self._topic = SUBMISSIONS.name(topic_prefix)

    def run(
        self, since: Since, *, check: bool, by: Mapping[str, str], told: Told = lambda *_: None
    ) -> Report:
        """Replay and compare; without `check`, also put what differs in its place.

        `by` goes into the audit log. May raise `Retry` when log or store cannot be reached.

        Raises:
            MovedOn: the service went on meanwhile and there was something to replace.
            ReplayError: the state rests on another register or calendar.

        """
        with self._store.read() as standing, self._anew() as anew:
            self._store.take_time(standing)
            fence = Fence.of(standing, self._topic)
            day = self._judged_day(standing)
            now = self._clock.now()
            taken = take_all(
                anew,
                standing,
                self._yardstick.register,
                self._history(standing, since),
                now=now,
                told=lambda taken: told("read", taken.submissions),
            )
            told("judge", 0)
            ids = partial(new_id, self._clock)
            changes, harmed = judge_all(anew, standing, self._yardstick, day, now=now, new_id=ids)
            report = Report(day, taken, revised=len(changes.verdicts) + len(changes.duties))
            report.counts.update(harm.table for harm in harmed)
            report.differences += harmed[:LISTED]
            with anew.read() as told_again:
                anew.take_time(told_again)
                self._compare(standing, told_again, report, told)
                if report.total and not report.lost and not check:
                    told("swap", report.total)
                    self._swap(standing, told_again, fence, report, changes, by)
        return report

    @contextmanager
    def _anew(self) -> Iterator[Store]:
        with scratch(self._store, f"{self._store.schema}-replay") as anew:
            with anew.begin() as tx:
                tables.metadata.create_all(tx, tables=[*_SCRATCH, tables.meta.table])
            yield anew

    def _judged_day(self, standing: Connection) -> date:
        footing = SqlLedger(standing).footing()
        if footing is None:
            return self._clock.today()
        if not same_yardstick(footing, self._yardstick):
            raise ReplayError(
                "现有结论依据的是另一版目标登记或日历：先启动一次服务，再重放。"
                f"The verdicts rest on register {footing.register_version} and calendar "
                f"{footing.calendar_version}, not on those here: start the service once, then "
                "replay"
            )
        return footing.judged_day

    def _history(self, standing: Connection, since: Since) -> History:
        positions = tables.positions.on(standing, self._topic)
        ledger = SqlLedger(standing)

        def was_read(record: Record) -> bool:
            return record.offset < positions.get(record.partition, 0)

        return History(
            self._bus,
            self._topic,
            self._kept,
            since,
            was_read=was_read,
            was_applied=lambda ident: ledger.applied(ident) is not None,
        )

    def _compare(self, standing: Connection, anew: Connection, report: Report, told: Told) -> None:
        for number, table in enumerate(MADE_ANEW):
            told("compare", number)
            for pair in differing(standing, anew, table):
                report.counts[table.name] += 1
                if report.counts[table.name] <= LISTED:
                    report.differences.append(pair.told())
                if table is tables.applied and pair.kind == "extra":
                    report.lost.append(str(pair.key["submission_id"]))

    def _swap(
        self,
        standing: Connection,
        anew: Connection,
        fence: Fence,
        report: Report,
        changes: Changes,
        by: Mapping[str, str],
    ) -> None:
        with self._store.begin() as tx:
            self._store.take_time(tx)
            if Fence.of(tx, self._topic, hold=True) != fence:
                raise MovedOn(
                    "比对期间服务仍在处理报送，未作替换：先停止 indicators 服务，再重放。"
                    "The service went on meanwhile, so nothing was replaced: stop indicators, "
                    "then replay"
                )
            for table in MADE_ANEW:
                if report.counts[table.name]:
                    _replace(tx, standing, anew, table)
            versions = anew.execute(select(tables.verdict_versions))
            while some := list(islice(versions, _AT_ONCE)):
                add(tx, tables.verdict_versions, [tuple(row) for row in some])
            tables.outbox.put(tx, self._news(report.taken, changes))
            fence.replayed(tx)
            EvidenceCache().end(SqlLedger(tx))
            details = {**by, "differences": report.total, "submissions": report.taken.submissions}
            self._audit.append(tx, [Act(SYSTEM, "state.replayed", self._topic, details)])
            failpoint("replay.before-commit")
        failpoint("replay.after-commit")
        report.swapped = True

    def _news(self, taken: Taken, changes: Changes) -> Iterator[Event]:
        events = Events(self._clock, self._prefix)
        yield from events.of_changes(changes)
        for new in taken.new:
            yield events.of_outcome(new.submission, Applied(new.counts, Changes()))


def _replace(tx: Connection, standing: Connection, anew: Connection, table: Table) -> None:
    """Put the rows that differ in place of those that stand."""
    # First what goes: an id that is unique may be that of a row which comes.
    for kinds in (("extra",), ("missing", "changed")):
        pairs = (pair for pair in differing(standing, anew, table) if pair.kind in kinds)
        while some := list(islice(pairs, _AT_ONCE)):
            _write(tx, table, some)


def _write(tx: Connection, table: Table, pairs: list[Pair]) -> None:
    remove(tx, table, [tuple(pair.key.values()) for pair in pairs if pair.anew is None])
    named = (pair.anew._asdict() for pair in pairs if pair.anew is not None)
    upsert(tx, table, [tuple(row[c.name] for c in table.columns) for row in named])
