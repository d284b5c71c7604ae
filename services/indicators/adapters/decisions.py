"""Decisions of people: each one, its audit record and its event in one transaction."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import msgspec
from sqlalchemy import Connection, select

from duibiao.audit import SYSTEM, Act, AuditLog
from duibiao.core import Clock, new_id
from duibiao.register import Register, parse
from duibiao.store import Store
from services.indicators.adapters.bulletins import Bulletins
from services.indicators.adapters.events import Events
from services.indicators.adapters.records import sent_since
from services.indicators.adapters.repository import tables
from services.indicators.adapters.repository.repository import SqlRepository
from services.indicators.domain.decisions import Closing, Decision, Waiver, closings_of, waivers_of
from services.indicators.domain.reviews import Review
from services.indicators.domain.rows import JsonObject
from services.indicators.usecases.decide import Decisions


@dataclass(frozen=True, slots=True)
class DecisionLog:
    """Takes decisions, and tells how what they are about stands. Shared between threads.

    `after_commit` is called once a decision is durable. A closing freezes `bulletins` too.
    """

    store: Store
    register: Register
    clock: Clock
    audit: AuditLog
    events: Events
    after_commit: Callable[[], None]
    bulletins: Bulletins

    def take(self, actor: str, decide: Callable[[Decisions], Decision]) -> Decision:
        """Let a decision be made and keep it; what `Decisions` raises keeps nothing."""
        with self.store.begin() as tx:
            decision = decide(self._decisions(tx, actor))
            self._note(tx, [decision])
        self.after_commit()
        return decision

    def close_expired(self, tx: Connection) -> None:
        """Close the periods whose exception has ended."""
        self._note(tx, self._decisions(tx, SYSTEM).close_expired())

    def waivers(self) -> Mapping[str, Waiver]:
        """Return all waivers by id, the oldest first."""
        return waivers_of(self.decisions("waiver"))

    def closings(self) -> Mapping[str, Closing]:
        """Return the closed periods by code, in the order in which they were first closed."""
        return closings_of(self.decisions("period"))

    def decisions(self, about: str) -> Sequence[Decision]:
        """Return the decisions on waivers, periods, reviews or notes, in their order."""
        with self.store.read() as connection:
            return SqlRepository(connection).decisions(about)

    def revised(self, review: Review) -> bool:
        """Whether the unit sent other figures, progress reports or cases of it since."""
        with self.store.read() as connection:
            sent = sent_since(connection, self.register, review)
            return any(map(parse(review.period).covers, sent))

    def places(self) -> Mapping[str, tuple[int, str]]:
        """Return the number and the hash of the audit record of each closing, by its id."""
        records, decode = tables.audit.records.c, msgspec.json.decode
        query = select(records.sequence, records.hash, records.details)
        with self.store.read() as connection:
            rows = connection.execute(query.where(records.act == "period.closed")).all()
        return {decode(row.details)["decision"]: (row.sequence, row.hash.hex()) for row in rows}

    def _decisions(self, tx: Connection, actor: str) -> Decisions:
        ids = partial(new_id, self.clock)
        now, repository = self.clock.now(), SqlRepository(tx)
        return Decisions(repository, actor, self.clock.today(), now, ids, self.register)

    def _note(self, tx: Connection, decisions: Sequence[Decision]) -> None:
        def frozen(one: Decision) -> JsonObject:
            return self.bulletins.freeze(tx, one) if one.kind == "period.closed" else {}

        acts = [
            Act(one.actor, one.kind, one.subject, {**one.said, "decision": one.id, **frozen(one)})
            for one in decisions
        ]
        self.audit.append(tx, acts)
        tables.outbox.put(tx, map(self.events.of_decision, decisions))
