"""What is SQLite's own about a store: its files, their settings, busy files and full disks."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import insert

from duibiao.store import Store, StoreError, StoreUnavailable
from duibiao.store.store import file_of
from tests.support.stores import METADATA, THINGS, add, count, make
from tests.support.waiting import until


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path}/state/duibiao.db"


@pytest.fixture
def store(url: str) -> Iterator[Store]:
    made = Store(url, "ingest")
    make(made, METADATA)
    yield made
    made.close()


@pytest.mark.parametrize("url", ["mysql://example.invalid/x", "sqlite://", "nonsense"])
def test_a_url_we_do_not_know_is_refused(url: str) -> None:
    with pytest.raises(StoreError, match="DUIBIAO_DATABASE_URL"):
        Store(url, "ingest")


@pytest.mark.usefixtures("store")
def test_each_schema_has_a_file_of_its_own(tmp_path: Path) -> None:
    assert (tmp_path / "state" / "duibiao-ingest.db").exists()


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


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")

    with pytest.raises(OSError, match="file"):
        Store(f"sqlite:///{tmp_path}/file/duibiao.db", "ingest")


def test_commits_are_on_the_disk_before_they_return(store: Store) -> None:
    with store.begin() as tx:
        synchronous = tx.exec_driver_sql("PRAGMA synchronous").scalar_one()
        mode = tx.exec_driver_sql("PRAGMA journal_mode").scalar_one()

    assert (synchronous, mode) == (2, "wal")


def test_a_file_held_by_another_process_is_something_to_retry(store: Store, url: str) -> None:
    impatient = Store(url, "ingest", patience=0.01)
    other = sqlite3.connect(file_of(url, "ingest"), isolation_level=None)
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


def test_closing_moves_the_write_ahead_log_home(store: Store, url: str) -> None:
    add(store, 1)
    store.close()

    file = file_of(url, "ingest")
    until(lambda: not file.with_name(file.name + "-wal").exists())
