"""The shelf of what was made of it: roll-ups, verdicts with their versions, duties."""

from collections.abc import Collection, Mapping, Sequence
from functools import lru_cache
from typing import Any, Final

import msgspec
from sqlalchemy import Connection, Row, bindparam, delete, select, union

from services.indicators.adapters.encoding import from_day, from_json, to_blob, to_day, to_document
from services.indicators.adapters.repository import tables
from services.indicators.adapters.repository.batches import add, fetch, remove, upsert
from services.indicators.adapters.repository.versions import version_row
from services.indicators.domain.histogram import Duration, Histogram
from services.indicators.domain.rows import (
    DutyKey,
    DutyRow,
    Rollup,
    RollupKey,
    Series,
    Verdict,
    VerdictChange,
)
from services.indicators.domain.timestamps import from_us, to_us

REMEMBERED: Final = 4_096  # documents kept in memory as they were read; each is a few kB

_encoder: Final = msgspec.json.Encoder()
_decoder: Final = msgspec.json.Decoder(list[tuple[Duration, int]])
_rollups, _figures = tables.rollups.c, tables.figures.c
_PERIODS: Final = union(
    select(_rollups.period).where(_rollups.indicator == bindparam("indicator")).distinct(),
    select(_figures.period).where(_figures.indicator == bindparam("indicator")).distinct(),
)
_TARGETS: Final = select(tables.verdicts.c.target).distinct()
_DUTIES: Final = select(tables.duties)


class RollupShelf:
    """Roll-ups of cases within one transaction."""

    def __init__(self, tx: Connection) -> None:
        self._tx = tx

    def rollups(self, indicator: str, periods: Collection[str]) -> Sequence[Rollup]:
        keys = [(indicator, period) for period in periods]
        return [_rollup(row) for row in fetch(self._tx, tables.rollups, keys)]

    def rollups_at(self, keys: Collection[RollupKey]) -> Sequence[Rollup]:
        found = fetch(self._tx, tables.rollups, [_rollup_key(key) for key in keys])
        return [_rollup(row) for row in found]

    def save_rollups(self, rollups: Sequence[Rollup]) -> None:
        kept = [_rollup_row(rollup) for rollup in rollups if not rollup.empty]
        upsert(self._tx, tables.rollups, kept)
        gone = [_rollup_key(rollup.key) for rollup in rollups if rollup.empty]
        remove(self._tx, tables.rollups, gone)

    def clear_rollups(self, indicator: str) -> None:
        self._tx.execute(delete(tables.rollups).where(tables.rollups.c.indicator == indicator))

    def periods_with_data(self, indicator: str) -> Collection[str]:
        return set(self._tx.scalars(_PERIODS, {"indicator": indicator}))


class VerdictShelf:
    """Verdicts within one transaction: those that stand, and every version there ever was."""

    def __init__(self, tx: Connection) -> None:
        self._tx = tx

    def verdicts(
        self,
        target: str,
        series: Collection[Series] | None = None,
        periods: Collection[str] | None = None,
        since: str | None = None,
    ) -> Sequence[Verdict]:
        if series is None:
            rows = list(fetch(self._tx, tables.verdicts, [(target,)]))
            return [_verdict(row.document) for row in rows]
        keys = [(one.target, one.org or "", one.region) for one in series]
        if periods is None:
            rows = list(fetch(self._tx, tables.verdicts, keys))
        else:
            exact = [(*key, period) for key in keys for period in periods]
            rows = list(fetch(self._tx, tables.verdicts, exact))
            rows += fetch(self._tx, tables.verdicts, keys, _present(self._tx))
            if since is not None:
                rows += fetch(self._tx, tables.verdicts, keys, "t.period >= :since", since=since)
        return [_verdict(text) for text in {row.id: row.document for row in rows}.values()]

    def judged_targets(self) -> Collection[str]:
        return set(self._tx.scalars(_TARGETS))

    def save_verdicts(self, changes: Sequence[VerdictChange]) -> None:
        keys = [_verdict_key(change.verdict) for change in changes]
        before = {tuple(row[:4]): row for row in fetch(self._tx, tables.verdicts, keys)}
        stand, gone, versions = [], [], []
        for key, change in zip(keys, changes, strict=True):
            old, ident = before.get(key), change.verdict.row.id
            proof = old.proof if old and change.proof is None else to_blob(change.proof or {})
            document = to_document(change.verdict)
            if old is not None and change.proof is not None:
                versions.append(version_row(old.id, old.document, old.proof))
            if change.removed:
                versions.append(version_row(ident, document, proof))
                gone.append(key)
            else:
                stand.append(verdict_row(change.verdict, document, proof))
        # An id is unique: what goes must be gone before another series' row takes its place.
        remove(self._tx, tables.verdicts, gone)
        upsert(self._tx, tables.verdicts, stand)
        add(self._tx, tables.verdict_versions, versions)


