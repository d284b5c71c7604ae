"""The schema of a store through the releases: numbered revisions, and which releases bear them.

A revision is a file of Alembic's beside the tables that it makes. Its name says all that a
release must know which has never seen it: `0005_since_0003` is the fifth shape, and every release
that knows at least the third works with it. So a release that is older than the store can tell
whether it may go on (docs/upgrades.md).
"""

import logging
import re
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from typing import Final

from alembic.migration import MigrationContext
from alembic.operations import Operations
from alembic.runtime.migration import MigrationStep
from alembic.script import Script, ScriptDirectory
from sqlalchemy import Connection

from duibiao.store.errors import StoreError
from duibiao.store.patience import patiently
from duibiao.store.store import Store

_log: Final = logging.getLogger(__name__)
_NAME: Final = re.compile(r"(\d{4})_since_(\d{4})")
_UP, _DOWN = MigrationStep.upgrade_from_script, MigrationStep.downgrade_from_script
_LOCK_MS: Final = 2_000
# Alembic keeps the connection that a revision works on in a global of its own.
_one_at_a_time: Final = threading.Lock()


class SchemaError(StoreError):
    """The store has a schema that this release does not work with; the text says what to do."""


@dataclass(frozen=True, slots=True, order=True)
class Revision:
    """One shape of a schema.

    Attributes:
        number: 1 for the first.
        since: the least number that a release must know to work with it.

    """

    number: int
    since: int

    @classmethod
    def named(cls, name: str) -> "Revision":
        """Read a name such as "0005_since_0003". ValueError when it is none."""
        found = _NAME.fullmatch(name)
        if found is None:
            raise ValueError(f"{name} is no name of a revision")
        return cls(int(found[1]), int(found[2]))


@dataclass(frozen=True, slots=True)
class Step:
    """One revision to be taken, up or down; `says` is its first line."""

    schema: str
    number: int
    down: bool
    says: str


