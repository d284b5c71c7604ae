"""The worker: reads topics and has each record handled, effect and position in ONE commit.

What a handler raises is an instruction:

    Retry    (StoreUnavailable ...) nothing is wrong with the record: wait and do it again
    Poison   the record can never be handled: dead letter, go on
    another  tried a few times more, then as Poison; the traceback is logged
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from duibiao.bus.dead_letters import DeadLetters
from duibiao.bus.outbox import Outbox
from duibiao.bus.ports import Bus, Record
from duibiao.bus.positions import Positions
from duibiao.runtime.parts import Loop
from duibiao.store import Store

Handle = Callable[[Connection, Record], None]


class Flood(Exception):  # noqa: N818 - what it is
    """Too much of what came was poison: the fault is likelier ours than the records'."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How a worker goes about its work.

    Attributes:
        batch: records asked for at once.
        wait: seconds one poll waits for the first of them.
        budget: seconds after which a running transaction is committed with what it has.
        tries: how often a record that fails without an instruction is tried in all.
        flood: dead letters among the last `window` records that stop the worker.
        window: see `flood`.

    """

    batch: int = 100
    wait: float = 0.2
    budget: float = 0.25
    tries: int = 3
    flood: int = 50
    window: int = 100


class Worker(Loop):
    """A part that handles the records of some topics for one service.

    Many records share a transaction; when one of them fails, all of it is rolled back and they
    are handled one by one. `handle(tx, record)` must put every effect in `tx` and nowhere else;
    what it keeps in memory must be forgotten in `after_rollback`.

    Attributes:
        dead: dead letters since the start.
        lag: records per topic that wait, as of at most a second ago.

    """

    def __init__(  # noqa: PLR0913 - a worker joins that many things
        self,
        name: str,
        *,
        bus: Bus,
        group: str,
        topics: Sequence[str],
        store: Store,
        positions: Positions,
        handle: Handle,
        outbox: Outbox,
        dead_letters: DeadLetters,
        after_commit: Callable[[], None] | None = None,
        after_rollback: Callable[[], None] | None = None,
        limits: Limits = Limits(),
    ) -> None:
        super().__init__(name)

    def turn(self) -> None:
        """Poll once and handle what came."""
        raise NotImplementedError
