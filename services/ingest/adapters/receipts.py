"""Reading back what is stored: receipts, and the records as they were put on the log."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, LargeBinary, Row, Select, literal, select

from duibiao.store import Store
from services.ingest.adapters.tables import REMARKS, REPEATS, SETTLED, SUBMISSIONS, UNSETTLED
from services.ingest.domain.moments import from_microseconds
from services.ingest.domain.receipts import Receipt, Settled
from services.ingest.ports import EarlierRequest

_RECEIPT: Final = [c for c in SUBMISSIONS.c if c.name not in {"errors", "payload"}]
_FINAL: Final = [
    SETTLED.c.accepted,
    SETTLED.c.duplicate,
    SETTLED.c.revised,
    SETTLED.c.evaluated_us,
    SETTLED.c.dead_lettered,
]
_AT_ONCE: Final = 10_000  # rows
_NOTHING: Final = literal(b"[]", LargeBinary)


class Receipts:
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
        nothing = _NOTHING.label("errors"), _NOTHING.label("warnings")
        query = _joined(*nothing).order_by(SUBMISSIONS.c.id.desc()).limit(limit)
        if org is not None:
            query = query.where(SUBMISSIONS.c.org == org)
        if before is not None:
            query = query.where(SUBMISSIONS.c.id < before)
        with self._store.read() as connection:
            return [_receipt(row) for row in connection.execute(query)]

    def kept(self, scope: str, key: str) -> EarlierRequest | None:
        """Return what was accepted with an Idempotency-Key, as it was answered then."""
        used = select(REPEATS).where(REPEATS.c.scope == scope, REPEATS.c.key == key)
        with self._store.read() as connection:
            repeat = connection.execute(used).one_or_none()
            receipt = None if repeat is None else receipt_of(connection, repeat.id)
        return (
            None
            if receipt is None or repeat is None
            else EarlierRequest(repeat.fingerprint, receipt)
        )

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


def receipt_of(connection: Connection, submission_id: str) -> Receipt | None:
    """Return one receipt as `connection` sees it."""
    query = _joined(SUBMISSIONS.c.errors, REMARKS.c.warnings)
    row = connection.execute(query.where(SUBMISSIONS.c.id == submission_id)).one_or_none()
    return None if row is None else _receipt(row)


def _joined(errors: ColumnElement[bytes], warnings: ColumnElement[bytes]) -> Select[Any]:
    joined = SUBMISSIONS.outerjoin(SETTLED, SETTLED.c.id == SUBMISSIONS.c.id)
    joined = joined.outerjoin(REMARKS, REMARKS.c.id == SUBMISSIONS.c.id)
    remarks = REMARKS.c.encoding, REMARKS.c.warnings_total, warnings
    return select(*_RECEIPT, errors, *_FINAL, *remarks).select_from(joined)


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
        warnings=row.warnings or b"[]",
        warnings_total=row.warnings_total or 0,
    )
