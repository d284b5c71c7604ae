"""The audit log in a real database: written with the act, in turn, and only there."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import astuple
from pathlib import Path

import pytest
from sqlalchemy import MetaData

from duibiao.audit import SYSTEM, Act, AuditError, AuditLog, AuditTables
from duibiao.audit.records import START
from duibiao.audit.verify import Verification
from duibiao.store import Store
from tests.support.audit import CHAIN, AuditedStore, needs_sm3
from tests.support.clock import ManualClock


@pytest.fixture
def audited(database_url: str, clock: ManualClock) -> Iterator[AuditedStore]:
    audited = AuditedStore(database_url, clock)
    yield audited
    audited.close()


ACT = Act("key1/org/tax-bureau", "submission.accepted", "s-1", {"b": "值", "a": 1})


def test_a_record_says_who_did_what_when(audited: AuditedStore, clock: ManualClock) -> None:
    audited.append(ACT)
    clock.advance(seconds=1)
    audited.append(Act(SYSTEM, "register.in-force", "v1"))
    first, second = audited.rows()
    # 2021-06-01T04:00Z in microseconds.
    assert first[:7] == (
        1,
        1_622_520_000_000_000,
        "key1/org/tax-bureau",
        "submission.accepted",
        "s-1",
        '{"a":1,"b":"值"}',
        "sha256",
    )
    assert second[:6] == (2, 1_622_520_001_000_000, "duibiao", "register.in-force", "v1", "{}")
    assert first[7] == bytes(32)
    assert second[7] == first[8]
    assert audited.walked() == Verification(2, None)


def test_the_head_is_the_last_record(audited: AuditedStore) -> None:
    assert audited.log.checkpoint() == START
    audited.fill(3)
    assert astuple(audited.log.checkpoint()) == (3, audited.rows()[-1][8])


def test_nothing_done_leaves_nothing(audited: AuditedStore) -> None:
    audited.append()
    assert audited.rows() == []


def test_an_act_that_is_rolled_back_was_never_there(audited: AuditedStore) -> None:
    audited.fill(1)
    with suppress(LookupError), audited.store.begin() as tx:
        audited.log.append(tx, [ACT, ACT])
        raise LookupError
    audited.append(ACT)
    assert [row[0] for row in audited.rows()] == [1, 2]
    assert audited.walked() == Verification(2, None)


def test_several_appends_in_one_transaction_follow_one_another(audited: AuditedStore) -> None:
    with audited.store.begin() as tx:
        for _ in range(3):
            audited.log.append(tx, [ACT])
    assert audited.walked() == Verification(3, None)


def test_writers_of_several_stores_take_turns(audited: AuditedStore, clock: ManualClock) -> None:
    """Four processes with the same file, as far as SQLite can tell."""
    ready = threading.Barrier(4)

    def write(_: int) -> None:
        metadata = MetaData()
        tables = AuditTables(metadata, CHAIN)
        store = Store(audited.url, CHAIN)
        log = AuditLog(tables, store, clock)
        ready.wait(10)
        for _turn in range(25):
            with store.begin() as tx:
                log.append(tx, [ACT, ACT])
        store.close()

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(write, range(4)))
    assert audited.walked() == Verification(200, None)


def test_a_chain_goes_on_where_it_was(audited: AuditedStore) -> None:
    audited.fill(2)
    audited.append(ACT, log=audited.opened())
    assert audited.walked() == Verification(3, None)


@needs_sm3
def test_the_hash_may_be_another_from_one_start_on(audited: AuditedStore) -> None:
    audited.fill(2)
    audited.append(ACT, ACT, log=audited.opened("sm3"))
    audited.append(ACT)
    assert [row[6] for row in audited.rows()] == ["sha256"] * 2 + ["sm3"] * 2 + ["sha256"]
    assert audited.walked() == Verification(5, None)
    assert audited.opened("sm3").digest(b"abc").hex().startswith("66c7f0f462eeedd9")


def test_a_chain_that_has_lost_its_head_is_not_begun_anew(audited: AuditedStore) -> None:
    audited.fill(2)
    audited.by_hand("DELETE FROM audit_head")
    with pytest.raises(AuditError, match="the audit chain ingest has lost its head"):
        audited.opened()


def test_details_that_are_no_json_are_refused_before_anything_is_written(
    audited: AuditedStore,
) -> None:
    with pytest.raises(TypeError):
        audited.append(Act("a", "b", "c", {"x": object()}))
    assert audited.rows() == []


def test_two_chains_in_two_files_know_nothing_of_each_other(tmp_path: Path) -> None:
    one, other = (AuditedStore(f"sqlite:///{tmp_path}/{name}.db") for name in "ab")
    one.fill(2)
    other.fill(1)
    assert (one.walked(), other.walked()) == (Verification(2, None), Verification(1, None))
    one.close()
    other.close()
