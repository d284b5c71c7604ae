"""The state made anew in tables of its own, from the same submissions in the same order.

Rows are settled by the use case that settled them the first time. Everything is counted and judged
once, at the end, beside the verdicts that stand: one that comes out the same keeps its id and the
moment at which it was reached, and whatever does not becomes a new version as on any other day.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import islice
from typing import Any, Final

import msgspec
from sqlalchemy import Connection, Row, select

from duibiao.bus import Poison
from duibiao.register import Register
from duibiao.runtime.failpoints import failpoint
from duibiao.store import Store
from services.indicators.adapters.encoding import from_document, to_document
from services.indicators.adapters.ledger import tables
from services.indicators.adapters.ledger.batches import fetch, upsert
from services.indicators.adapters.ledger.judged import duty, verdict_row
from services.indicators.adapters.ledger.sql import SqlLedger
from services.indicators.adapters.messages import read_submission
from services.indicators.adapters.replay.comparing import Difference
from services.indicators.adapters.replay.history import Told
from services.indicators.domain.moments import from_us
from services.indicators.domain.proof import proof_digest
from services.indicators.domain.rows import Changes, DutyRow, Verdict
from services.indicators.domain.submission import RowCounts, Submission
from services.indicators.domain.yardstick import Yardstick
from services.indicators.usecases.pass_day import judge_anew
from services.indicators.usecases.take_rows import take_rows

TOGETHER: Final = 50  # submissions in one transaction
_MOST: Final = 4 * 1024 * 1024  # bytes of submissions in one transaction, but for the last


@dataclass(frozen=True, slots=True)
class New:
    """A submission that had never been applied, and how its rows were taken."""

    submission: Submission
    counts: RowCounts


@dataclass(slots=True)
class Taken:
    """What came in. `given_up`: (id, reason) of records that cannot be applied today either."""

    sources: dict[str, int] = field(default_factory=lambda: {"topic": 0, "ingest": 0})
    rows: int = 0
    new: list[New] = field(default_factory=list)
    given_up: list[tuple[str, str]] = field(default_factory=list)

    @property
    def submissions(self) -> int:
        """How many submissions were taken again."""
        return sum(self.sources.values())


def take_all(
    anew: Store,
    standing: Connection,
    register: Register,
    history: Iterable[Told],
    *,
    now: datetime,
    told: Callable[[Taken], None],
) -> Taken:
    """Settle every submission again; `told` hears how far it has come."""
    taken = Taken()
    for some in _together(history):
        moments = _applied(standing, [one.id for one in some])
        with anew.begin() as tx:
            ledger = SqlLedger(tx)
            for one in some:
                before = moments.get(one.id)
                try:
                    # What was taken under an earlier register is taken still.
                    known_by = None if before is not None else register
                    submission = read_submission(one.data, known_by, one.key)
                except Poison as poison:
                    taken.given_up.append((one.id, str(poison)))
                    continue
                if ledger.applied(submission.id) is not None:
                    continue
                counts = take_rows(ledger, submission).counts
                ledger.save_applied(submission.id, counts, now if before is None else before)
                taken.sources[one.source] += 1
                taken.rows += counts.accepted + counts.duplicate + counts.revised
                if before is None:
                    taken.new.append(New(submission, counts))
        failpoint("replay.read")
        told(taken)
    return taken


def judge_all(
    anew: Store,
    standing: Connection,
    yardstick: Yardstick,
    day: date,
    *,
    now: datetime,
    new_id: Callable[[], str],
) -> tuple[Changes, Sequence[Difference]]:
    """Judge what was settled; return what comes out otherwise, and versions that were harmed."""
    verdicts, harmed = _sound_verdicts(standing)
    with anew.begin() as tx:
        anew.take_time(tx)
        upsert(tx, tables.verdicts, [verdict_row(verdict) for verdict in verdicts])
        ledger = SqlLedger(tx)
        ledger.save_duties(list(_sound_duties(standing)))
        changes = judge_anew(ledger, yardstick, day, now=now, new_id=new_id)
    return changes, harmed


def _together(history: Iterable[Told]) -> Iterator[list[Told]]:
    some: list[Told] = []
    size = 0
    for one in history:
        some.append(one)
        size += len(one.data)
        if len(some) >= TOGETHER or size >= _MOST:
            yield some
            some, size = [], 0
    if some:
        yield some


def _applied(standing: Connection, idents: Collection[str]) -> Mapping[str, datetime]:
    """Return when submissions were applied, of those that were."""
    keys = [(ident,) for ident in idents]
    rows = fetch(standing, tables.applied, keys)
    return {row.submission_id: from_us(row.applied_us) for row in rows}


def _sound_verdicts(standing: Connection) -> tuple[list[Verdict], list[Difference]]:
    """Return the verdicts that stand and whose version bears them out; and what was harmed.

    The others are judged as if nothing stood there.
    """
    sound: list[Verdict] = []
    harmed: list[Difference] = []
    rows = iter(standing.execute(select(tables.verdicts)).all())
    while some := list(islice(rows, TOGETHER)):
        found = fetch(standing, tables.verdict_versions, [(row.id,) for row in some])
        versions = {version.id: version for version in found}
        for row in some:
            verdict = _verdict(row.document)
            if verdict is None:
                continue  # its own row tells
            fields = _harm(verdict, versions.get(verdict.row.id))
            if fields:
                harm = Difference("verdict_versions", verdict.row.id, "changed", fields)
                harmed.append(harm)
            else:
                sound.append(verdict)
    return sound, harmed


def _sound_duties(standing: Connection) -> Iterator[DutyRow]:
    for row in standing.execute(select(tables.duties)):
        try:
            yield duty(row)
        except (ValueError, TypeError, OverflowError):
            continue  # its own row tells


def _verdict(document: str) -> Verdict | None:
    try:
        return from_document(document, Verdict)
    except (msgspec.DecodeError, ValueError, ZeroDivisionError):
        return None


def _harm(verdict: Verdict, version: Row[Any] | None) -> dict[str, tuple[object, object]]:
    """Return in which fields a version does not bear out the verdict that stands on it."""
    if version is None:
        return {"id": (None, verdict.row.id)}
    names = ("target", "org", "region", "period")
    wanted: dict[str, object] = dict(zip(names, verdict_row(verdict), strict=False))
    wanted |= {"removed": False, "row": to_document(verdict.row)}
    harm = {
        name: (getattr(version, name), value)
        for name, value in wanted.items()
        if getattr(version, name) != value
    }
    digest = _digest(version.proof)
    if digest != verdict.proof_digest:
        harm["proof"] = (digest, verdict.proof_digest)
    return harm


def _digest(proof: str) -> str | None:
    try:
        return proof_digest(msgspec.json.decode(proof))
    except (msgspec.DecodeError, KeyError, TypeError):
        return None
