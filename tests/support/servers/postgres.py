"""A real PostgreSQL for tests, on loopback: started, killed, frozen and started again.

It promises what production promises: fsync, full_page_writes and synchronous_commit are on. Its
databases sort by code point (LC_COLLATE C), as ours must. Anybody on this machine is let in as
`duibiao`; the user `guarded` needs the password in `password_file`.
"""

import os
import shutil
import signal
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from pwd import getpwall
from types import MappingProxyType
from uuid import uuid4

import psycopg

from tests.support.servers.images import image, missing
from tests.support.servers.ports import free_ports
from tests.support.servers.programs import Server, User, run, start

OWNER = "duibiao"
GUARDED, PASSWORD = "guarded", "open sesame"
UP_WITHIN = 60.0
PLACES = ("/usr/lib/postgresql/*/bin", "/usr/local/pgsql/bin", "/opt/postgresql*/bin")
SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "fsync": "on",
    "full_page_writes": "on",
    "synchronous_commit": "on",
    "max_connections": "200",
    "shared_buffers": "64MB",
    "log_connections": "off",
    "log_line_prefix": "%m [%p] %u@%d ",
}

_DROP_SCHEMAS = """
DO $$ DECLARE name text; BEGIN
    FOR name IN SELECT nspname FROM pg_namespace
        WHERE nspname NOT LIKE 'pg\\_%' AND nspname NOT IN ('information_schema', 'public')
    LOOP EXECUTE format('DROP SCHEMA %I CASCADE', name); END LOOP;
END $$
"""


def program(name: str) -> str:
    """Return a program of PostgreSQL, the newest release first where there are packages of it."""
    if image("postgres"):
        return name
    for pattern in PLACES:
        for folder in sorted(Path("/").glob(pattern[1:]), reverse=True):
            if (folder / name).exists():
                return str(folder / name)
    found = shutil.which(name)
    if found is None:
        missing("postgres", f"no {name} is installed (run bash tests/setup)")
    return found


class PostgresServer(Server):
    """One server. Its data are in a folder of its own user and go with it; its log stays."""

    stops_on = signal.SIGINT  # breaking off what is under way

    def __init__(self, log: Path) -> None:
        self.log = log
        (self.port,) = free_ports(1)
        self._user = _its_user() if os.geteuid() == 0 else None
        initdb = program("initdb")
        # Not below pytest's folders: root keeps those to itself, and PostgreSQL is never root.
        self._home = Path(tempfile.mkdtemp(prefix="duibiao-postgres-"))
        self._data = self._home / "data"
        self.password_file = log.with_name("postgres-password")
        self._make(initdb)

    def url(self, database: str, user: str = OWNER, port: int | None = None) -> str:
        return f"postgresql://{user}@127.0.0.1:{port or self.port}/{database}"

    def start(self, others: Mapping[str, str] = MappingProxyType({})) -> None:
        """Start it where it does not run; `others` are settings for this time only."""
        if self.running:
            return
        settings = {**SETTINGS, **others}.items()
        options = [text for name, value in settings for text in ("-c", f"{name}={value}")]
        command = [program("postgres"), "-D", str(self._data), "-p", str(self.port), *options]
        self._process = start("postgres", command, self.log, self._home, self._user)
        self.wait_until_up()

    def wait_until_up(self) -> None:
        deadline = time.monotonic() + UP_WITHIN
        while True:
            try:
                self._as_owner("SELECT 1", "postgres")
            except psycopg.OperationalError:
                assert self.running, f"PostgreSQL ended:\n{self.tail()}"
                assert time.monotonic() < deadline, f"PostgreSQL is not up:\n{self.tail()}"
                time.sleep(0.05)
            else:
                return

    def create_database(self, template: str = "template0") -> str:
        """Make a database like another one, an empty one unless said, and return its name."""
        name = f"t{uuid4().hex[:12]}"
        self._as_owner(f"CREATE DATABASE {name} TEMPLATE {template}", "postgres")
        return name

    def drop_database(self, name: str) -> None:
        self._as_owner(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)", "postgres")

    def empty_database(self, name: str) -> None:
        """Make a database as good as new, which is quicker than a new one."""
        self.end_sessions(name)
        self.ask("postgres", f"ALTER DATABASE {name} RESET ALL")
        self.ask(name, _DROP_SCHEMAS)

    def end_sessions(self, database: str) -> None:
        """End the sessions of a database, and wait until they are gone."""
        of_it = f"FROM pg_stat_activity WHERE datname = '{database}'"
        self.ask("postgres", f"SELECT pg_terminate_backend(pid, 10000) {of_it}")

    def ask(self, database: str, query: str) -> list[tuple[object, ...]]:
        """Ask past the product, with all rights."""
        return self._as_owner(query, database)

    def tail(self, characters: int = 6000) -> str:
        return self.log.read_text(encoding="utf-8", errors="replace")[-characters:]

    def remove(self) -> None:
        self.kill()
        shutil.rmtree(self._home, ignore_errors=True)

    def _as_owner(self, query: str, database: str) -> list[tuple[object, ...]]:
        url = self.url(database)
        with psycopg.connect(url, autocommit=True, connect_timeout=5) as connection:
            cursor = connection.execute(query.encode())
            return cursor.fetchall() if cursor.description else []

    def _make(self, initdb: str) -> None:
        if self._user is not None:
            os.chown(self._home, *self._user)
        options = ("--locale=C", "--encoding=UTF8", "--auth=trust", "--no-sync")
        command = [initdb, "-D", str(self._data), "-U", OWNER, *options]
        run("postgres", command, self._home, user=self._user)
        let_in = f"host all {GUARDED} 127.0.0.1/32 scram-sha-256\nhost all all 127.0.0.1/32 trust\n"
        (self._data / "pg_hba.conf").write_text(let_in)
        self.password_file.write_text(f"{PASSWORD}\n")


@contextmanager
def postgres_server(folder: Path) -> Iterator[PostgresServer]:
    """Run a server for the length of a block; `folder` gets its log."""
    folder.mkdir(parents=True, exist_ok=True)
    server = PostgresServer(folder / "postgres.log")
    try:
        server.start()
        server.ask("postgres", f"CREATE ROLE {GUARDED} LOGIN SUPERUSER PASSWORD '{PASSWORD}'")
        yield server
    finally:
        server.remove()


def _its_user() -> User:
    """Return the user and the group that it runs as where we are root: it never runs as that."""
    users = {user.pw_name: user for user in getpwall()}
    user = users.get("postgres") or users["nobody"]
    return user.pw_uid, user.pw_gid