class DutyShelf:
    """Duties within one transaction."""

    def __init__(self, tx: Connection) -> None:
        self._tx = tx

    def duties(self, keys: Collection[DutyKey] | None = None) -> Mapping[DutyKey, DutyRow]:
        if keys is None:
            rows = [duty(row) for row in self._tx.execute(_DUTIES)]
        else:
            rows = [duty(row) for row in fetch(self._tx, tables.duties, keys)]
        return {row.key: row for row in rows}

    def save_duties(self, rows: Sequence[DutyRow]) -> None:
        upsert(self._tx, tables.duties, [_duty_row(row) for row in rows])

    def drop_duties(self, keys: Collection[DutyKey]) -> None:
        remove(self._tx, tables.duties, keys if isinstance(keys, list) else list(keys))


def _present(tx: Connection) -> str:
    # As the partial index has it: SQLite uses that for no other words.
    return "t.present IS TRUE" if tx.dialect.name == "postgresql" else "t.present IS 1"


def duty(row: Row[Any]) -> DutyRow:
    """Return the duty of a row of the table."""
    return DutyRow(
        duty=row.duty,
        measure=row.measure,
        org=row.org,
        period=row.period,
        due=from_day(row.due),
        effective_due=from_day(row.effective_due),
        status=row.status,
        received_at=from_us(row.received_us),
        received_on=from_day(row.received_on),
        submission_id=row.submission_id,
        milestone=row.milestone,
    )


def _duty_row(row: DutyRow) -> tuple[object, ...]:
    return (
        *row.key,
        row.measure,
        row.period,
        to_day(row.due),
        to_day(row.effective_due),
        row.status,
        to_us(row.received_at),
        to_day(row.received_on),
        row.submission_id,
        row.milestone,
    )


def _rollup(row: Row[Any]) -> Rollup:
    return Rollup(
        key=RollupKey(row.indicator, row.org, row.region, row.period),
        completed=_histogram(row.completed),
        open=_histogram(row.open),
        accepted=row.accepted,
        resolved=row.resolved,
    )


def _rollup_key(key: RollupKey) -> tuple[str, ...]:
    return key.indicator, key.period, key.org, key.region


def _rollup_row(rollup: Rollup) -> tuple[object, ...]:
    counted = _counts(rollup.completed), _counts(rollup.open), rollup.accepted, rollup.resolved
    return (*_rollup_key(rollup.key), *counted)


# Values of the domain never change, so what a text says need be read only once: a small
# submission meets the same roll-ups and verdicts as the one before it.


@lru_cache(maxsize=REMEMBERED)
def _histogram(text: str) -> Histogram:
    return Histogram(dict(_decoder.decode(text)))


@lru_cache(maxsize=REMEMBERED)
def _verdict(text: str) -> Verdict:
    return from_json(text, Verdict)


def _counts(histogram: Histogram) -> str:
    return _encoder.encode(sorted(histogram.counts.items())).decode()


def _verdict_key(verdict: Verdict) -> tuple[str, ...]:
    row = verdict.row
    return row.target, row.org or "", row.region, row.period


def verdict_row(verdict: Verdict, document: str, proof: bytes) -> tuple[object, ...]:
    """Return the row of the table for a verdict that stands; document and proof as kept."""
    row = verdict.row
    return (*_verdict_key(verdict), row.id, row.status, verdict.present, document, proof)
