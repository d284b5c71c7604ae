"""Where services under test keep their state: one database for each folder they are made in.

`url_in` is SQLite in the folder. While the fixture `each_database` has its turn with PostgreSQL, it
is a database of the server that has all tables of the product; it is emptied and used again.
"""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from duibiao.store import Store
from services.cli.migrate import SCHEMAS
from tests.support.servers.postgres import PostgresServer

_EMPTY = """
DO $$ DECLARE one record; BEGIN
    SET LOCAL session_replication_role = replica;
    FOR one IN SELECT schemaname, tablename FROM pg_tables WHERE tablename <> 'alembic_version'
        AND schemaname NOT LIKE 'pg\\_%' AND schemaname <> 'information_schema'
    LOOP EXECUTE format('DELETE FROM %I.%I', one.schemaname, one.tablename); END LOOP;
END $$
"""


class MigratedDatabases:
    """Databases of a server with the product's tables in them, for one test after another."""

    def __init__(self, server: PostgresServer) -> None:
        self._server = server
        self._template: str | None = None
        self._free: list[str] = []
        self._taken: dict[Path, str] = {}

    def url_in(self, folder: Path) -> str:
        """Return the database of a folder, empty when it is first asked for."""
        if folder not in self._taken:
            self._taken[folder] = self._free.pop() if self._free else self._created()
        return self._server.url(self._taken[folder])

    def give_back(self) -> None:
        """Empty all that were taken; no service may use them any more."""
        for name in self._taken.values():
            self._server.end_sessions(name)
            self._server.ask(name, _EMPTY)
        self._free += self._taken.values()
        self._taken.clear()

    def _created(self) -> str:
        if self._template is None:
            self._template = self._server.create_database()
            for name, schema in SCHEMAS.items():
                with closing(Store(self._server.url(self._template), name)) as store:
                    schema.migrate(store)
            self._server.end_sessions(self._template)
        return self._server.create_database(self._template)


_in_turn: list[MigratedDatabases] = []


def url_in(folder: Path) -> str:
    """Return the address of the database that belongs to a folder."""
    return _in_turn[-1].url_in(folder) if _in_turn else f"sqlite:///{folder}/duibiao.db"


@contextmanager
def on(databases: MigratedDatabases) -> Iterator[None]:
    """Have `url_in` name databases of the server for the length of a block."""
    _in_turn.append(databases)
    try:
        yield
    finally:
        _in_turn.remove(databases)
        databases.give_back()
