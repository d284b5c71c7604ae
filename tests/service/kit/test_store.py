"""Transactions on SQLite: one writer, all or nothing, durable, and told apart when they fail."""

import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Column, Integer, MetaData, String, Table, func, insert, select
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlmodel import Field, Session, SQLModel

from duibiao.store import Meta, Store, StoreError, StoreUnavailable
from duibiao.store.store import file_of
from tests.support.tables import make
from tests.support.waiting import until

METADATA = MetaData()
THINGS = Table(
    "things",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("name", String, nullable=False),
)
META = Meta(METADATA)


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path}/state/duibiao.db"


@pytest.fixture
def store(url: str) -> Iterator[Store]:
    made = Store(url, "ingest")
    make(made, METADATA)
    yield made
    made.close()


def add(store: Store, number: int) -> None:
    with store.begin() as tx:
        tx.execute(insert(THINGS).values(id=number, name=str(number)))


def add_and_fail(store: Store, number: int) -> None:
    with store.begin() as tx:
        tx.execute(insert(THINGS).values(id=number, name=str(number)))
        raise LookupError


def count(store: Store) -> int:
    with store.read() as connection:
        return connection.execute(select(func.count()).select_from(THINGS)).scalar_one()


def test_each_schema_has_a_file_of_its_own(store: Store, tmp_path: Path) -> None:
    assert store.path == tmp_path / "state" / "duibiao-ingest.db"
    assert store.path.exists()


@pytest.mark.parametrize(
    ("url", "schema", "file"),
    [
        ("sqlite:///var/duibiao.db", "ingest", Path("var/duibiao-ingest.db")),
        ("sqlite:////srv/d.sqlite3", "log", Path("/srv/d-log.sqlite3")),
        ("sqlite:///plain", "alerts", Path("plain-alerts")),
    ],
)
def test_the_file_of_a_schema(url: str, schema: str, file: Path) -> None:
    assert file_of(url, schema) == file


@pytest.mark.parametrize("url", ["mysql://example.invalid/x", "sqlite://"])
def test_a_url_we_do_not_know_is_refused(url: str) -> None:
    with pytest.raises(StoreError, match="DUIBIAO_DATABASE_URL"):
        Store(url, "ingest")


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")

    with pytest.raises(OSError, match="file"):
        Store(f"sqlite:///{tmp_path}/file/duibiao.db", "ingest")


def test_commits_are_on_the_disk_before_they_return(store: Store) -> None:
    with store.begin() as tx:
        synchronous = tx.exec_driver_sql("PRAGMA synchronous").scalar_one()
        mode = tx.exec_driver_sql("PRAGMA journal_mode").scalar_one()

    assert (synchronous, mode) == (2, "wal")


def test_a_block_that_ends_well_is_committed(store: Store) -> None:
    add(store, 1)

    assert count(store) == 1


def test_a_block_that_fails_leaves_nothing(store: Store) -> None:
    with pytest.raises(LookupError):
        add_and_fail(store, 1)

    assert count(store) == 0
    add(store, 2)
    assert count(store) == 1


def test_a_broken_rule_of_the_tables_is_not_something_to_retry(store: Store) -> None:
    add(store, 1)

    with pytest.raises(IntegrityError):
        add(store, 1)


def test_a_reader_cannot_write(store: Store) -> None:
    with pytest.raises(OperationalError, match="readonly"), store.read() as connection:
        connection.execute(insert(THINGS).values(id=1, name="a"))

    assert count(store) == 0


def test_a_reader_keeps_its_view_while_others_write(store: Store) -> None:
    with store.read() as connection:
        query = select(func.count()).select_from(THINGS)
        before = connection.execute(query).scalar_one()
        add(store, 1)
        assert connection.execute(query).scalar_one() == before == 0

    assert count(store) == 1


