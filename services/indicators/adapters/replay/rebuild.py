"""The state rebuilt in tables of its own, from the same submissions in the same order.

Rows are settled by the use case that settled them the first time. Everything is counted and judged
once, at the end, beside the verdicts that stand: one that comes out the same keeps its id and the
moment at which it was reached, and whatever does not becomes a new version as on any other day.
"""

import zlib
from collections import deque
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Final, Literal, NamedTuple, Protocol

import msgspec
from sqlalchemy import Connection, Row, select

from duibiao.bus import Bus, Record, UnprocessableRecord
from duibiao.bus.reading import everything
from duibiao.core.failpoints import failpoint
from duibiao.register import Register
from duibiao.store import Store
from duibiao.workdays import from_us
from services.indicators.adapters.encoding import decompressed, from_json, to_document
from services.indicators.adapters.messages import read_submission, whose
from services.indicators.adapters.repository import tables
from services.indicators.adapters.repository.batches import fetch, upsert
from services.indicators.adapters.repository.repository import SqlRepository, duty, verdict_row
from services.indicators.domain.criterion import Ruleset
from services.indicators.domain.decisions import Decision
from services.indicators.domain.proof import proof_digest
from services.indicators.domain.rows import Changes, DutyRow, Verdict
from services.indicators.domain.submission import RowCounts, Submission
from services.indicators.usecases.pass_day import judge_anew
from services.indicators.usecases.take_rows import take_rows

AT_ONCE: Final = 20  # submissions asked of ingest at a time; each may be a few MB
TOGETHER: Final = 50  # submissions in one transaction
_MOST: Final = 4 * 1024 * 1024  # bytes of submissions in one transaction, but for the last

# Where on the topic a replay begins: what came before is taken from ingest. "ingest": all is.
Since = datetime | Literal["earliest", "ingest"]


class StoredSubmissions(Protocol):
    """The submissions that ingest keeps."""

    def sent(self) -> Iterable[tuple[str, str]]:
        """Return (org, id) of every submission that was put on the log, by id."""

    def payloads(self, ids: Collection[str]) -> Mapping[str, bytes]:
        """Return the records of some submissions as they were put on the log."""


class ReplayedSubmission(NamedTuple):
    """One submission to be taken again; `id` "" where the record is none, `key` as on the topic."""

    id: str
    data: bytes
    source: Literal["topic", "ingest"]
    key: str | None = None


@dataclass(slots=True)
class Rebuilt:
    """What came in. `new`: submissions that had never been applied, and how their rows were taken.

    `given_up`: (id, reason) of records that cannot be applied today either.
    """

    sources: dict[str, int] = field(default_factory=lambda: {"topic": 0, "ingest": 0})
    rows: int = 0
    new: list[tuple[Submission, RowCounts]] = field(default_factory=list)
    given_up: list[tuple[str, str]] = field(default_factory=list)

    @property
    def submissions(self) -> int:
        return sum(self.sources.values())


@dataclass(frozen=True, slots=True)
class History:
    """The submissions that the standing state was made from, in the order they came in.

    The topic has them in order. What it has no longer, ingest may still keep: such a submission
    comes before the first one of the same org on the topic that was received later. Order matters
    within an org only, since an identity belongs to one, and ids rise with the time of receipt.

    `was_read`: the service has gone past a record of the topic. `was_applied`: it has applied a
    submission, wherever its position stands now.
    """

    bus: Bus
    topic: str
    kept: StoredSubmissions | None
    since: Since
    was_read: Callable[[Record], bool]
    was_applied: Callable[[str], bool]

    def __iter__(self) -> Iterator[ReplayedSubmission]:
        """Yield every submission; one that was sent twice comes twice. May raise `Retry`."""
        missing = self._missing()
        for record in everything(self.bus, self.topic) if self.since != "ingest" else ():
            ident, org = whose(record.event.data) or ("", "")
            if self._counts(record, ident):
                waiting, earlier = missing.get(org, deque()), []
                while waiting and waiting[0] < ident:
                    earlier.append(waiting.popleft())
                yield from self._from_ingest(earlier)
                yield ReplayedSubmission(ident, record.event.data, "topic", record.event.key)
        rest = sorted(ident for idents in missing.values() for ident in idents)
        yield from self._from_ingest(rest)

    def _missing(self) -> dict[str, deque[str]]:
        """Return, by org, the ids that ingest keeps and the topic does not give or will not."""
        # Ingest is asked first: what was sent by now is on the topic when it is read, or is lost.
        sent = [] if self.kept is None else list(self.kept.sent())
        there = set()
        for record in everything(self.bus, self.topic):
            identity = whose(record.event.data)
            if identity and (self._counts(record, identity[0]) or not self.was_read(record)):
                there.add(identity[0])
        missing: dict[str, deque[str]] = {}
        for org, ident in sent:
            if ident not in there:
                missing.setdefault(org, deque()).append(ident)
        return missing

    def _counts(self, record: Record, ident: str) -> bool:
        if isinstance(self.since, datetime) and record.event.time < self.since:
            return False
        return self.since != "ingest" and (self.was_read(record) or self.was_applied(ident))

    def _from_ingest(self, idents: list[str]) -> Iterator[ReplayedSubmission]:
        for start in range(0, len(idents), AT_ONCE):
            some = idents[start : start + AT_ONCE]
            payloads = {} if self.kept is None else self.kept.payloads(some)
            for ident in some:
                if ident in payloads:
                    yield ReplayedSubmission(ident, payloads[ident], "ingest")


