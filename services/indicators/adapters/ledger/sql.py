"""`SqlLedger`: the ledger of the use cases over one database transaction."""

from datetime import datetime
from functools import lru_cache
from typing import Final

from sqlalchemy import Connection, bindparam, select

from services.indicators.adapters.encoding import from_document, to_document
from services.indicators.adapters.ledger import tables
from services.indicators.adapters.ledger.batches import upsert
from services.indicators.adapters.ledger.judged import DutyShelf, RollupShelf, VerdictShelf
from services.indicators.adapters.ledger.statements import StatementShelf
from services.indicators.domain.moments import to_us
from services.indicators.domain.rows import Changes, Footing, VerdictChange
from services.indicators.domain.submission import RowCounts

_FOOTING: Final = "footing"
_MARK: Final = "state"
_APPLIED: Final = select(tables.applied).where(
    tables.applied.c.submission_id == bindparam("submission")
)


@lru_cache(maxsize=1)
def _footing(text: str) -> Footing:
    return from_document(text, Footing)


class SqlLedger(StatementShelf, RollupShelf, VerdictShelf, DutyShelf):
    """A `Ledger` in the transaction of a `Store`; whoever began that commits it.

    The work row by row goes out in whole batches (executemany), never one by one.
    """

    def __init__(self, tx: Connection) -> None:
        super().__init__(tx)
        self._footing: Footing | None = None  # asked for more than once in a transaction

    def footing(self) -> Footing | None:
        """Return what the kept verdicts rest on; None in an empty store."""
        if self._footing is None:
            text = tables.meta.get(self._tx, _FOOTING)
            self._footing = None if text is None else _footing(text)
        return self._footing

    def save_footing(self, footing: Footing) -> None:
        """Replace the footing."""
        tables.meta.set(self._tx, _FOOTING, to_document(footing))
        self._footing = footing

    def mark(self) -> str:
        """Return what was saved by the last change of the state."""
        return tables.meta.get(self._tx, _MARK) or ""

    def save_mark(self, mark: str) -> None:
        """Mark the state as it is at the end of this transaction."""
        tables.meta.set(self._tx, _MARK, mark)

    def applied(self, submission_id: str) -> RowCounts | None:
        """Return the counts of a submission applied earlier, None where it never was."""
        row = self._tx.execute(_APPLIED, {"submission": submission_id}).one_or_none()
        return None if row is None else RowCounts(row.accepted, row.duplicate, row.revised)

    def save_applied(self, submission_id: str, counts: RowCounts, now: datetime) -> None:
        """Remember that a submission was applied, and when."""
        taken = counts.accepted, counts.duplicate, counts.revised
        upsert(self._tx, tables.applied, [(submission_id, *taken, to_us(now))])


def standing(connection: Connection) -> Changes:
    """Return every verdict and duty that stands, to be told once more."""
    ledger = SqlLedger(connection)
    verdicts = (
        VerdictChange(verdict, None)
        for target in sorted(ledger.judged_targets())
        for verdict in ledger.verdicts(target)
    )
    return Changes(tuple(verdicts), tuple(ledger.duties().values()))
