"""`SqlRepository`: the repository of the use cases over one database transaction."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import astuple
from datetime import datetime
from functools import lru_cache
from typing import Any, Final, NamedTuple

import msgspec
from sqlalchemy import Connection, Row, bindparam, delete, select, union

from duibiao.workdays import from_us
from services.indicators.adapters.encoding import (
    compressed,
    decompressed,
    from_day,
    from_json,
    to_blob,
    to_document,
)
from services.indicators.adapters.repository import tables
from services.indicators.adapters.repository.batches import add, fetch, remove, stored, upsert
from services.indicators.adapters.repository.statements import StatementRepository
from services.indicators.domain.decisions import Decision, DecisionKind
from services.indicators.domain.histogram import Duration, Histogram
from services.indicators.domain.rows import (
    Changes,
    Checkpoint,
    DutyKey,
    DutyRow,
    Rollup,
    RollupKey,
    Series,
    Verdict,
    VerdictChange,
    VerdictRow,
)
from services.indicators.domain.submission import RowCounts, Submission

REMEMBERED: Final = 4_096  # documents kept in memory as they were read; each is a few kB
_CHECKPOINT, _MARK = "checkpoint", "state"

_encoder: Final = msgspec.json.Encoder()
_decoder: Final = msgspec.json.Decoder(list[tuple[Duration, int]])
_rollups, _figures, _verdicts = tables.rollups.c, tables.figures.c, tables.verdicts.c
_PERIODS: Final = union(
    select(_rollups.period).where(_rollups.indicator == bindparam("indicator")).distinct(),
    select(_figures.period).where(_figures.indicator == bindparam("indicator")).distinct(),
)
_STANDS: Final = select(_verdicts.document, _verdicts.proof).where(_verdicts.id == bindparam("id"))
_VERSION: Final = select(tables.verdict_versions.c.kept).where(
    tables.verdict_versions.c.id == bindparam("id")
)
_DECISIONS: Final = (
    select(tables.decisions)
    .where(tables.decisions.c.kind.like(bindparam("kind")))
    .order_by(tables.decisions.c.id)
)
_APPLIED: Final = select(tables.applied).where(
    tables.applied.c.submission_id == bindparam("submission")
)


class SqlRepository(StatementRepository):
    """A `Repository` in the transaction of a `Store`; whoever began that commits it.

    Rows go in and out in whole batches, never one by one.
    """

    def __init__(self, tx: Connection) -> None:
        super().__init__(tx)
        self._checkpoint: Checkpoint | None = None  # asked for more than once in a transaction

    def checkpoint(self) -> Checkpoint | None:
        if self._checkpoint is None:
            text = tables.meta.get(self._tx, _CHECKPOINT)
            self._checkpoint = None if text is None else _checkpoint(text)
        return self._checkpoint

    def save_checkpoint(self, checkpoint: Checkpoint) -> None:
        tables.meta.set(self._tx, _CHECKPOINT, to_document(checkpoint))
        self._checkpoint = checkpoint

    def mark(self) -> str:
        return tables.meta.get(self._tx, _MARK) or ""

    def save_mark(self, mark: str) -> None:
        tables.meta.set(self._tx, _MARK, mark)

    def applied(self, submission_id: str) -> RowCounts | None:
        row = self._tx.execute(_APPLIED, {"submission": submission_id}).one_or_none()
        return None if row is None else RowCounts(row.accepted, row.duplicate, row.revised)

    def save_applied(self, submission: Submission, counts: RowCounts, now: datetime) -> None:
        told = submission.id, submission.org, submission.kind, *counts, submission.rejected
        upsert(self._tx, tables.applied, [stored((*told, submission.received_at, now))])

    def rollups(self, indicator: str, periods: Collection[str]) -> Sequence[Rollup]:
        keys = [(indicator, period) for period in periods]
        return [_rollup(row) for row in fetch(self._tx, tables.rollups, keys)]

    def rollups_at(self, keys: Collection[RollupKey]) -> Sequence[Rollup]:
        return [_rollup(row) for row in fetch(self._tx, tables.rollups, keys)]

    def save_rollups(self, rollups: Sequence[Rollup]) -> None:
        rows = [
            (*one.key, _counts(one.completed), _counts(one.open), one.accepted, one.resolved)
            for one in rollups
            if not one.empty
        ]
        upsert(self._tx, tables.rollups, rows)
        remove(self._tx, tables.rollups, [one.key for one in rollups if one.empty])

    def clear_rollups(self, indicator: str) -> None:
        self._tx.execute(delete(tables.rollups).where(tables.rollups.c.indicator == indicator))

    def periods_with_data(self, indicator: str) -> Collection[str]:
        return set(self._tx.scalars(_PERIODS, {"indicator": indicator}))

    def verdicts(
        self,
        target: str,
        series: Collection[Series] | None = None,
        periods: Collection[str] | None = None,
        since: str | None = None,
    ) -> Sequence[Verdict]:
        table = tables.verdicts
        keys = (
            [(target,)] if series is None else [(s.target, s.org or "", s.region) for s in series]
        )
        if series is None or periods is None:
            rows = list(fetch(self._tx, table, keys))
        else:
            exact = [(*key, period) for key in keys for period in periods]
            rows = list(fetch(self._tx, table, exact))
            rows += fetch(self._tx, table, keys, _present(self._tx))
            if since is not None:
                rows += fetch(self._tx, table, keys, "t.period >= :since", since=since)
        return [_verdict(text) for text in {row.id: row.document for row in rows}.values()]

    def judged_targets(self) -> Collection[str]:
        return set(self._tx.scalars(select(_verdicts.target).distinct()))

    def save_verdicts(self, changes: Sequence[VerdictChange]) -> None:
        keys = [_verdict_key(change.verdict) for change in changes]
        before = {tuple(row[:4]): row for row in fetch(self._tx, tables.verdicts, keys)}
        stand, gone, versions = [], [], []
        for key, change in zip(keys, changes, strict=True):
            old = before.get(key)
            proof = old.proof if old and change.proof is None else to_blob(change.proof or {})
            document = to_document(change.verdict)
            if old is not None and change.proof is not None:
                versions.append(version_row(key, old, old.document, old.proof))
            if change.removed:
                row = change.verdict.row
                versions.append(version_row(key, row, document, proof, removed=True))
                gone.append(key)
            else:
                stand.append(verdict_row(change.verdict, document, proof))
        # An id is unique: what goes must be gone before another series' row takes its place.
        remove(self._tx, tables.verdicts, gone)
        upsert(self._tx, tables.verdicts, stand)
        add(self._tx, tables.verdict_versions, versions)

    def judged_periods(self) -> Collection[str]:
        return set(self._tx.scalars(select(_verdicts.period).distinct()))

    def decisions(self, about: str | None = None) -> Sequence[Decision]:
        asked = {"kind": f"{about or '%'}.%"}
        return [_decision(*row) for row in self._tx.execute(_DECISIONS, asked)]

    def save_decision(self, decision: Decision) -> None:
        said = _encoder.encode(decision.said).decode()
        row = (*decision[:3], said, decision.actor, decision.decided_at)
        add(self._tx, tables.decisions, [stored(row)])

    def freeze(self, closing: str, periods: Collection[str]) -> Sequence[str]:
        columns = *tables.verdicts.primary_key.columns, _verdicts.id, _verdicts.status
        query = select(*columns).where(_verdicts.period.in_(sorted(periods)))
        rows = [(closing, *row) for row in self._tx.execute(query)]
        add(self._tx, tables.reported, rows)
        return [row[5] for row in rows]

    def duties(self, keys: Collection[DutyKey] | None = None) -> Mapping[DutyKey, DutyRow]:
        if keys is None:
            rows = [duty(row) for row in self._tx.execute(select(tables.duties))]
        else:
            rows = [duty(row) for row in fetch(self._tx, tables.duties, keys)]
        return {row.key: row for row in rows}

    def save_duties(self, rows: Sequence[DutyRow]) -> None:
        upsert(self._tx, tables.duties, [stored(astuple(row)) for row in rows])

    def drop_duties(self, keys: Collection[DutyKey]) -> None:
        remove(self._tx, tables.duties, list(keys))


def current_rows(connection: Connection) -> Changes:
    """Return every verdict and duty that stands, to be published once more."""
    repository = SqlRepository(connection)
    verdicts = (
        VerdictChange(verdict, None)
        for target in sorted(repository.judged_targets())
        for verdict in repository.verdicts(target)
    )
    return Changes(tuple(verdicts), tuple(repository.duties().values()))


class Version(NamedTuple):
    """Document and proof of one version of a verdict as JSON, and whether it stands."""

    document: bytes
    proof: bytes
    stands: bool


def version(connection: Connection, ident: str) -> Version | None:
    """Return any version of a verdict, None where unknown."""
    stands = connection.execute(_STANDS, {"id": ident}).one_or_none()
    if stands is not None:
        return Version(stands.document.encode(), decompressed(stands.proof), stands=True)
    kept = connection.execute(_VERSION, {"id": ident}).scalar_one_or_none()
    if kept is None:
        return None
    document, _, proof = decompressed(kept).partition(b"\n")
    return Version(document, proof, stands=False)


def version_row(
    key: tuple[str, ...],
    named: Row[Any] | VerdictRow,
    document: str,
    proof: bytes,
    *,
    removed: bool = False,
) -> tuple[object, ...]:
    """Return the row of a version that stands no longer; document and proof as of `verdicts`."""
    kept = compressed(b"\n".join([document.encode(), decompressed(proof)]))
    return named.id, *key, named.status, removed, kept


def verdict_row(verdict: Verdict, document: str, proof: bytes) -> tuple[object, ...]:
    """Return the row of the table for a verdict that stands; document and proof as stored."""
    row = verdict.row
    return (*_verdict_key(verdict), row.id, row.status, verdict.present, document, proof)


def duty(row: Sequence[Any]) -> DutyRow:
    # By place: by name it takes twice as long, and the board reads all of them.
    code, measure, org, period, due, effective, status, received, day, submission, milestone = row
    owed = code, measure, org, period, from_day(due), from_day(effective), status
    return DutyRow(*owed, from_us(received), from_day(day), submission, milestone)


def _verdict_key(verdict: Verdict) -> tuple[str, ...]:
    row = verdict.row
    return row.target, row.org or "", row.region, row.period


def _present(tx: Connection) -> str:
    # As the partial index has it: SQLite uses that for no other words.
    return "t.present IS TRUE" if tx.dialect.name == "postgresql" else "t.present IS 1"


def _rollup(row: Row[Any]) -> Rollup:
    counted = _histogram(row.completed), _histogram(row.open)
    return Rollup(RollupKey._make(row[:4]), *counted, row.accepted, row.resolved)


def _counts(histogram: Histogram) -> str:
    return _encoder.encode(sorted(histogram.counts.items())).decode()


# Values of the domain never change, so what a text says need be read only once: a small
# submission meets the same roll-ups and verdicts as the one before it.


@lru_cache(maxsize=1)
def _checkpoint(text: str) -> Checkpoint:
    return from_json(text, Checkpoint)


@lru_cache(maxsize=REMEMBERED)
def _decision(
    ident: str, kind: DecisionKind, subject: str, said: str, actor: str, decided_us: int
) -> Decision:
    moment = from_us(decided_us)
    return Decision(ident, kind, subject, msgspec.json.decode(said), actor, moment)


@lru_cache(maxsize=REMEMBERED)
def _histogram(text: str) -> Histogram:
    return Histogram(dict(_decoder.decode(text)))


@lru_cache(maxsize=REMEMBERED)
def _verdict(text: str) -> Verdict:
    return from_json(text, Verdict)
