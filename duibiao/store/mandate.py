"""The mandate: of the processes that share a schema, those with one and the same terms do the work.

Terms are what a process works by and another one may not: a register, a calendar. Where both
worked, each would undo what the other has done. So the schema's table of facts names the terms in
force, and every transaction that works by terms makes sure that they are its own. As writers
follow one another, nobody writes by other terms once somebody has taken over.

    terms that were never in force here    take over as soon as they come
    terms that were                        wait until those in force have been silent for a while

So another register comes in with the first process that has it, and stays: an old process that is
started anew does not bring the old one back, nor do two sets of terms take over in turns when a
process of one crashes again and again. Going back works as well, once the last of the others ends.

Silence is measured by whoever waits, on its own clock and by what it sees: those in force count a
beat up, and the count must stand still while it is looked at all the time. So no two clocks are
compared, and an outage of the database, which silences all, is not taken for somebody's end.
"""

from collections.abc import Callable
from typing import Final, Protocol

import msgspec
import structlog
from sqlalchemy import Connection

from duibiao.runtime.retry import Retry
from duibiao.store.meta import Meta
from duibiao.store.store import Store

# Seconds. A writer that hangs holds up the others for 30 of them: that alone is no silence.
SILENCE: Final = 40.0
BEAT: Final = 5.0
_MISSED: Final = 8.0  # between two looks; after a longer pause the silence is measured anew
_REMEMBERED: Final = 100  # terms that were in force
_NAME: Final = "mandate"

_log = structlog.get_logger(__name__)


class SteppedAside(Retry):
    """Other terms are in force; nothing was done."""


class Mandate(Protocol):
    """Whether this process works. Asked from any thread."""

    @property
    def acts(self) -> bool:
        """Whether it does, as far as is known; never asks the store."""
        ...

    def admit(self, tx: Connection) -> None:
        """Let a transaction go on that works by our terms.

        Raises:
            SteppedAside: they are not in force.

        """
        ...


class Always:
    """The mandate of work that does not depend on any terms."""

    acts = True

    def admit(self, tx: Connection) -> None:
        """Do nothing."""


ALWAYS: Final = Always()


class _Standing(msgspec.Struct, frozen=True):
    """What the schema knows: terms in force, their beats, and all that ever were in force."""

    terms: str
    beat: int
    known: tuple[str, ...]


class TermsMandate:
    """The mandate of one process. `is_due`, `take` and `settle` belong to one thread.

    Where the store is a file of this installation there is one process; it need not wait.

    Attributes:
        terms: ours, in words; equal words, equal terms.

    """

    def __init__(
        self, store: Store, meta: Meta, terms: str, monotonic: Callable[[], float]
    ) -> None:
        self.terms = terms
        self._store = store
        self._meta = meta
        self._monotonic = monotonic
        self._acts: bool | None = None  # None: nobody has looked yet
        self._beaten = float("-inf")
        self._heard: tuple[str, int] | None = None
        self._looked = self._silent_since = float("-inf")

    @property
    def acts(self) -> bool:
        """Whether our terms were in force when it was last looked."""
        return self._acts is True

    def admit(self, tx: Connection) -> None:
        """Let a transaction go on where our terms are in force, and step aside elsewhere."""
        standing = self._standing(tx)
        if standing is None or standing.terms != self.terms:
            self._step_aside(standing)
            raise SteppedAside(f"in force: {standing and standing.terms}; ours: {self.terms}")

    def is_due(self) -> bool:
        """Whether it is time for `take`: to beat, or because we may take over."""
        if self._acts is None:
            return True
        if self._acts:
            return self._monotonic() - self._beaten >= BEAT
        with self._store.read() as connection:
            return self._may_take(self._standing(connection))

    def take(self, tx: Connection) -> bool:
        """In a writing transaction: take over where we may, and beat; tell whether we act in it.

        To be followed by `settle` with the answer once the transaction is committed.
        """
        standing = self._standing(tx)
        if not self._may_take(standing):
            self._step_aside(standing)
            return False
        known = standing.known if standing else ()
        if self.terms not in known:
            known = (*known, self.terms)[-_REMEMBERED:]
        beat = standing.beat + 1 if standing else 0
        said = msgspec.json.encode(_Standing(self.terms, beat, known))
        self._meta.set(tx, _NAME, said.decode())
        return True

    def settle(self, *, acts: bool) -> None:
        """Know what a transaction of `take` has come to."""
        if acts:
            if not self.acts:
                _log.info("本进程按此评判。This process works by these terms.", in_force=self.terms)
            self._acts = True
            self._beaten = self._monotonic()

    def _may_take(self, standing: _Standing | None) -> bool:
        if standing is None or standing.terms == self.terms:
            return True
        if self._acts is None and (self._store.embedded or self.terms not in standing.known):
            return True
        return self._are_silent(standing)

    def _are_silent(self, standing: _Standing) -> bool:
        now = self._monotonic()
        heard = standing.terms, standing.beat
        if heard != self._heard or now - self._looked > _MISSED:
            self._heard, self._silent_since = heard, now
        self._looked = now
        return now - self._silent_since >= SILENCE

    def _step_aside(self, standing: _Standing | None) -> None:
        if self._acts is not False:
            _log.warning(
                "另一版目标登记或日历生效，本进程退居一旁，只供查阅。"
                "Another register or calendar is in force: this process steps aside and only "
                "answers readers.",
                in_force=standing and standing.terms,
                ours=self.terms,
            )
        self._acts = False

    def _standing(self, connection: Connection) -> _Standing | None:
        text = self._meta.get(connection, _NAME)
        return None if text is None else msgspec.json.decode(text, type=_Standing)
