"""Data in the stores while their schemas go up and down: kept, as far as the schema knows them."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from duibiao.audit import SYSTEM, Act, AuditLog
from duibiao.runtime import SystemClock
from duibiao.store import Store
from duibiao.web.access import SCOPES
from duibiao.web.key_rows import Wanted
from duibiao.web.key_store import Keys
from duibiao.web.key_table import AUDIT
from tests.support.first_stores import Contents, contents, fill, load, rows_of
from tests.support.schemas import SCHEMAS, TABLES, shape
from tests.support.tables import make


@pytest.fixture(params=SCHEMAS)
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def store(name: str, database_url: str) -> Iterator[Store]:
    with closing(Store(database_url, name)) as store:
        yield store


def held(store: Store) -> dict[str, list[dict[str, Any]]]:
    with store.read() as connection:
        return contents(connection)


def shape_of(store: Store) -> dict[str, Any]:
    with store.read() as connection:
        return shape(connection)


def known(rows: Contents, of: Contents) -> dict[str, list[dict[str, Any]]]:
    """Return of `rows` the tables and columns that `of` has."""
    return {
        table: sorted(
            (
                {column: row[column] for column in (before[0] if before else row)}
                for row in rows[table]
            ),
            key=repr,
        )
        for table, before in of.items()
    }


def test_what_is_there_is_kept_all_the_way_up_and_down(name: str, store: Store) -> None:
    schema = SCHEMAS[name]
    schema.migrate(store, 1)
    first = shape_of(store)
    with store.begin() as tx:
        fill(tx, rows_of(name))
    before = held(store)
    assert any(before.values())

    for number in range(2, schema.newest + 1):
        schema.migrate(store, number)
        assert known(held(store), before) == before, f"up to {number}"
    newest = shape_of(store)
    for number in range(schema.newest - 1, 0, -1):
        schema.migrate(store, number)
        assert known(held(store), before) == before, f"down to {number}"
    assert shape_of(store) == first

    schema.migrate(store)
    assert shape_of(store) == newest
    assert known(held(store), before) == before


@pytest.mark.parametrize("name", SCHEMAS)
def test_a_store_of_before_the_numbers_is_taken_over(name: str, tmp_path: Path) -> None:
    load(tmp_path / f"duibiao-{name}.db", name)
    with closing(Store(f"sqlite:///{tmp_path}/duibiao.db", name)) as store:
        before = held(store)
        SCHEMAS[name].admit(store)
        assert known(held(store), before) == before
        with closing(Store(f"sqlite:///{tmp_path}/other.db", name)) as other:
            make(other, TABLES[name])
            assert shape_of(store) == shape_of(other)


def test_so_is_one_that_later_commits_have_added_some_tables_to(tmp_path: Path) -> None:
    load(tmp_path / "duibiao-access.db", "access")
    with closing(Store(f"sqlite:///{tmp_path}/duibiao.db", "access")) as store:
        with store.begin() as tx:
            AUDIT.records.metadata.create_all(tx, tables=[AUDIT.records, AUDIT.head])
        log = AuditLog(AUDIT, store, SystemClock())
        with store.begin() as tx:
            log.append(tx, [Act(SYSTEM, "dead-letter.replayed", "x", {})])

        keys = Keys(store, SystemClock())

        assert {key.scopes for key in keys.rows()} == {frozenset(SCOPES)}
        assert log.head().sequence == 1


def test_keys_with_limits_do_not_lose_them_on_the_way_down(database_url: str) -> None:
    with closing(Store(database_url, "access")) as store:
        SCHEMAS["access"].migrate(store)
        keys = Keys(store, SystemClock())
        free = keys.create(Wanted(None, "office")).row.id
        reader = keys.create(Wanted("tax-bureau", "org", scopes=frozenset({"read"}))).row.id

        SCHEMAS["access"].migrate(store, 1)

        with store.read() as connection:
            found = connection.execute(text("SELECT id, revoked_at IS NULL FROM keys"))
            assert {row[0]: bool(row[1]) for row in found} == {free: True, reader: False}
        SCHEMAS["access"].migrate(store)
        again = Keys(store, SystemClock())
        assert {key.id: key.revoked_at is None for key in again.rows()} == {
            free: True,
            reader: False,
        }
