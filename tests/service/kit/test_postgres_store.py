"""What is PostgreSQL's own about a store: how one gets in, what is refused, what ends a wait."""

import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import insert, select, text

from duibiao.store import Store, StoreError, StoreUnavailable, scratch
from tests.support.servers.postgres import GUARDED, PostgresServer
from tests.support.stores import METADATA, THINGS, add, count, make
from tests.support.waiting import until

WAITING = "FROM pg_stat_activity WHERE wait_event = 'advisory' AND datname ="


@pytest.fixture
def store(postgres_url: str) -> Iterator[Store]:
    made = Store(postgres_url, "ingest")
    make(made, METADATA)
    yield made
    made.close()


def settings_of(store: Store, *names: str) -> list[str]:
    with store.begin() as tx:
        return [tx.execute(text(f"SHOW {name}")).scalar_one() for name in names]


def test_commits_are_on_the_disk_before_they_return(store: Store) -> None:
    assert settings_of(store, "synchronous_commit", "fsync", "full_page_writes") == ["on"] * 3


@pytest.mark.parametrize(
    ("set_to", "used"),
    [("off", "on"), ("local", "on"), ("remote_write", "on"), ("remote_apply", "remote_apply")],
)
def test_a_commit_is_never_weaker_than_on(
    postgres: PostgresServer, postgres_url: str, set_to: str, used: str
) -> None:
    database = postgres_url.rpartition("/")[2]
    postgres.ask(database, f"ALTER DATABASE {database} SET synchronous_commit = {set_to}")
    store = Store(postgres_url, "ingest")

    assert settings_of(store, "synchronous_commit") == [used]
    store.close()


@pytest.mark.parametrize("default", ["repeatable read", "serializable"])
def test_a_writer_sees_what_the_one_before_it_committed_whatever_the_server_s_default(
    postgres: PostgresServer, postgres_url: str, default: str
) -> None:
    database = postgres_url.rpartition("/")[2]
    postgres.ask(
        database, f"ALTER DATABASE {database} SET default_transaction_isolation = '{default}'"
    )
    first, second = Store(postgres_url, "ingest"), Store(postgres_url, "ingest")
    make(first, METADATA)
    seen: list[int] = []

    def look_and_add() -> None:
        with second.begin() as tx:
            seen.append(len(tx.execute(select(THINGS)).all()))
            tx.execute(insert(THINGS).values(id=2, name="2"))

    with first.begin() as tx:
        waiting = threading.Thread(target=look_and_add)
        waiting.start()
        until(lambda: bool(postgres.ask("postgres", f"SELECT 1 {WAITING} '{database}'")))
        tx.execute(insert(THINGS).values(id=1, name="1"))
    waiting.join()

    assert seen == [1]
    first.close()
    second.close()
    postgres.ask(database, f"ALTER DATABASE {database} RESET ALL")


@pytest.mark.parametrize("setting", ["fsync", "full_page_writes"])
def test_a_server_that_can_lose_commits_is_refused(
    restless_postgres: PostgresServer, setting: str
) -> None:
    restless_postgres.stop()
    restless_postgres.start({setting: "off"})

    with pytest.raises(StoreError, match=f"{setting}=off"):
        Store(restless_postgres.url("postgres"), "ingest")

    restless_postgres.stop()


def test_a_server_that_has_come_to_lose_commits_is_not_written_to(
    restless_postgres: PostgresServer,
) -> None:
    """As after a failover: whoever answers now was set up otherwise."""
    url = restless_postgres.url(restless_postgres.create_database())
    with closing(Store(url, "ingest")) as store:
        make(store, METADATA)
        restless_postgres.stop()
        restless_postgres.start({"fsync": "off"})

        with pytest.raises(StoreUnavailable, match="fsync=off"):
            add(store, 1)

        restless_postgres.stop()
        restless_postgres.start()
        add(store, 1)
        assert count(store) == 1


@pytest.mark.parametrize("how", ["ENCODING 'SQL_ASCII'", "LOCALE_PROVIDER icu ICU_LOCALE 'en'"])
def test_a_database_that_sorts_or_writes_otherwise_is_refused(
    postgres: PostgresServer, how: str
) -> None:
    postgres.ask("postgres", f"CREATE DATABASE otherwise TEMPLATE template0 {how}")
    try:
        with pytest.raises(StoreError, match="sort by code point"):
            Store(postgres.url("otherwise"), "ingest")
    finally:
        postgres.drop_database("otherwise")


