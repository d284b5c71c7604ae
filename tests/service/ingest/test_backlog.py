"""What waits for the log: sent in batches that fit into memory, counted in nobody's way."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import pytest
from sqlalchemy import Connection, Engine, event

from duibiao.store import Store
from services.ingest.adapters.migrations import SCHEMA
from services.ingest.adapters.submissions import write_submissions
from services.ingest.domain.receipts import Receipt, StoredSubmission
from tests.support.ingest import backlog_of

NOON = datetime(2021, 6, 1, 4, 0, tzinfo=UTC)


@pytest.fixture
def store(database_url: str) -> Iterator[Store]:
    store = Store(database_url, "ingest")
    SCHEMA.migrate(store)
    yield store
    store.close()


def keep(store: Store, **sizes: int) -> None:
    entries = [
        StoredSubmission(
            Receipt(name, "tax-bureau", "key", "case", NOON, 1, 1, 0), b"x" * size, None, "key"
        )
        for name, size in sizes.items()
    ]
    with store.begin() as tx:
        write_submissions(tx, entries)


def test_large_submissions_wait_for_another_batch(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("duibiao.bus.outbox.MOST_BYTES", 100)
    keep(store, a=60, b=40, c=1, d=500, e=1, f=99)
    backlog = backlog_of(store)

    batches = []
    while some := backlog.pending(10):
        batches.append("".join(event.id for _, event in some))
        backlog.sent([number for number, _ in some])

    assert batches == ["ab", "c", "d", "ef"]


def test_what_is_written_while_it_counts_is_not_forgotten(store: Store) -> None:
    """It is not in what the query sees, and its own count has it."""
    backlog = backlog_of(store, most=1)

    def written(*_: object) -> None:
        backlog.grew(1)

    event.listen(Engine, "after_cursor_execute", written, once=True)
    backlog.count()

    assert backlog.full


def test_nobody_waits_for_a_count_that_does_not_come_back(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep(store, a=1)
    backlog = backlog_of(store, most=3)
    asked, let_go, read = threading.Event(), threading.Event(), store.read

    @contextmanager
    def silent() -> Iterator[Connection]:
        asked.set()
        let_go.wait(20)
        with read() as connection:
            yield connection

    monkeypatch.setattr(store, "read", silent)
    counting = threading.Thread(target=backlog.count, daemon=True)
    counting.start()
    asked.wait(20)

    told = threading.Thread(target=backlog.grew, args=(2,), daemon=True)
    told.start()
    told.join(5)
    full = backlog.full
    let_go.set()
    counting.join(20)

    assert full
    assert not backlog.full  # it has counted what is there