def test_writers_take_turns(store: Store) -> None:
    threads = [threading.Thread(target=add, args=(store, n)) for n in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert count(store) == 20


def test_a_writer_sees_what_the_one_before_it_wrote(store: Store) -> None:
    def raise_by_one() -> None:
        for _ in range(25):
            with store.begin() as tx:
                standing = int(META.get(tx, "count") or "0")
                META.set(tx, "count", str(standing + 1))

    threads = [threading.Thread(target=raise_by_one) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    with store.read() as connection:
        assert META.get(connection, "count") == "100"


def test_a_transaction_inside_a_transaction_is_an_error_and_no_deadlock(store: Store) -> None:
    with store.begin(), pytest.raises(RuntimeError, match="already"):
        add(store, 1)

    add(store, 2)
    assert count(store) == 1


def test_callbacks_come_after_each_commit_and_only_then(store: Store) -> None:
    seen: list[int] = []
    store.on_commit(lambda: seen.append(count(store)))

    add(store, 1)
    with pytest.raises(LookupError):
        add_and_fail(store, 2)
    add(store, 3)

    assert seen == [1, 2]


def test_a_file_held_by_another_process_is_something_to_retry(store: Store, url: str) -> None:
    impatient = Store(url, "ingest", patience=0.01)
    other = sqlite3.connect(impatient.path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")

    with pytest.raises(StoreUnavailable, match="locked"):
        add(impatient, 1)
    assert count(impatient) == 0

    other.execute("ROLLBACK")
    other.close()
    add(impatient, 1)
    assert count(store) == 1
    impatient.close()


def test_a_full_disk_is_something_to_retry_and_passes(store: Store) -> None:
    with store.begin() as tx:
        pages = tx.exec_driver_sql("PRAGMA page_count").scalar_one()
        tx.exec_driver_sql(f"PRAGMA max_page_count = {pages + 1}")
    with pytest.raises(StoreUnavailable, match="full"), store.begin() as tx:
        tx.execute(insert(THINGS), [{"id": n, "name": "x" * 4000} for n in range(50)])
    assert count(store) == 0

    with store.begin() as tx:
        tx.exec_driver_sql("PRAGMA max_page_count = 100000")
    add(store, 1)

    assert count(store) == 1


def test_state_outlives_the_store(url: str) -> None:
    first = Store(url, "ingest")
    make(first, METADATA)
    add(first, 1)
    first.close()

    second = Store(url, "ingest")
    make(second, METADATA)

    assert count(second) == 1
    second.close()


def test_two_stores_may_be_made_on_a_new_file_at_once(url: str) -> None:
    made: list[Store] = []

    def open_one() -> None:
        store = Store(url, "access")
        make(store, METADATA)
        made.append(store)

    threads = [threading.Thread(target=open_one) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(made) == 4
    for number, store in enumerate(made):
        add(store, number)
    assert count(made[0]) == 4
    for store in made:
        store.close()


def test_sqlmodel_works_inside_a_transaction(store: Store) -> None:
    class Unit(SQLModel, table=True):
        code: str = Field(primary_key=True)

    make(store, SQLModel.metadata)
    with store.begin() as tx, Session(bind=tx) as session:
        session.add(Unit(code="tax-bureau"))
        session.flush()

    with store.read() as connection, Session(bind=connection) as session:
        unit = session.get(Unit, "tax-bureau")
        assert unit is not None
        assert unit.code == "tax-bureau"


def test_meta_keeps_texts_by_name(store: Store) -> None:
    with store.begin() as tx:
        assert META.get(tx, "installed_on") is None
        META.set(tx, "installed_on", "2021-03-25")
        META.set(tx, "installed_on", "2021-03-26")

    with store.read() as connection:
        assert META.get(connection, "installed_on") == "2021-03-26"


def test_meta_once_lets_the_first_stand(store: Store) -> None:
    with store.begin() as tx:
        assert META.once(tx, "watch_from", "2021-01-01") == "2021-01-01"
        assert META.once(tx, "watch_from", "2022-02-02") == "2021-01-01"


def test_closing_moves_the_write_ahead_log_home(store: Store) -> None:
    add(store, 1)
    store.close()

    until(lambda: not store.path.with_name(store.path.name + "-wal").exists())
