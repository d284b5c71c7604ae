"""The stored submissions: their receipts, and the records as they were put on the log."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from operator import attrgetter
from typing import Any, Final

import sqlalchemy as sa

from duibiao.store import Store
from duibiao.store.rows import insert_rows
from services.ingest.adapters.tables import REPEATS, SETTLED, SUBMISSIONS, UNSETTLED
from services.ingest.domain.context import Kind
from services.ingest.domain.receipts import IdempotencyKey, Receipt, Settled, StoredSubmission
from services.ingest.domain.times import from_microseconds

# The columns of both tables are attributes of a receipt, of the same names.
_RECEIPT: Final = [name for name in SUBMISSIONS.c.keys() if name != "payload"]  # noqa: SIM118
_FINAL: Final = [name for name in SETTLED.c.keys() if name != "id"]  # noqa: SIM118
_LISTS: Final = "errors", "warnings"
_receipt_values: Final = attrgetter(*_RECEIPT)
_final_values: Final = attrgetter(*_FINAL)
_LAST: Final = 50  # records
_SMALL: Final = 500  # rows of one
_AT_ONCE: Final = 10_000  # rows
_NOTHING: Final = sa.literal(b"[]", sa.LargeBinary)


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

    def last_records(self, org: str, kind: Kind) -> Sequence[bytes]:
        """Return the records of an org's newest submissions, the newest first; no large ones."""
        small = SUBMISSIONS.c.taken <= _SMALL
        query = sa.select(SUBMISSIONS.c.payload).where(SUBMISSIONS.c.org == org, small)
        query = query.where(SUBMISSIONS.c.kind == kind).order_by(SUBMISSIONS.c.id.desc())
        with self._store.read() as connection:
            return connection.scalars(query.limit(_LAST)).all()

    def repeated(self, scope: str, key: str) -> tuple[IdempotencyKey, Receipt] | None:
        """Return what was accepted with an Idempotency-Key, as it was answered then."""
        used = sa.select(REPEATS).where(REPEATS.c.scope == scope, REPEATS.c.key == key)
        with self._store.read() as connection:
            repeat = connection.execute(used).one_or_none()
            receipt = None if repeat is None else receipt_of(connection, repeat.id)
        if repeat is None or receipt is None:
            return None
        return IdempotencyKey(scope, key, repeat.fingerprint), receipt

    def sent(self) -> Iterator[tuple[str, str]]:
        """Yield (org, id) of every submission that was put on the log, by id."""
        unsent = sa.select(UNSETTLED.c.id).where(UNSETTLED.c.sent_us.is_(None))
        unsent = unsent.where(UNSETTLED.c.times == 0)
        query = (
            sa.select(SUBMISSIONS.c.org, SUBMISSIONS.c.id)
            .where(SUBMISSIONS.c.id.not_in(unsent))
            .order_by(SUBMISSIONS.c.id)
        )
        with self._store.read() as connection:
            for row in connection.execute(query, execution_options={"yield_per": _AT_ONCE}):
                yield row.org, row.id

    def payloads(self, ids: Collection[str]) -> Mapping[str, bytes]:
        """Return the records of some submissions, of those that are kept."""
        query = sa.select(SUBMISSIONS.c.id, SUBMISSIONS.c.payload).where(SUBMISSIONS.c.id.in_(ids))
        with self._store.read() as connection:
            return {row.id: row.payload for row in connection.execute(query)}


def write_submissions(tx: sa.Connection, entries: Sequence[StoredSubmission]) -> None:
    """Write submissions in order, each with its place in the outbox and its key."""
    rows = [(*_receipt_values(entry.receipt), entry.payload) for entry in entries]
    insert_rows(tx, SUBMISSIONS, " ".join((*_RECEIPT, "payload")), rows)
    places = [(entry.receipt.id, entry.receipt.org) for entry in entries]
    insert_rows(tx, UNSETTLED, "id org", places)
    repeats = [
        (entry.repeat.scope, entry.repeat.key, entry.repeat.fingerprint, entry.receipt.id)
        for entry in entries
        if entry.repeat is not None
    ]
    insert_rows(tx, REPEATS, "scope key fingerprint id", repeats)


def write_settled(tx: sa.Connection, receipt: Receipt, settled: Settled) -> None:
    """Write the final counts of a submission, in place of those of its dead letter."""
    if receipt.settled is not None:
        tx.execute(sa.delete(SETTLED).where(SETTLED.c.id == receipt.id))
    row = (receipt.id, *_final_values(settled))
    insert_rows(tx, SETTLED, " ".join(("id", *_FINAL)), [row])


def receipt_of(connection: sa.Connection, submission_id: str) -> Receipt | None:
    """Return one receipt as `connection` sees it."""
    row = connection.execute(_ONE, {"one": submission_id}).one_or_none()
    return None if row is None else _receipt(row)


def _receipts(*lists: sa.ColumnElement[bytes]) -> sa.Select[Any]:
    """Return the question for receipts; `lists` are what is asked for of faults and warnings."""
    mine = [SUBMISSIONS.c[name] for name in _RECEIPT if name not in _LISTS]
    final = [SETTLED.c[name] for name in _FINAL]
    joined = SUBMISSIONS.outerjoin(SETTLED, SETTLED.c.id == SUBMISSIONS.c.id)
    return sa.select(*mine, *lists, *final).select_from(joined)


# Built once: building it costs more than running it.
_ONE: Final = _receipts(*(SUBMISSIONS.c[name] for name in _LISTS)).where(
    SUBMISSIONS.c.id == sa.bindparam("one")
)


def _receipt(row: sa.Row[Any]) -> Receipt:
    values = dict(row._mapping)  # noqa: SLF001 - public, says SQLAlchemy
    final = {name: values.pop(name) for name in _FINAL}
    evaluated_us = final.pop("evaluated_us")
    settled = None
    if evaluated_us is not None:
        settled = Settled(evaluated_at=from_microseconds(evaluated_us), **final)
    received_at = from_microseconds(values.pop("received_us"))
    return Receipt(received_at=received_at, settled=settled, **values)
