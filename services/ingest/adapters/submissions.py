"""The stored submissions: their receipts, and the records as they were put on the log."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, LargeBinary, Row, Select, delete, literal, select

from duibiao.store import Store
from duibiao.store.rows import insert_rows
from services.ingest.adapters.tables import REPEATS, SETTLED, SUBMISSIONS, UNSETTLED
from services.ingest.domain.moments import from_microseconds, microseconds
from services.ingest.domain.receipts import IdempotencyKey, Receipt, Settled, StoredSubmission

_COLUMNS: Final = (
    "id org key_id kind received_us received taken rejected errors_total errors encoding "
    "warnings_total warnings payload"
)
_LISTS: Final = "errors", "warnings"
_RECEIPT: Final = [c for c in SUBMISSIONS.c if c.name not in (*_LISTS, "payload")]
_FINAL: Final = [c for c in SETTLED.c if c.name != "id"]
_AT_ONCE: Final = 10_000  # rows
_NOTHING: Final = literal(b"[]", LargeBinary)


class SubmissionRepository:
    """The submissions of the store. Waits for the disk: not for the event loop."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def find(self, submission_id: str) -> Receipt | None:
        """Return one receipt."""
        with self._store.read() as connection:
            return receipt_of(connection, submission_id)

    def newest(self, org: str | None, before: str | None, limit: int) -> Sequence[Receipt]:
        """Return receipts, the newest first: of one org or of all, those before an id.

        Without the faults of refused rows, which can be many.
        """
        query = _receipts(*(_NOTHING.label(name) for name in _LISTS))
        query = query.order_by(SUBMISSIONS.c.id.desc()).limit(limit)
        if org is not None:
            query = query.where(SUBMISSIONS.c.org == org)
        if before is not None:
            query = query.where(SUBMISSIONS.c.id < before)
        with self._store.read() as connection:
            return [_receipt(row) for row in connection.execute(query)]

    def repeated(self, scope: str, key: str) -> tuple[IdempotencyKey, Receipt] | None:
        """Return what was accepted with an Idempotency-Key, as it was answered then."""
        used = select(REPEATS).where(REPEATS.c.scope == scope, REPEATS.c.key == key)
        with self._store.read() as connection:
            repeat = connection.execute(used).one_or_none()
            receipt = None if repeat is None else receipt_of(connection, repeat.id)
        if repeat is None or receipt is None:
            return None
        return IdempotencyKey(scope, key, repeat.fingerprint), receipt

    def sent(self) -> Iterator[tuple[str, str]]:
        """Yield (org, id) of every submission that was put on the log, by id."""
        unsent = select(UNSETTLED.c.id).where(UNSETTLED.c.sent_us.is_(None))
        unsent = unsent.where(UNSETTLED.c.times == 0)
        query = (
            select(SUBMISSIONS.c.org, SUBMISSIONS.c.id)
            .where(SUBMISSIONS.c.id.not_in(unsent))
            .order_by(SUBMISSIONS.c.id)
        )
        with self._store.read() as connection:
            for row in connection.execute(query, execution_options={"yield_per": _AT_ONCE}):
                yield row.org, row.id

    def payloads(self, ids: Collection[str]) -> Mapping[str, bytes]:
        """Return the records of some submissions, of those that are kept."""
        query = select(SUBMISSIONS.c.id, SUBMISSIONS.c.payload).where(SUBMISSIONS.c.id.in_(ids))
        with self._store.read() as connection:
            return {row.id: row.payload for row in connection.execute(query)}


def write_submissions(tx: Connection, entries: Sequence[StoredSubmission]) -> None:
    """Write submissions in order, each with its place in the outbox and its key."""
    insert_rows(
        tx, SUBMISSIONS, _COLUMNS, [_row(entry.receipt, entry.payload) for entry in entries]
    )
    places = [(entry.receipt.id, entry.receipt.org) for entry in entries]
    insert_rows(tx, UNSETTLED, "id org", places)
    repeats = [
        (entry.repeat.scope, entry.repeat.key, entry.repeat.fingerprint, entry.receipt.id)
        for entry in entries
        if entry.repeat is not None
    ]
    insert_rows(tx, REPEATS, "scope key fingerprint id", repeats)


def write_settled(tx: Connection, submission_id: str, settled: Settled) -> None:
    """Write the final counts of a submission, in place of those of its dead letter."""
    tx.execute(delete(SETTLED).where(SETTLED.c.id == submission_id))
    row = (
        submission_id,
        settled.accepted,
        settled.duplicate,
        settled.revised,
        microseconds(settled.evaluated_at),
        settled.dead_lettered,
    )
    insert_rows(tx, SETTLED, "id accepted duplicate revised evaluated_us dead_lettered", [row])


def receipt_of(connection: Connection, submission_id: str) -> Receipt | None:
    """Return one receipt as `connection` sees it."""
    query = _receipts(*(SUBMISSIONS.c[name] for name in _LISTS))
    row = connection.execute(query.where(SUBMISSIONS.c.id == submission_id)).one_or_none()
    return None if row is None else _receipt(row)


def _receipts(*lists: ColumnElement[bytes]) -> Select[Any]:
    joined = SUBMISSIONS.outerjoin(SETTLED, SETTLED.c.id == SUBMISSIONS.c.id)
    return select(*_RECEIPT, *lists, *_FINAL).select_from(joined)


def _row(receipt: Receipt, payload: bytes) -> tuple[object, ...]:
    return (
        receipt.id,
        receipt.org,
        receipt.key_id,
        receipt.kind,
        microseconds(receipt.received_at),
        receipt.received,
        receipt.taken,
        receipt.rejected,
        receipt.errors_total,
        receipt.errors,
        receipt.encoding,
        receipt.warnings_total,
        receipt.warnings,
        payload,
    )


def _receipt(row: Row[Any]) -> Receipt:
    settled = None
    if row.evaluated_us is not None:
        evaluated_at = from_microseconds(row.evaluated_us)
        counts = row.accepted, row.duplicate, row.revised
        settled = Settled(*counts, evaluated_at, row.dead_lettered)
    return Receipt(
        id=row.id,
        org=row.org,
        key_id=row.key_id,
        kind=row.kind,
        received_at=from_microseconds(row.received_us),
        received=row.received,
        taken=row.taken,
        rejected=row.rejected,
        errors=row.errors,
        errors_total=row.errors_total,
        settled=settled,
        encoding=row.encoding,
        warnings=row.warnings,
        warnings_total=row.warnings_total,
    )
