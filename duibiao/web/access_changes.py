"""Changes of people and sessions: each in one transaction with its record in the audit chain."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy import Connection

from duibiao.audit import Act, AuditLog
from duibiao.core.clock import Clock
from duibiao.store import Store


@dataclass(frozen=True, slots=True)
class AccessChanges:
    """What administers a table of the access store. Safe to call from any thread.

    Attributes:
        audit: the chain of the access store.
        changed: called after every change.

    """

    store: Store
    audit: AuditLog
    clock: Clock
    changed: Callable[[], None]

    @contextmanager
    def changing(self, act: Act) -> Iterator[Connection]:
        """Open a transaction that ends with the record of an act."""
        with self.store.begin() as tx:
            yield tx
            self.audit.append(tx, [act])
        self.changed()
