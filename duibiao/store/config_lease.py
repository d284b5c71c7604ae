"""The config lease: of the processes of an installation, those with the config in force work.

A config is what a process works by and another one may not: a register, a calendar. Where both
worked, each would undo what the other has done. So the schema of the service that judges names the
config in force, and every transaction that works by a config makes sure that it is its own. As
writers follow one another, nobody writes by another config once somebody has taken over.

    a config that was never in force here   takes over as soon as it comes
    a config that was                       waits until the one in force was silent for a while

So another register comes in with the first process that has it, and stays: an old process that is
started anew does not bring the old one back, nor do two configs take over in turns when a process
of one crashes again and again. Going back works as well, once the last of the others ends.

Silence is measured by whoever waits, on its own monotonic clock and by what it sees: those in force
count a beat up, and the count must stand still while it is looked at all the time. So no two clocks
are compared, and an outage of the database, which silences all, is not taken for somebody's end.

A service that judges what another one has judged follows its lease and never takes it.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final, Protocol

import msgspec
import structlog
from sqlalchemy import Connection

from duibiao.store.meta import Meta
from duibiao.store.store import Store

# Versions: of the register, of the calendar, then what only the service that judges works by.
Config = tuple[str, ...]

# Seconds. A writer that hangs holds up the others for 30 of them: that alone is no silence.
SILENCE: Final = 40.0
BEAT: Final = 5.0
_MISSED: Final = 8.0  # between two looks; after a longer pause the silence is measured anew
_REMEMBERED: Final = 100  # configs that were in force
_NAME: Final = "config_lease"

_log = structlog.get_logger(__name__)


class Lease(Protocol):
    """Whether this process works. Asked from any thread."""

    @property
    def acts(self) -> bool:
        """Whether it does, as far as is known; never asks the store."""

    def look(self, connection: Connection) -> bool:
        """Learn and tell whether it does; in a writing transaction that holds to its end."""


class Always:
    """The lease of work that does not depend on any config, or of a process that is alone."""

    acts = True

    def look(self, connection: Connection) -> bool:  # noqa: ARG002 - the protocol's
        """Say yes."""
        return True


ALWAYS: Final = Always()


class _InForce(msgspec.Struct, frozen=True):
    """What the schema knows: the config in force, its beats, and all that ever were in force."""

    config: Config
    beat: int
    known: tuple[Config, ...]


class FollowedLease:
    """The lease of a process that follows the config in force; before there is one, it acts."""

    def __init__(self, meta: Meta, config: Config) -> None:
        """`meta` is the table of the service that judges."""
        self._meta = meta
        self._config = config
        self._acts: bool | None = None  # None: nobody has looked yet

    @property
    def acts(self) -> bool:
        """Whether our config was in force when it was last looked."""
        return self._acts is True

    def look(self, connection: Connection) -> bool:
        """Learn and tell whether our config is in force."""
        in_force = self._in_force(connection)
        return self._learned(in_force, acts=in_force is None or self._is_ours(in_force))

    def _in_force(self, connection: Connection) -> _InForce | None:
        text = self._meta.get(connection, _NAME)
        return None if text is None else msgspec.json.decode(text, type=_InForce)

    def _is_ours(self, in_force: _InForce) -> bool:
        return in_force.config[: len(self._config)] == self._config

    def _learned(self, in_force: _InForce | None, *, acts: bool) -> bool:
        if acts is not self._acts:
            say = _log.info if acts else _log.warning
            say(
                "本进程的目标登记和日历为现行配置。This process has the configuration in force."
                if acts
                else "另一版目标登记或日历生效，本进程转为只读。"
                "Another register or calendar is in force: this process is read-only.",
                in_force=in_force and in_force.config,
                ours=self._config,
            )
        self._acts = acts
        return acts


class ConfigLease(FollowedLease):
    """The lease of a process that judges. `is_due` and `renewed` belong to one thread.

    Where the store is a file of this installation there is one process; it need not wait.
    """

    def __init__(
        self, store: Store, meta: Meta, config: Config, monotonic: Callable[[], float]
    ) -> None:
        super().__init__(meta, config)
        self._store = store
        self._monotonic = monotonic
        self._beaten = float("-inf")
        self._heard: tuple[Config, int] | None = None
        self._looked = self._silent_since = float("-inf")

    def is_due(self) -> bool:
        """Whether it is time for `renewed`: to beat, or because we may take over."""
        if self._acts is None:
            return True
        if self._acts:
            return self._monotonic() - self._beaten >= BEAT
        with self._store.read() as connection:
            return self._may_take(self._in_force(connection))

    @contextmanager
    def renewed(self) -> Iterator[Connection | None]:
        """Begin a writing transaction that takes over where we may, and beats.

        Gives None where another config stays in force. `acts` tells what was before until the
        transaction is committed.
        """
        with self._store.begin() as tx:
            in_force = self._in_force(tx)
            takes = self._may_take(in_force)
            if takes:
                in_force = self._beat(tx, in_force)
            yield tx if takes else None
        self._learned(in_force, acts=takes)
        self._beaten = self._monotonic()

    def _beat(self, tx: Connection, before: _InForce | None) -> _InForce:
        known = before.known if before else ()
        if self._config not in known:
            known = (*known, self._config)[-_REMEMBERED:]
        ours = _InForce(self._config, before.beat + 1 if before else 0, known)
        self._meta.set(tx, _NAME, msgspec.json.encode(ours).decode())
        return ours

    def _may_take(self, in_force: _InForce | None) -> bool:
        if in_force is None or self._is_ours(in_force):
            return True
        if self._acts is None and (self._store.embedded or self._config not in in_force.known):
            return True
        return self._are_silent(in_force)

    def _are_silent(self, in_force: _InForce) -> bool:
        now = self._monotonic()
        heard = in_force.config, in_force.beat
        if heard != self._heard or now - self._looked > _MISSED:
            self._heard, self._silent_since = heard, now
        self._looked = now
        return now - self._silent_since >= SILENCE
