"""A small service for tests of the pipeline: it counts in a table what it handled."""

from collections.abc import Callable
from pathlib import Path

from sqlalchemy import Column, Connection, Integer, MetaData, String, Table, insert, select

from duibiao.bus import Bus, Event, Record
from duibiao.bus.dead_letters import DeadLetters
from duibiao.bus.limits import Limits
from duibiao.bus.outbox import Outbox
from duibiao.bus.positions import Positions
from duibiao.bus.worker import OfDeadLetter, Worker
from duibiao.store import Store
from duibiao.store.config_lease import ALWAYS, Lease
from tests.support.bus import TOPIC
from tests.support.clock import ManualClock
from tests.support.stores import make

QUICK = Limits(wait=0.01, pause=0.001)


class Counting:
    """Writes down each record it handles; `act` may raise before it does.

    One that `remembers` ids lets repeats pass unhandled and counts them, as a service must whose
    log does not drop them.
    """

    def __init__(
        self,
        folder: Path,
        schema: str = "counting",
        act: Callable[[Record], None] = lambda _: None,
        *,
        topic: str = TOPIC,
        remembers: bool = False,
    ) -> None:
        metadata = MetaData()
        self._table = Table(
            "handled",
            metadata,
            Column("place", Integer, primary_key=True),
            Column("key", String, nullable=False),
            Column("name", String, nullable=False),
            Column("id", String, nullable=False),
        )
        self.outbox = Outbox(metadata)
        self.positions = Positions(metadata)
        self.store = Store(f"sqlite:///{folder}/duibiao.db", schema)
        make(self.store, metadata)
        self.act = act
        self.topic = topic
        self.of_dead_letter: OfDeadLetter = lambda _: ()
        self.repeats = 0
        self._remembers = remembers
        self.seen: list[str] = []
        self.told: list[str] = []

    def handle(self, tx: Connection, record: Record) -> bool:
        self.seen.append(record.event.data.decode())
        if self._remembers and self._has(tx, record.event.id):
            self.repeats += 1
            return True
        name, key, ident = record.event.data.decode(), record.event.key, record.event.id
        tx.execute(insert(self._table).values(key=key, name=name, id=ident))
        self.act(record)
        return False

    def _has(self, tx: Connection, ident: str) -> bool:
        return (
            tx.execute(select(self._table.c.place).where(self._table.c.id == ident)).first()
            is not None
        )

    def worker(
        self, bus: Bus, *, limits: Limits = QUICK, name: str = "worker", lease: Lease = ALWAYS
    ) -> Worker:
        return Worker(
            name,
            bus=bus,
            group=f"{self.topic}-counting",
            topics=[self.topic],
            store=self.store,
            positions=self.positions,
            handle=self.handle,
            outbox=self.outbox,
            dead_letters=DeadLetters("counting", ManualClock()),
            of_dead_letter=self.of_dead_letter,
            after_commit=lambda: self.told.append("commit"),
            after_rollback=lambda: self.told.append("rollback"),
            lease=lease,
            limits=limits,
        )

    def break_down(self) -> None:
        """Take away the table of what is handled."""
        with self.store.begin() as tx:
            self._table.drop(tx)

    def handled(self) -> list[str]:
        """The names in the order in which their effects were committed."""
        with self.store.read() as connection:
            query = select(self._table.c.name).order_by(self._table.c.place)
            return list(connection.execute(query).scalars())

    def handled_of(self, key: str) -> list[str]:
        with self.store.read() as connection:
            query = select(self._table.c.name).where(self._table.c.key == key)
            return list(connection.execute(query.order_by(self._table.c.place)).scalars())

    def position(self) -> int:
        with self.store.read() as connection:
            return self.positions.of(connection, TOPIC, 0)

    def dead(self) -> list[Event]:
        return [event for _, event in self.outbox.source(self.store).pending(1000)]
