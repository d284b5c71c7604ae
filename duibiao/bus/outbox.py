"""The outbox: events wait here, committed with the state they speak of, until they are sent."""

import threading
from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Any, Final

import sqlalchemy as sa

from duibiao.bus.event_rows import COLUMNS, event_of, row_of
from duibiao.bus.ports import Event
from duibiao.store import Store
from duibiao.store.columns import LONG
from duibiao.store.rows import insert_rows

# The numbers of what has gone out and is still here.
SENT: Final[sa.BindParameter[list[int]]] = sa.bindparam("sent", expanding=True)

# Puts something in the transaction in which events leave an outbox.
Note = Callable[[sa.Connection], None]

MOST_BYTES: Final = 8 * 1024 * 1024  # data that go out at once, save that an event is never split


def unnoted(_: sa.Connection) -> None:
    """Put nothing there."""


class Outbox:
    """The table `outbox` of one service."""

    def __init__(self, metadata: sa.MetaData) -> None:
        self.table = sa.Table(
            "outbox",
            metadata,
            sa.Column("number", LONG, primary_key=True),
            sa.Column("id", sa.String, nullable=False),
            sa.Column("type", sa.String, nullable=False),
            sa.Column("topic", sa.String, nullable=False),
            sa.Column("key", sa.String, nullable=False),
            sa.Column("source", sa.String, nullable=False),
            sa.Column("time", sa.String, nullable=False),
            sa.Column("data", sa.LargeBinary, nullable=False),
            sa.Column("content_type", sa.String, nullable=False),
            sa.Column("headers", sa.String, nullable=False),
            sqlite_autoincrement=True,  # a number must not come back once its row is gone
        )
        self._put = threading.local()

    def put(self, tx: sa.Connection, events: Iterable[Event]) -> None:
        """Add events in this order; they go out once `tx` is committed."""
        insert_rows(tx, self.table, COLUMNS, [row_of(event) for event in events])
        self._put.any = True

    def on_commit(self, store: Store, *nudges: Callable[[], None]) -> None:
        """Have `nudges` called after each commit of a thread that has put something."""

        def committed() -> None:
            if getattr(self._put, "any", False):
                self._put.any = False
                for nudge in nudges:
                    nudge()

        store.on_commit(committed)

    def source(self, store: Store) -> "StoredOutbox":
        """Return what a `Relay` reads from."""
        return StoredOutbox(self, store)


class StoredOutbox:
    """The outbox as the relay sees it (an `OutboxSource`)."""

    def __init__(self, outbox: Outbox, store: Store) -> None:
        self.republished = 0
        self._outbox = outbox
        self._store = store
        table = outbox.table
        number = table.c.number
        unsent = sa.select(number, sa.func.length(table.c.data).label("size"))
        batch = batch_of(unsent.where(number.not_in(SENT)))
        columns = (table.c[name] for name in COLUMNS.split())
        self._waiting = sa.select(number, *columns).join(batch, batch.c.number == number)
        self._waiting = self._waiting.order_by(number)
        self._delete = sa.delete(table).where(number.in_(sa.bindparam("numbers", expanding=True)))

    def put_again(self, tx: sa.Connection, events: Iterable[Event]) -> None:
        """Add events that went out before and may be lost."""
        again = list(events)
        self._outbox.put(tx, again)
        self.republished += len(again)

    def pending(self, limit: int, sent: Collection[int] = ()) -> Sequence[tuple[int, Event]]:
        """Return the oldest events not yet sent, in the order in which they were put."""
        with self._store.read() as connection:
            rows = connection.execute(self._waiting, {"limit": limit, "sent": [*sent]})
            return [(number, event_of(row)) for number, *row in rows]

    def sent(self, ids: Sequence[int], note: Note = unnoted) -> None:
        """Forget events that are durable on the log."""
        with self._store.begin() as tx:
            note(tx)
            tx.execute(self._delete, {"numbers": ids})


def batch_of(waiting: sa.Select[Any]) -> sa.Subquery:
    """Return the `number`s of what goes out together: of the first `limit`, what MOST_BYTES hold.

    `waiting` selects `number` and `size`, in bytes. After an outage the whole of what waits may be
    large: it must not be in memory at once. The first goes out whatever its size.
    """
    first = waiting.order_by("number").limit(sa.bindparam("limit")).subquery()
    number, size = first.c.number, first.c.size
    together = sa.func.sum(size).over(order_by=number).label("together")
    sums = sa.select(number, size, together).subquery()
    most: sa.BindParameter[int] = sa.bindparam("most_bytes", callable_=lambda: MOST_BYTES)
    fits = sa.or_(sums.c.together <= most, sums.c.together == sums.c.size)
    return sa.select(sums.c.number).where(fits).subquery()