def test_a_server_that_is_too_old_is_refused(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("duibiao.store.postgres.OLDEST", 990_000)

    with pytest.raises(StoreError, match="99 or later"):
        Store(postgres_url, "ingest")


def test_the_password_comes_from_a_file(postgres: PostgresServer, postgres_url: str) -> None:
    database = postgres_url.rpartition("/")[2]
    url = postgres.url(database, GUARDED)

    with pytest.raises(StoreUnavailable, match="password"):
        Store(url, "ingest")

    store = Store(url, "ingest", password_file=postgres.password_file)
    make(store, METADATA)
    add(store, 1)
    assert count(store) == 1
    store.close()


def test_a_password_file_that_is_away_for_a_moment_is_something_to_retry(
    postgres: PostgresServer, postgres_url: str, tmp_path: Path
) -> None:
    database = postgres_url.rpartition("/")[2]
    password = tmp_path / "password"
    password.write_bytes(postgres.password_file.read_bytes())
    store = Store(postgres.url(database, GUARDED), "ingest", password_file=password)
    make(store, METADATA)
    password.rename(tmp_path / "away")
    postgres.end_sessions(database)

    with pytest.raises(StoreUnavailable, match="DUIBIAO_DATABASE_PASSWORD_FILE"):
        add(store, 1)

    (tmp_path / "away").rename(password)
    add(store, 1)
    assert count(store) == 1
    store.close()


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://duibiao:secret@127.0.0.1/duibiao",
        "postgresql://duibiao@127.0.0.1/duibiao?password=secret",
    ],
)
def test_a_password_in_the_url_is_refused_and_not_repeated(url: str) -> None:
    with pytest.raises(StoreError, match="DUIBIAO_DATABASE_PASSWORD_FILE") as caught:
        Store(url, "ingest")

    assert "secret" not in str(caught.value)


def test_a_url_that_libpq_cannot_read_is_refused() -> None:
    with pytest.raises(StoreError, match="DUIBIAO_DATABASE_URL"):
        Store("postgresql://127.0.0.1/x?no_such_option=1", "ingest")


def test_sqlalchemy_s_name_for_the_driver_is_understood(postgres_url: str) -> None:
    store = Store(postgres_url.replace("postgresql://", "postgresql+psycopg://"), "ingest")
    make(store, METADATA)

    assert count(store) == 0
    store.close()


def test_a_server_that_is_not_there_is_something_to_retry(tmp_path: Path) -> None:
    with pytest.raises(StoreUnavailable):
        Store(f"postgresql://duibiao@/duibiao?host={tmp_path}", "ingest")


def test_a_writer_that_waits_too_long_is_told_so(store: Store, postgres_url: str) -> None:
    impatient = Store(postgres_url, "ingest", patience=0.05)

    with store.begin(), pytest.raises(StoreUnavailable, match="lock timeout"):
        add(impatient, 1)

    add(impatient, 1)
    assert count(store) == 1
    impatient.close()


def test_more_readers_than_there_are_sessions_wait_their_turn(postgres_url: str) -> None:
    store = Store(postgres_url, "ingest", patience=20)
    make(store, METADATA)
    counted: list[int] = []
    threads = [threading.Thread(target=lambda: counted.append(count(store))) for _ in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert counted == [0] * 50
    store.close()


def test_sessions_that_the_server_has_ended_are_replaced(
    store: Store, postgres: PostgresServer, postgres_url: str
) -> None:
    add(store, 1)
    assert count(store) == 1
    database = postgres_url.rpartition("/")[2]
    postgres.end_sessions(database)

    add(store, 2)
    assert count(store) == 2


def test_a_session_that_ends_during_a_transaction_is_something_to_retry(
    store: Store, postgres: PostgresServer, postgres_url: str
) -> None:
    def add_while_it_ends() -> None:
        with store.begin() as tx:
            tx.execute(insert(THINGS).values(id=1, name="1"))
            postgres.end_sessions(postgres_url.rpartition("/")[2])
            tx.execute(insert(THINGS).values(id=2, name="2"))

    with pytest.raises(StoreUnavailable):
        add_while_it_ends()

    assert count(store) == 0


def test_a_server_that_takes_no_writes_for_a_while_is_something_to_retry(
    restless_postgres: PostgresServer,
) -> None:
    def let_write(word: str) -> None:
        restless_postgres.ask(
            "postgres", f"ALTER SYSTEM SET default_transaction_read_only = {word}"
        )
        restless_postgres.ask("postgres", "SELECT pg_reload_conf()")

    with closing(Store(restless_postgres.url("postgres"), "ingest")) as store:
        make(store, METADATA)
        add(store, 1)
        lasting = psycopg.connect(restless_postgres.url("postgres"))
        let_write("on")
        until(lambda: is_read_only(lasting))  # as do the sessions that the store keeps

        for _ in range(2):
            with pytest.raises(StoreUnavailable, match=r"no writes|read-only"):
                add(store, 2)

        let_write("off")
        until(lambda: not is_read_only(lasting))
        add(store, 2)
        assert count(store) == 2
        lasting.close()


def is_read_only(session: psycopg.Connection[Any]) -> bool:
    found = session.execute("SHOW transaction_read_only").fetchone()
    session.rollback()
    return found == ("on",)


def test_a_claim_that_nobody_can_tell_of_is_something_to_retry(
    restless_postgres: PostgresServer,
) -> None:
    with closing(Store(restless_postgres.url("postgres"), "ingest")) as store:
        restless_postgres.kill()

        with pytest.raises(StoreUnavailable), scratch(store, "ingest-work"):
            pass
