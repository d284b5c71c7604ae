"""The repositories that show the same behaviour: in memory, on SQLite, on PostgreSQL."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest

from duibiao.store import Store
from services.indicators.adapters.migrations import SCHEMA
from services.indicators.adapters.repository.repository import SqlRepository
from services.indicators.ports import Repository
from tests.support.repository import MemoryRepository

Open = Callable[[], AbstractContextManager[Repository]]


def memory_repositories() -> Open:
    kept = MemoryRepository()

    @contextmanager
    def opened() -> Iterator[Repository]:
        yield kept

    return opened


def sql_repositories(store: Store) -> Open:

    @contextmanager
    def opened() -> Iterator[Repository]:
        with store.begin() as tx:
            yield SqlRepository(tx)

    return opened


@pytest.fixture(params=["memory", "sqlite", "postgres"])
def opened(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Open]:
    if request.param == "memory":
        yield memory_repositories()
        return
    url = f"sqlite:///{tmp_path}/duibiao.db"
    if request.param == "postgres":
        url = request.getfixturevalue("postgres_url")
    store = Store(url, "indicators")
    SCHEMA.migrate(store)
    yield sql_repositories(store)
    store.close()
