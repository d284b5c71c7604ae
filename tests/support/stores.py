"""Tables of a test's own in a store, and a small one to write to."""

from sqlalchemy import Column, Connection, Integer, MetaData, String, Table, func, insert, select

from duibiao.store import Meta, Store


def make(store: Store, metadata: MetaData) -> None:
    """Make what is missing."""
    store.create_schema()
    with store.begin() as tx:
        metadata.create_all(tx)


METADATA = MetaData()
THINGS = Table(
    "things",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("name", String, nullable=False),
)
META = Meta(METADATA)


def add(store: Store, number: int) -> None:
    with store.begin() as tx:
        add_in(tx, number)


def add_in(tx: Connection, number: int) -> None:
    tx.execute(insert(THINGS).values(id=number, name=str(number)))


def add_and_fail(store: Store, number: int) -> None:
    with store.begin() as tx:
        add_in(tx, number)
        raise LookupError


def count(store: Store) -> int:
    with store.read() as connection:
        return connection.execute(select(func.count()).select_from(THINGS)).scalar_one()
