"""A store with an audit chain and an outbox, as a service has them."""

from collections.abc import Sequence

from sqlalchemy import MetaData

from duibiao.audit import Act, AuditLog, AuditTables
from duibiao.audit.digests import Algorithm
from duibiao.audit.reading import kept_head, rows
from duibiao.audit.verify import Published, Row, Verification, verify_chain
from duibiao.bus.outbox import Outbox
from duibiao.core.clock import Clock
from duibiao.store import Store
from tests.support.clock import ManualClock
from tests.support.tables import make

CHAIN = "ingest"


class AuditedStore:
    """The store of a chain, and what somebody with the password could do to it."""

    def __init__(self, url: str, clock: Clock | None = None) -> None:
        self.url = url
        self.clock = clock or ManualClock()
        metadata = MetaData()
        self.tables = AuditTables(metadata, CHAIN)
        self.outbox = Outbox(metadata)
        self.store = Store(self.url, CHAIN)
        make(self.store, metadata)
        self.log = self.opened()

    def opened(self, algorithm: Algorithm = "sha256") -> AuditLog:
        """Return the log as another process would open it."""
        return AuditLog(self.tables, self.store, self.clock, algorithm)

    def append(self, *acts: Act, log: AuditLog | None = None) -> None:
        with self.store.begin() as tx:
            (log or self.log).append(tx, acts)

    def fill(self, number: int) -> None:
        self.append(*(Act("key1/org/tax", "x", f"s-{n}", {"n": n}) for n in range(number)))

    def rows(self) -> list[Row]:
        with self.store.read() as connection:
            return list(rows(connection))

    def walked(self, *published: Published) -> Verification:
        with self.store.read() as connection:
            return verify_chain(CHAIN, rows(connection), published, kept_head(connection))

    def by_hand(self, statement: str, values: Sequence[object] = ()) -> None:
        """Change the tables past the log."""
        with self.store.begin() as tx:
            tx.exec_driver_sql(statement, tuple(values))

    def close(self) -> None:
        self.store.close()
