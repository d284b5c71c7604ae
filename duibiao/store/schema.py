"""The schema of a store through the releases: Alembic's revisions, and which releases bear them.

A revision's name says all that a release must know which has never seen it: `0005_since_0003` is
the fifth shape, and every release that knows at least the third works with it. So a release that is
older than the store can tell whether it may go on (docs/upgrades.md).
"""

import os
import re
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

import structlog
from sqlalchemy import Connection, inspect

from duibiao.core.retry import retry_until
from duibiao.store.errors import StoreError
from duibiao.store.store import Store

if TYPE_CHECKING:  # slow to import, and only needed to migrate
    from alembic.config import Config
    from alembic.script import Script

_log: Final = structlog.get_logger(__name__)
_NAME: Final = re.compile(r"(\d{4})_since_(\d{4})")
_ENVIRONMENT: Final = Path(__file__).with_name("alembic")
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
        files = (file for folder in self.folders for file in folder.glob("*.py"))
        return sum(file.name != "__init__.py" for file in files)

    @property
    def revisions(self) -> Sequence[Revision]:
        """Those that this release knows, the first one first."""
        return [Revision.named(script.revision) for script in self._scripts]

    def revision(self, store: Store) -> Revision | None:
        """Return the revision that the store is at; None where it has never had a number.

        Raises:
            SchemaError: it has a number that is none of ours.
            StoreUnavailable: try again later.

        """
        with store.read() as connection:
            return self._revision(connection)

    def plan(self, store: Store, to: int | None = None) -> Sequence[Step]:
        """Return the steps from where the store is to the revision `to`, the newest unless given.

        Raises:
            SchemaError: there is no way there for this release.

        """
        return self._way(self.revision(store), to)

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
        if self.revision(store) is None:
            retry_until(until, store.create_schema)
        taken: list[Step] = []
        for _ in self.plan(store, to):
            step = retry_until(until, partial(self._take_next, store, to))
            if step is not None:
                _log.info("schema migrated", schema=self.name, revision=step.number, down=step.down)
                taken.append(step)
        return taken

    def admit(self, store: Store) -> None:
        """Make sure that this release works with the store.

        One that is too old is migrated where it is embedded; else that is an act of its own, so
        that replicas which start together do not race.

        Raises:
            SchemaError: it does not.

        """
        found = self.revision(store)
        if found is None or found.number < self.newest:
            if not store.embedded:
                raise SchemaError(_too_old(self.name, found, self.newest))
            self.migrate(store)
        elif found.since > self.newest:
            raise SchemaError(_too_new(self.name, found, self.newest))

    @cached_property
    def _config(self) -> "Config":
        from alembic.config import Config  # noqa: PLC0415

        config = Config()
        folders = os.pathsep.join(map(str, self.folders))
        for name, value in (
            ("script_location", str(_ENVIRONMENT)),
            ("version_locations", folders),
            ("path_separator", "os"),
        ):
            config.set_main_option(name, value.replace("%", "%%"))
        return config

    @cached_property
    def _scripts(self) -> "Sequence[Script]":
        """The files, the first revision first."""
        from alembic.script import ScriptDirectory  # noqa: PLC0415

        scripts = list(ScriptDirectory.from_config(self._config).walk_revisions())[::-1]
        numbers = [Revision.named(script.revision).number for script in scripts]
        if numbers != list(range(1, len(scripts) + 1)):
            raise ValueError(f"the revisions of {self.name} are not numbered 1, 2, 3: {numbers}")
        return scripts

    def _revision(self, connection: Connection) -> Revision | None:
        name = None
        if inspect(connection).has_table("alembic_version"):
            name = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()
        try:
            return None if name is None else Revision.named(name)
        except ValueError:
            raise SchemaError(
                f"{self.name} 库的版本号 {name} 无法识别。"
                f"The store of {self.name} has a number that is none of ours: {name}."
            ) from None

    def _way(self, found: Revision | None, to: int | None) -> Sequence[Step]:
        here = 0 if found is None else found.number
        if found is not None and here > self.newest:
            if found.since > self.newest:
                raise SchemaError(_too_new(self.name, found, self.newest))
            if to is None:
                return []
        target = self.newest if to is None else to
        if not 1 <= target <= self.newest or here > self.newest:
            raise SchemaError(_no_way(self.name, here, target, self.newest))
        down = target < here
        scripts = self._scripts[target:here][::-1] if down else self._scripts[here:target]
        return [
            Step(
                self.name, Revision.named(script.revision).number, down, script.doc.splitlines()[0]
            )
            for script in scripts
        ]

    def _take_next(self, store: Store, to: int | None) -> Step | None:
        from alembic import command  # noqa: PLC0415

        with _one_at_a_time, store.begin() as tx:
            way = self._way(self._revision(tx), to)
            if not way:
                return None
            if tx.dialect.name == "postgresql":
                # Readers line up behind whoever waits for a table: rather give up and come again.
                tx.exec_driver_sql(f"SET LOCAL lock_timeout = {_LOCK_MS}")
            number, down = way[0].number, way[0].down
            run = command.downgrade if down else command.upgrade
            self._config.attributes["connection"] = tx
            run(self._config, self._scripts[number - 1 - down].revision)
            return way[0]


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
