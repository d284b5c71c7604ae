"""The submissions that are kept, for whoever has to tell them again."""

from collections.abc import Collection, Iterator, Mapping

from sqlalchemy import select

from duibiao.store import Store
from services.ingest.adapters.tables import SUBMISSIONS, UNSETTLED

_AT_ONCE = 10_000


class KeptSubmissions:
    """Reads the receipts' records back, as they were put on the log."""

    def __init__(self, store: Store) -> None:
        self._store = store

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