def take_all(
    anew: Store,
    standing: Connection,
    register: Register,
    submissions: Iterable[ReplayedSubmission],
    *,
    now: datetime,
    progress: Callable[[Rebuilt], None],
) -> Rebuilt:
    """Settle every submission again; `progress` hears how far it has come."""
    taken = Rebuilt()
    for some in _together(submissions):
        rows = fetch(standing, tables.applied, [(one.id,) for one in some])
        moments = {row.submission_id: from_us(row.applied_us) for row in rows}
        with anew.begin() as tx:
            repository = SqlRepository(tx)
            for one in some:
                before = moments.get(one.id)
                try:
                    # What was taken under an earlier register is taken still.
                    known_by = None if before is not None else register
                    submission = read_submission(one.data, known_by, one.key)
                except UnprocessableRecord as poison:
                    taken.given_up.append((one.id, str(poison)))
                    continue
                if repository.applied(submission.id) is not None:
                    continue
                counts = take_rows(repository, submission).counts
                repository.save_applied(submission, counts, before or now)
                taken.sources[one.source] += 1
                taken.rows += sum(counts)
                if before is None:
                    taken.new.append((submission, counts))
        failpoint("replay.read")
        progress(taken)
    return taken


def judge_all(
    anew: Store,
    standing: Connection,
    ruleset: Ruleset,
    day: date,
    *,
    decisions: Iterable[Decision],
    now: datetime,
    new_id: Callable[[], str],
) -> Changes:
    """Judge what was settled beside the verdicts that stand; return what comes out otherwise.

    A verdict that its proof does not bear out, or that cannot be read, counts as absent.
    """
    with anew.begin() as tx:
        anew.disable_idle_timeout(tx)
        rows = standing.execute(select(tables.verdicts))
        sound = ((verdict, row) for row in rows if (verdict := readable(row)) is not None)
        stand = [verdict_row(v, to_document(v), row.proof) for v, row in sound]
        upsert(tx, tables.verdicts, stand)
        repository = SqlRepository(tx)
        for decision in decisions:
            repository.save_decision(decision)
        repository.save_duties(list(_readable_duties(standing)))
        return judge_anew(repository, ruleset, day, now=now, new_id=new_id)


def readable(row: Row[Any]) -> Verdict | None:
    """Return the verdict of a row of the table, None where its proof does not bear it out."""
    try:
        verdict = from_json(row.document, Verdict)
        digest = proof_digest(from_json(decompressed(row.proof), dict[str, Any]))
    except (msgspec.DecodeError, zlib.error, ValueError, ZeroDivisionError, KeyError, TypeError):
        return None
    place = verdict.row.target, verdict.row.org or "", verdict.row.region, verdict.row.period
    return verdict if digest == verdict.proof_digest and place == tuple(row[:4]) else None


def _together(submissions: Iterable[ReplayedSubmission]) -> Iterator[list[ReplayedSubmission]]:
    some: list[ReplayedSubmission] = []
    for one in submissions:
        some.append(one)
        if len(some) >= TOGETHER or sum(len(other.data) for other in some) >= _MOST:
            yield some
            some = []
    if some:
        yield some


def _readable_duties(standing: Connection) -> Iterator[DutyRow]:
    for row in standing.execute(select(tables.duties)):
        try:
            yield duty(row)
        except (ValueError, TypeError, OverflowError):
            continue  # its own row is reported as changed
