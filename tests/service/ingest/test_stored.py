"""What ingest has stored, read again: what was put on the log, by id, byte for byte."""

from collections.abc import Iterator

import pytest

from duibiao.store import Store
from services.ingest.adapters.migrations import SCHEMA
from services.ingest.adapters.submissions import SubmissionRepository, write_submissions
from services.ingest.domain.receipts import Receipt, StoredSubmission
from tests.support.ingest import NOON, backlog_of


def entry(name: str, org: str = "tax-bureau") -> StoredSubmission:
    receipt = Receipt(name, org, "key", "case", NOON, 2, 1, 1, b"[]", 0)
    return StoredSubmission(receipt, f"rows of {name}".encode(), None, "key/org/tax-bureau")


@pytest.fixture
def store(database_url: str) -> Iterator[Store]:
    made = Store(database_url, "ingest")
    SCHEMA.migrate(made)
    yield made
    made.close()


def test_only_what_was_sent_is_told_by_id(store: Store) -> None:
    with store.begin() as tx:
        write_submissions(tx, [entry("b"), entry("a", "customs"), entry("c")])
    backlog = backlog_of(store)
    backlog.sent([number for number, event in backlog.pending(9) if event.id != "c"])

    assert list(SubmissionRepository(store).sent()) == [("customs", "a"), ("tax-bureau", "b")]


def test_records_are_those_that_were_sent(store: Store) -> None:
    with store.begin() as tx:
        write_submissions(tx, [entry("a"), entry("b")])

    assert SubmissionRepository(store).payloads(["a", "gone"]) == {"a": b"rows of a"}
