"""The revisions of every schema: they make the tables that the code speaks of, and nothing else."""

from collections.abc import Iterator
from contextlib import closing
from itertools import pairwise

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from duibiao.store import Store
from tests.support.schemas import SCHEMAS, TABLES, VERSION, shape
from tests.support.stores import make


@pytest.fixture(params=SCHEMAS)
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def store(name: str, database_url: str) -> Iterator[Store]:
    with closing(Store(database_url, name)) as store:
        yield store


def test_the_revisions_make_the_tables_of_the_code(name: str, store: Store) -> None:
    SCHEMAS[name].migrate(store)

    with store.read() as connection:
        context = MigrationContext.configure(
            connection,
            opts={
                "compare_type": True,
                "compare_server_default": True,
                "include_name": lambda found, kind, _parents: (kind, found) != ("table", VERSION),
            },
        )
        assert compare_metadata(context, TABLES[name]) == []


def test_to_the_last_detail(name: str, store: Store) -> None:
    SCHEMAS[name].migrate(store)
    with closing(store.another("made")) as other:
        make(other, TABLES[name])
        with store.read() as migrated, other.read() as made:
            assert shape(migrated) == shape(made)


def test_every_schema_serves_the_release_before_it(name: str) -> None:
    """Expand and contract: what release N - 1 needs is still there in schema N."""
    known = SCHEMAS[name].revisions
    for before, after in pairwise(known):
        assert before.since <= after.since <= before.number
