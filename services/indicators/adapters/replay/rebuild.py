"""The state rebuilt in tables of its own, from the same submissions in the same order.

Rows are settled by the use case that settled them the first time. Everything is counted and judged
once, at the end, beside the verdicts that stand: one that comes out the same keeps its id and the
moment at which it was reached, and whatever does not becomes a new version as on any other day.
"""

import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Final

import msgspec
from sqlalchemy import Connection, Row, select

from duibiao.bus import UnprocessableRecord
from duibiao.core.failpoints import failpoint
from duibiao.register import Register
from duibiao.store import Store
from services.indicators.adapters.encoding import from_document, from_json, to_document
from services.indicators.adapters.messages import read_submission
from services.indicators.adapters.replay.history import ReplayedSubmission
from services.indicators.adapters.repository import tables
from services.indicators.adapters.repository.batches import fetch, upsert
from services.indicators.adapters.repository.judged import duty, verdict_row
from services.indicators.adapters.repository.repository import SqlRepository
from services.indicators.domain.proof import proof_digest
from services.indicators.domain.rows import Changes, DutyRow, Verdict
from services.indicators.domain.ruleset import Ruleset
from services.indicators.domain.submission import RowCounts, Submission
from services.indicators.domain.timestamps import from_us
from services.indicators.usecases.pass_day import judge_anew
from services.indicators.usecases.take_rows import take_rows

TOGETHER: Final = 50  # submissions in one transaction
_MOST: Final = 4 * 1024 * 1024  # bytes of submissions in one transaction, but for the last


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
        """How many submissions were taken again."""
        return sum(self.sources.values())


def take_all(
    anew: Store,
    standing: Connection,
    register: Register,
    history: Iterable[ReplayedSubmission],
    *,
    now: datetime,
    told: Callable[[Rebuilt], None],
) -> Rebuilt:
    """Settle every submission again; `told` hears how far it has come."""
    taken = Rebuilt()
    for some in _together(history):
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
                repository.save_applied(submission.id, counts, now if before is None else before)
                taken.sources[one.source] += 1
                taken.rows += counts.accepted + counts.duplicate + counts.revised
                if before is None:
                    taken.new.append((submission, counts))
        failpoint("replay.read")
        told(taken)
    return taken


def judge_all(
    anew: Store,
    standing: Connection,
    ruleset: Ruleset,
    day: date,
    *,
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
        repository.save_duties(list(_readable_duties(standing)))
        return judge_anew(repository, ruleset, day, now=now, new_id=new_id)


def readable(row: Row[Any]) -> Verdict | None:
    """Return the verdict of a row of the table, None where its proof does not bear it out."""
    try:
        verdict = from_json(row.document, Verdict)
        digest = proof_digest(from_document(row.proof, dict[str, Any]))
    except (msgspec.DecodeError, zlib.error, ValueError, ZeroDivisionError, KeyError, TypeError):
        return None
    place = verdict.row.target, verdict.row.org or "", verdict.row.region, verdict.row.period
    return verdict if digest == verdict.proof_digest and place == tuple(row[:4]) else None


def _together(history: Iterable[ReplayedSubmission]) -> Iterator[list[ReplayedSubmission]]:
    some: list[ReplayedSubmission] = []
    size = 0
    for one in history:
        some.append(one)
        size += len(one.data)
        if len(some) >= TOGETHER or size >= _MOST:
            yield some
            some, size = [], 0
    if some:
        yield some


def _readable_duties(standing: Connection) -> Iterator[DutyRow]:
    for row in standing.execute(select(tables.duties)):
        try:
            yield duty(row)
        except (ValueError, TypeError, OverflowError):
            continue  # its own row tells