class Schema:
    """The revisions of one store. Shared between threads."""

    def __init__(self, name: str, *folders: Path) -> None:
        """`folders` hold the files of the revisions."""
        self.name = name
        self.folders = folders

    @property
    def newest(self) -> int:
        """The number of the newest revision that this release knows: the one it works with."""
        return len(self._scripts)

    @property
    def revisions(self) -> Sequence[Revision]:
        """Those that this release knows, the first one first."""
        return [Revision.named(script.revision) for script in self._scripts]

    def standing(self, store: Store) -> Revision | None:
        """Return the revision that the store is at; None where it has never had a number.

        Raises:
            SchemaError: it has a number that is none of ours.
            StoreUnavailable: try again later.

        """
        with store.read() as connection:
            return self._standing(connection)

    def plan(self, store: Store, to: int | None = None) -> Sequence[Step]:
        """Return the steps from where the store is to the revision `to`, the newest unless given.

        Raises:
            SchemaError: there is no way there for this release.

        """
        return [step for step, _ in self._way(self.standing(store), to)]

    def migrate(
        self, store: Store, to: int | None = None, *, patience: float = 0.0
    ) -> Sequence[Step]:
        """Take the steps, each in a transaction of its own; return those that were taken here.

        Whoever else migrates waits for its turn as every writer does, and then finds what is left.
        A step that meets traffic is tried again for `patience` seconds.

        Raises:
            SchemaError: there is no way there for this release; nothing was changed.
            StoreUnavailable: the steps that were taken stand; try again later.

        """
        until = time.monotonic() + patience
        if self.standing(store) is None:
            patiently(store.create_schema, until)
        taken: list[Step] = []
        for _ in self.plan(store, to):
            step = patiently(partial(self._take_next, store, to), until)
            if step is not None:
                way = "down from" if step.down else "up to"
                _log.info("schema of %s: %s revision %d", self.name, way, step.number)
                taken.append(step)
        return taken

    def admit(self, store: Store) -> None:
        """Make sure that this release works with the store.

        One that is too old is migrated where it is embedded; else that is an act of its own, so
        that replicas which start together do not race.

        Raises:
            SchemaError: it does not.

        """
        found = self.standing(store)
        if found is None or found.number < self.newest:
            if not store.embedded:
                raise SchemaError(_too_old(self.name, found, self.newest))
            self.migrate(store)
        else:
            self._bear(found)

    @cached_property
    def _place(self) -> ScriptDirectory:
        return ScriptDirectory(self.folders[0], version_locations=self.folders)

    @cached_property
    def _scripts(self) -> Sequence[Script]:
        """The files, the first revision first."""
        scripts = list(self._place.walk_revisions())[::-1]
        numbers = [Revision.named(script.revision).number for script in scripts]
        if numbers != list(range(1, len(scripts) + 1)):
            raise ValueError(f"the revisions of {self.name} are not numbered 1, 2, 3: {numbers}")
        return scripts

    def _standing(self, connection: Connection) -> Revision | None:
        heads = MigrationContext.configure(connection).get_current_heads()
        if not heads:
            return None
        try:
            return Revision.named(heads[0])
        except ValueError:
            raise SchemaError(
                f"{self.name} 库的版本号 {heads[0]} 无法识别。"
                f"The store of {self.name} has a number that is none of ours: {heads[0]}."
            ) from None

    def _bear(self, found: Revision) -> None:
        if found.since > self.newest:
            raise SchemaError(_too_new(self.name, found, self.newest))

    def _way(self, found: Revision | None, to: int | None) -> Sequence[tuple[Step, Script]]:
        here = 0 if found is None else found.number
        if found is not None and here > self.newest:
            self._bear(found)
            if to is None:
                return []
        target = self.newest if to is None else to
        if not 1 <= target <= self.newest or here > self.newest:
            raise SchemaError(_no_way(self.name, here, target, self.newest))
        down = target < here
        scripts = self._scripts[target:here][::-1] if down else self._scripts[here:target]
        return [(self._step(script, down=down), script) for script in scripts]

    def _step(self, script: Script, *, down: bool) -> Step:
        says = script.doc.splitlines()[0]
        return Step(self.name, Revision.named(script.revision).number, down, says)

    def _take_next(self, store: Store, to: int | None) -> Step | None:
        with _one_at_a_time, store.begin() as tx:
            way = self._way(self._standing(tx), to)
            if not way:
                return None
            self._take(tx, *way[0])
            return way[0][0]

    def _take(self, tx: Connection, step: Step, script: Script) -> None:
        make = _DOWN if step.down else _UP
        alembics = make(self._place.revision_map, script)
        context = MigrationContext.configure(tx, opts={"fn": lambda *_: [alembics]})
        if tx.dialect.name == "postgresql":
            # Readers line up behind whoever waits for a table: rather step back and come again.
            tx.exec_driver_sql(f"SET LOCAL lock_timeout = {_LOCK_MS}")
        with Operations.context(context):
            context.run_migrations()


def _too_old(name: str, found: Revision | None, newest: int) -> str:
    zh = "尚无版本号" if found is None else f"为第 {found.number} 版"
    en = "has no revision yet" if found is None else f"is at revision {found.number}"
    return (
        f"{name} 库的结构{zh}，本程序需要第 {newest} 版：请先运行 duibiao migrate。"
        f"The store of {name} {en}; this release needs {newest}: run `duibiao migrate` first."
    )


def _too_new(name: str, found: Revision, newest: int) -> str:
    return (
        f"{name} 库的结构为第 {found.number} 版，至少需要认识第 {found.since} 版的程序，"
        f"而本程序只到第 {newest} 版：程序比库旧，请使用较新的程序。"
        f"The store of {name} is at revision {found.number}, for releases that know {found.since} "
        f"or later; this one knows {newest}: it is older than the store, use a newer release."
    )


def _no_way(name: str, here: int, target: int, newest: int) -> str:
    return (
        f"{name} 库不能从第 {here} 版改到第 {target} 版：本程序认识第 1 至 {newest} 版。"
        f"The store of {name} cannot go from revision {here} to {target}: this release knows "
        f"1 to {newest}."
    )
