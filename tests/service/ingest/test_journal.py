"""The journal: one commit for many, answered only once it is durable, one never failing another."""

import asyncio
import gc
import sqlite3
from collections.abc import Iterator
from dataclasses import replace

import pytest
from sqlalchemy.exc import IntegrityError

from duibiao.audit import AuditLog
from duibiao.audit.reading import kept_head, rows
from duibiao.audit.verify import verify_chain
from duibiao.store import Store, StoreFull, StoreUnavailable, StoreUncertain
from services.ingest.adapters.group_commit import GroupCommit
from services.ingest.adapters.migrations import SCHEMA
from services.ingest.adapters.submissions import SubmissionRepository
from services.ingest.adapters.tables import AUDIT
from services.ingest.domain.receipts import IdempotencyKey, Receipt, StoredSubmission
from services.ingest.ports import BacklogFull, IdempotencyKeyUsed
from tests.support.clock import ManualClock
from tests.support.ingest import NOON, backlog_of
from tests.support.waiting import until

PRINT = b"0" * 32
ACTOR = "key/org/tax-bureau"


class Bench:
    """A journal over a store of its own; counts commits."""

    def __init__(self, url: str) -> None:
        self.store = Store(url, "ingest")
        SCHEMA.migrate(self.store)
        self.receipts = SubmissionRepository(self.store)
        self.backlog = backlog_of(self.store)
        audit = AuditLog(AUDIT, self.store, ManualClock(NOON))
        self.journal = GroupCommit(
            self.store, audit, 1_000, full=lambda: self.backlog.full, written=self.backlog.grew
        )
        self.commits = 0
        self.store.on_commit(self._count)

    def _count(self) -> None:
        self.commits += 1

    def ids(self) -> list[str | None]:
        return [receipt.id for receipt in self.receipts.newest(None, None, 1_000)][::-1]


@pytest.fixture
def bench(database_url: str) -> Iterator[Bench]:
    bench = Bench(database_url)
    yield bench
    bench.journal.stop(5)
    bench.store.close()


def entry(name: str, key: str | None = None, payload: bytes = b"rows") -> StoredSubmission:
    receipt = Receipt(name, "tax-bureau", "key", "case", NOON, 2, 1, 1, b'[{"code":"x"}]', 1)
    return StoredSubmission(
        receipt, payload, None if key is None else IdempotencyKey("tax", key, PRINT), ACTOR
    )


async def write_all(bench: Bench, entries: list[StoredSubmission]) -> list[BaseException | None]:
    """Ask for all at once, start the journal, and return how each was answered."""
    writes = [asyncio.create_task(bench.journal.write(entry)) for entry in entries]
    await asyncio.sleep(0)
    if not bench.journal._thread.ident:  # noqa: SLF001 - started once only
        bench.journal.start()
    return await asyncio.gather(*writes, return_exceptions=True)


def test_what_waits_together_is_committed_together(bench: Bench) -> None:
    names = [f"{n:03}" for n in range(200)]
    answers = asyncio.run(write_all(bench, [entry(name) for name in names]))
    assert answers == [None] * 200
    assert bench.commits == 1
    assert bench.ids() == names
    assert [event.id for _, event in bench.backlog.pending(300)] == names


def test_large_records_do_not_make_one_endless_transaction(bench: Bench) -> None:
    entries = [entry(f"{n}", payload=bytes(6_000_000)) for n in range(4)]
    assert asyncio.run(write_all(bench, entries)) == [None] * 4
    assert bench.commits == 2


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)  # its way to fill a disk
def test_a_full_disk_refuses_whole_batches_and_breaks_no_chain(bench: Bench) -> None:
    asyncio.run(write_all(bench, [entry("a")]))
    allow_pages(bench, 2)
    large = [entry(f"b{n}", f"k{n}", bytes(20_000)) for n in range(20)]

    answers = asyncio.run(write_all(bench, [*large, entry("c")]))

    assert [type(answer) for answer in answers] == [StoreFull] * 21
    assert bench.ids() == ["a"]
    assert bench.journal.failed is None
    assert [event.id for _, event in bench.backlog.pending(100)] == ["a"]

    allow_pages(bench, 100_000)
    assert asyncio.run(write_all(bench, large)) == [None] * 20
    assert bench.ids() == ["a", *sorted(one.receipt.id or "" for one in large)]
    with bench.store.read() as connection:
        walked = verify_chain("ingest", rows(connection), (), kept_head(connection))
    assert (walked.records, walked.bad) == (21, None)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.usefixtures("collector_off")
