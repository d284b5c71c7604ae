"""What somebody with the database can do to a chain, by SQL, and how it is found."""

import pytest

from duibiao.audit.reading import records_after
from duibiao.audit.verify import Bad, Published, Reason, Verification
from tests.support.audit import MONDAY, AuditedStore

# Each changes one byte, or the kind, of one column of record 3.
ONE_BYTE = [
    "time_us = time_us + 1",
    "time_us = CAST(time_us AS TEXT) || 'x'",
    "actor = 'key2/org/tax'",
    "act = 'y'",
    "subject = upper(subject)",
    "details = replace(details, '2', '3')",
    "details = details || ' '",
    "algorithm = 'sm3'",
    "previous = zeroblob(32)",
    "previous = hex(previous)",
    "hash = zeroblob(32)",
    "hash = substr(hash, 1, 31)",
    "hash = 'text'",
    "details = CAST(x'7bff7d' AS TEXT)",  # no UTF-8: it cannot even be read
    "actor = CAST(actor AS BLOB)",
    "actor = 1",
]


def at(sequence: int, reason: Reason) -> Verification:
    return Verification(sequence - 1, Bad(sequence, reason))


@pytest.mark.parametrize("change", ONE_BYTE)
def test_one_byte_changed_is_found(audited: AuditedStore, change: str) -> None:
    audited.fill(5)
    audited.by_hand(f"UPDATE audit SET {change} WHERE sequence = 3")  # noqa: S608 - the list above
    assert audited.walked() == at(3, "altered")


def test_a_record_removed_inside_is_found(audited: AuditedStore) -> None:
    audited.fill(5)
    audited.by_hand("DELETE FROM audit WHERE sequence = 2")
    assert audited.walked() == at(2, "missing")


def test_records_renumbered_over_a_gap_are_found(audited: AuditedStore) -> None:
    audited.fill(5)
    audited.by_hand("DELETE FROM audit WHERE sequence = 2")
    for number in (3, 4, 5):
        audited.by_hand("UPDATE audit SET sequence = sequence - 1 WHERE sequence = ?", [number])
    assert audited.walked() == at(2, "altered")


def test_a_record_copied_to_the_end_is_found(audited: AuditedStore) -> None:
    audited.fill(5)
    columns = "time_us, actor, act, subject, details, algorithm, previous, hash"
    audited.by_hand(f"INSERT INTO audit SELECT 6, {columns} FROM audit WHERE sequence = 5")  # noqa: S608
    assert audited.walked() == at(6, "altered")


def test_a_record_put_before_the_first_is_found(audited: AuditedStore) -> None:
    audited.fill(5)
    audited.by_hand("UPDATE audit SET sequence = -1 WHERE sequence = 5")
    assert audited.walked() == Verification(0, Bad(-1, "inserted"))


def test_a_tail_cut_off_is_found_by_the_head_beside_it(audited: AuditedStore) -> None:
    audited.fill(5)
    audited.by_hand("DELETE FROM audit WHERE sequence > 3")
    assert audited.walked() == at(4, "missing")


def test_a_tail_cut_off_with_care_is_found_by_the_published_head(audited: AuditedStore) -> None:
    audited.fill(5)
    head = Published(audited.log.checkpoint(), MONDAY)
    audited.by_hand("DELETE FROM audit WHERE sequence = 5")
    audited.by_hand(
        "UPDATE audit_head SET sequence = 4, hash = (SELECT hash FROM audit WHERE sequence = 4)"
    )
    assert audited.walked() == Verification(4, None), "nothing inside tells it"
    assert audited.walked(head) == Verification(4, Bad(5, "missing", MONDAY))
    audited.fill(3)
    assert audited.walked(head) == Verification(4, Bad(5, "unpublished", MONDAY))


def test_a_head_set_back_is_found(audited: AuditedStore) -> None:
    audited.fill(5)
    audited.by_hand("UPDATE audit_head SET sequence = 3")
    assert audited.walked() == at(4, "inserted")


def test_a_head_of_another_hash_is_found(audited: AuditedStore) -> None:
    audited.fill(5)
    audited.by_hand("UPDATE audit_head SET hash = zeroblob(32)")
    assert audited.walked() == at(5, "replaced")


def test_a_long_chain_is_read_in_pages_and_its_unreadable_record_named(
    audited: AuditedStore,
) -> None:
    audited.fill(2_500)
    assert audited.walked() == Verification(2_500, None)
    for number in (2_222, 1_111):
        audited.by_hand(
            "UPDATE audit SET subject = CAST(x'ff' AS TEXT) WHERE sequence = ?", [number]
        )
        assert audited.walked() == at(number, "altered")
    assert len(audited.rows()) == 2_500
    assert [row for row in audited.rows() if len(row) == 1] == [(1_111,), (2_222,)]


def test_records_are_read_on_from_a_number(audited: AuditedStore) -> None:
    audited.fill(5)
    assert [row[0] for row in records_after(audited.store, 2, 2)] == [3, 4]
    assert records_after(audited.store, 5, 2) == []
