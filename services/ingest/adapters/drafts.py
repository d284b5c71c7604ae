"""What a unit keeps on the board before it is sent: forms half filled in, files that were checked.

Only the unit sees it. It is no record: nothing of it is audited, and it is forgotten after a while.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any, Final

from sqlalchemy import Row, delete, insert, select

from duibiao.store import Store
from services.ingest.adapters.tables import DRAFTS
from services.ingest.domain.times import microseconds

KEPT: Final = timedelta(days=30)
# Drafts of one unit; the oldest give way.
MOST: Final = 50


class DraftRepository:
    """The drafts of the store; `org` is empty for the office. Waits for the disk."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def save(self, org: str, draft_id: str, title: str, state: str, content: bytes) -> None:
        """Keep a draft in place of the one with its id."""
        now, table = self._store.clock.now(), DRAFTS.c
        gone = (table.id == draft_id) | (table.saved_us < microseconds(now - KEPT))
        own = select(table.id).where(table.org == org).order_by(table.saved_us.desc())
        row = (draft_id, org, title, state, content, microseconds(now))
        with self._store.begin() as tx:
            tx.execute(delete(DRAFTS).where(gone))
            tx.execute(insert(DRAFTS).values(row))
            tx.execute(delete(DRAFTS).where(table.id.in_(own.offset(MOST))))

    def find(self, org: str, draft_id: str) -> Row[Any] | None:
        """Return a draft of a unit; None for that of another, and for one that is no more."""
        mine = select(DRAFTS).where(DRAFTS.c.org == org, DRAFTS.c.id == draft_id)
        with self._store.read() as connection:
            return connection.execute(mine).one_or_none()

    def newest(self, org: str) -> Sequence[Row[Any]]:
        """Return the drafts of a unit without their content, the newest first."""
        columns = [column for column in DRAFTS.c if column.name != "content"]
        query = select(*columns).where(DRAFTS.c.org == org).order_by(DRAFTS.c.saved_us.desc())
        with self._store.read() as connection:
            return connection.execute(query).all()

    def remove(self, org: str, draft_id: str) -> None:
        """Forget a draft."""
        with self._store.begin() as tx:
            tx.execute(delete(DRAFTS).where(DRAFTS.c.org == org, DRAFTS.c.id == draft_id))
