"""Transactions on every database: one writer, all or nothing, told apart when they fail.

The tables and the first steps are shared with the tests of each kind (tests/support/stores.py).
"""

import threading
from collections.abc import Iterator

import pytest
from sqlalchemy import func, insert, select
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlmodel import Field, Session, SQLModel

from duibiao.store import Store, StoreError, scratch
from tests.support.stores import META, METADATA, THINGS, add, add_and_fail, count, make


class Unit(SQLModel, table=True):
    code: str = Field(primary_key=True)


@pytest.fixture
def store(database_url: str) -> Iterator[Store]:
    made = Store(database_url, "ingest")
    make(made, METADATA)
    yield made
    made.close()


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


def test_an_error_does_not_quote_what_was_to_be_written(store: Store) -> None:
    with pytest.raises(IntegrityError) as raised, store.begin() as tx:
        tx.execute(insert(THINGS), [{"id": 1, "name": "the one"}, {"id": 1, "name": "the other"}])

    assert "the one" not in str(raised.value)
    assert "the other" not in str(raised.value)


def test_a_missing_table_is_a_fault_of_the_store(store: Store) -> None:
    with store.begin() as tx:
        THINGS.drop(tx)

    with pytest.raises(StoreError, match="things"):
        add(store, 1)


def test_a_reader_cannot_write(store: Store) -> None:
    with pytest.raises(DBAPIError, match=r"read-?only"), store.read() as connection:
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


def test_writers_of_two_processes_follow_one_another(store: Store, database_url: str) -> None:
    others = [Store(database_url, "ingest") for _ in range(2)]

    def raise_by_one(one: Store) -> None:
        for _ in range(25):
            with one.begin() as tx:
                standing = int(META.get(tx, "count") or "0")
                META.set(tx, "count", str(standing + 1))

    threads = [threading.Thread(target=raise_by_one, args=(one,)) for one in (store, *others)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    with store.read() as connection:
        assert META.get(connection, "count") == "75"
    for other in others:
        other.close()


def test_the_schemas_of_services_keep_out_of_each_other_s_way(
    store: Store, database_url: str
) -> None:
    other = Store(database_url, "alerts")
    make(other, METADATA)
    add(store, 1)

    with store.begin():
        add(other, 2)  # nor do their writers wait for one another

    assert (count(store), count(other)) == (1, 1)
    other.close()


def test_texts_sort_by_code_point(store: Store) -> None:
    names = ["a-c", "ab", "B", "a", "_", "市", "A1", "é"]
    with store.begin() as tx:
        tx.execute(insert(THINGS), [{"id": n, "name": name} for n, name in enumerate(names)])

    with store.read() as connection:
        found = list(connection.scalars(select(THINGS.c.name).order_by(THINGS.c.name)))

    assert found == sorted(names)


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


def test_state_outlives_the_store(database_url: str) -> None:
    first = Store(database_url, "ingest")
    make(first, METADATA)
    add(first, 1)
    first.close()

    second = Store(database_url, "ingest")
    make(second, METADATA)

    assert count(second) == 1
    second.close()


def test_two_stores_may_be_made_on_a_new_file_at_once(database_url: str) -> None:
    made: list[Store] = []

    def open_one() -> None:
        store = Store(database_url, "access")
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


def test_what_is_in_use_at_the_end_is_closed_when_it_is_given_back(store: Store) -> None:
    with store.read() as connection:
        session = connection.connection.dbapi_connection
        assert session is not None
        store.close()
        assert connection.exec_driver_sql("SELECT 1").scalar_one() == 1

    with pytest.raises(Exception, match="closed"):
        session.cursor().execute("SELECT 1")


def test_sqlmodel_works_inside_a_transaction(store: Store) -> None:
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


def test_what_is_claimed_is_nobody_elses_until_it_is_let_go(
    store: Store, database_url: str
) -> None:
    other = Store(database_url, "ingest")
    with store.claim("replay") as ours, other.claim("replay") as theirs:
        assert (ours, theirs) == (True, False)
    for claimer in (other, store) * 20:
        with claimer.claim("replay") as theirs:
            assert theirs
    other.close()


def test_a_store_for_one_piece_of_work_is_empty_at_first_and_gone_at_the_end(store: Store) -> None:
    for _ in range(2):
        with scratch(store, "ingest-work") as work:
            make(work, METADATA)
            add(work, 1)
            assert (count(work), count(store)) == (1, 0)


def test_the_same_work_twice_at_once_is_refused(store: Store) -> None:
    with scratch(store, "ingest-work") as work:
        make(work, METADATA)
        with pytest.raises(StoreError, match="let it end"), scratch(store, "ingest-work"):
            pass
        add(work, 1)
        assert count(work) == 1


def test_a_transaction_may_be_let_think(store: Store) -> None:
    with store.read() as connection:
        store.disable_idle_timeout(connection)
        assert connection.execute(select(func.count()).select_from(THINGS)).scalar_one() == 0
    with store.begin() as tx:
        store.disable_idle_timeout(tx)
        tx.execute(insert(THINGS).values(id=1, name="a"))
    assert count(store) == 1
