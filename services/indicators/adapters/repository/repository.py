"""`SqlRepository`: the repository of the use cases over one database transaction."""

from datetime import datetime
from functools import lru_cache
from typing import Final

from sqlalchemy import Connection, bindparam, select

from services.indicators.adapters.encoding import from_document, to_document
from services.indicators.adapters.repository import tables
from services.indicators.adapters.repository.batches import upsert
from services.indicators.adapters.repository.judged import DutyShelf, RollupShelf, VerdictShelf
from services.indicators.adapters.repository.statements import StatementShelf
from services.indicators.domain.rows import Changes, Checkpoint, VerdictChange
from services.indicators.domain.submission import RowCounts
from services.indicators.domain.timestamps import to_us

_CHECKPOINT: Final = "checkpoint"
_MARK: Final = "state"
_APPLIED: Final = select(tables.applied).where(
    tables.applied.c.submission_id == bindparam("submission")
)


@lru_cache(maxsize=1)
def _checkpoint(text: str) -> Checkpoint:
    return from_document(text, Checkpoint)


class SqlRepository(StatementShelf, RollupShelf, VerdictShelf, DutyShelf):
    """A `Repository` in the transaction of a `Store`; whoever began that commits it.

    The work row by row goes out in whole batches (executemany), never one by one.
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

    def save_applied(self, submission_id: str, counts: RowCounts, now: datetime) -> None:
        taken = counts.accepted, counts.duplicate, counts.revised
        upsert(self._tx, tables.applied, [(submission_id, *taken, to_us(now))])


def standing(connection: Connection) -> Changes:
    """Return every verdict and duty that stands, to be told once more."""
    repository = SqlRepository(connection)
    verdicts = (
        VerdictChange(verdict, None)
        for target in sorted(repository.judged_targets())
        for verdict in repository.verdicts(target)
    )
    return Changes(tuple(verdicts), tuple(repository.duties().values()))