def test_what_was_refused_leaves_memory_at_once(bench: Bench) -> None:
    asyncio.run(write_all(bench, [entry("a")]))
    allow_pages(bench, 2)
    large = [(f"b{n}", f"k{n}", bytes(20_000)) for n in range(20)]

    answers = asyncio.run(write_all(bench, [entry(*one) for one in large]))

    assert {type(answer) for answer in answers} == {StoreFull}
    del answers
    # The journal's thread may still be on its way out of the commit.
    until(lambda: not [one for one in gc.get_objects() if type(one) is StoredSubmission])


@pytest.fixture
def collector_off() -> Iterator[None]:
    gc.collect()
    gc.disable()
    yield
    gc.enable()


def allow_pages(bench: Bench, more: int) -> None:
    """Let the file grow by so many pages and no further."""
    with bench.store.begin() as tx:
        pages = tx.exec_driver_sql("PRAGMA page_count").scalar_one()
        tx.exec_driver_sql(f"PRAGMA max_page_count={pages + more}")


def test_a_receipt_comes_back_as_it_was_written(bench: Bench) -> None:
    asyncio.run(write_all(bench, [entry("a", "k")]))
    assert bench.receipts.find("a") == entry("a").receipt
    kept = bench.journal.find("tax", "k")
    assert kept is not None
    assert kept == (IdempotencyKey("tax", "k", PRINT), entry("a").receipt)
    assert bench.journal.find("tax", "other") is None
    assert bench.journal.find("customs", "k") is None
    assert bench.receipts.find("b") is None
    (listed,) = bench.receipts.newest("tax-bureau", None, 5)
    assert listed == replace(entry("a").receipt, errors=b"[]")


def test_an_entry_that_cannot_be_written_fails_alone(bench: Bench) -> None:
    asyncio.run(write_all(bench, [entry("a", "k")]))
    again = asyncio.run(write_all(bench, [entry("b"), entry("c", "k"), entry("a"), entry("d")]))
    assert [type(answer) for answer in again] == [
        type(None),
        IdempotencyKeyUsed,
        IntegrityError,
        type(None),
    ]
    assert bench.ids() == ["a", "b", "d"]
    assert bench.journal.failed is None


def test_a_store_that_is_busy_refuses_now_and_takes_later(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(bench.store, "begin", _unavailable)
        (answer,) = asyncio.run(write_all(bench, [entry("a")]))
        assert isinstance(answer, StoreUnavailable)
    assert asyncio.run(write_all(bench, [entry("b")])) == [None]
    assert bench.ids() == ["b"]


def _unavailable() -> None:
    raise StoreUnavailable("busy")


def test_a_failure_nobody_foresaw_ends_the_part_and_leaves_nobody_waiting(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken() -> None:
        raise sqlite3.DatabaseError("malformed")

    monkeypatch.setattr(bench.store, "begin", broken)
    (answer,) = asyncio.run(write_all(bench, [entry("a")]))
    assert isinstance(answer, sqlite3.DatabaseError)
    until(lambda: bench.journal.failed is not None)
    with pytest.raises(BacklogFull):
        asyncio.run(bench.journal.write(entry("b")))


def test_whoever_waits_when_it_ends_is_told(bench: Bench) -> None:
    async def waiting_at_the_end() -> BaseException | None:
        write = asyncio.create_task(bench.journal.write(entry("a")))
        await asyncio.sleep(0)
        bench.journal._stopping.set()  # noqa: SLF001 - the end comes before the first turn
        bench.journal.start()
        (answer,) = await asyncio.gather(write, return_exceptions=True)
        return answer

    assert isinstance(asyncio.run(waiting_at_the_end()), BacklogFull)
    assert bench.ids() == []


def test_one_who_has_gone_holds_up_nobody(bench: Bench) -> None:
    async def one_goes() -> list[BaseException | None]:
        gone = asyncio.create_task(bench.journal.write(entry("gone")))
        await asyncio.sleep(0)
        gone.cancel()
        return await write_all(bench, [entry("stays")])

    assert asyncio.run(one_goes()) == [None]
    assert bench.ids() == ["gone", "stays"]


def test_nobody_waits_for_a_commit_for_ever_and_what_was_not_begun_is_not_kept(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.ingest.adapters.group_commit._ANSWER", 0.2)
    monkeypatch.setattr("services.ingest.adapters.group_commit._BATCH", 1)
    with bench.store.begin():  # another writer takes its time
        answers = asyncio.run(write_all(bench, [entry("1"), entry("2")]))
    until(lambda: bench.ids() == ["1"])

    assert [type(answer) for answer in answers] == [StoreUncertain, StoreUnavailable]
    assert asyncio.run(write_all(bench, [entry("3")])) == [None]
    assert bench.ids() == ["1", "3"]
