"""Walking a chain: what is wrong is found, and the first record that does not fit is named."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from duibiao.audit.digests import AuditError, Digest, digest_named
from duibiao.audit.records import START, Act, Checkpoint
from duibiao.audit.verify import Bad, Published, Reason, Verification, verify_chain
from tests.support.audit import (
    ACT,
    CHAIN,
    MONDAY,
    chain_of,
    chained_anew,
    changed,
    needs_sm3,
    published,
    resealed,
    rows_of,
    short_chain,
    walked,
)

FIVE = short_chain()


def bad(sequence: int, reason: Reason) -> Verification:
    return Verification(sequence - 1, Bad(sequence, reason))


def test_a_chain_as_it_was_written_is_sound() -> None:
    heads = [published(one) for one in FIVE]
    assert walked(FIVE, *heads, kept=FIVE[-1].checkpoint) == Verification(5, None)


def test_an_empty_chain_is_sound() -> None:
    assert walked([], kept=START) == Verification(0, None)


@needs_sm3
def test_a_chain_may_change_its_hash() -> None:
    first = short_chain(2)
    second = chain_of([ACT, ACT], after=first[-1].checkpoint, algorithm="sm3")
    third = chain_of([ACT], after=second[-1].checkpoint)
    assert walked([*first, *second, *third]) == Verification(5, None)
    assert walked([*first, *changed(second, 4, lambda r: replace(r, act="x")), *third]) == bad(
        4, "altered"
    )


@needs_sm3
def test_the_name_of_another_hash_is_an_alteration() -> None:
    for name in ("sm3", "md5", ""):
        other = changed(FIVE, 3, lambda r, name=name: replace(r, algorithm=name))  # type: ignore[misc]
        assert walked(other) == bad(3, "altered")


@pytest.mark.parametrize("number", [1, 3, 5])
@pytest.mark.parametrize(
    "change",
    [
        {"time_us": 1},
        {"actor": "key2/org/tax-bureau"},
        {"act": "submission.refused"},
        {"subject": ""},
        {"details": '{"rows": 3}'},
        {"previous": bytes(31) + b"\1"},
        {"hash": bytes(32)},
    ],
)
def test_a_field_changed_is_named(number: int, change: dict[str, object]) -> None:
    other = changed(FIVE, number, lambda record: replace(record, **change))  # type: ignore[arg-type]
    assert walked(other) == bad(number, "altered")


def flips(value: object) -> Iterator[object]:
    """Yield a value with one byte of it changed, for every byte in turn."""
    match value:
        case bytes():
            for place, byte in enumerate(value):
                yield value[:place] + bytes([byte ^ 1]) + value[place + 1 :]
        case str():
            for place, letter in enumerate(value):
                yield value[:place] + chr(ord(letter) ^ 1) + value[place + 1 :]
        case int():
            yield from (value ^ 1 << place for place in range(0, 63, 8))


def test_every_byte_of_every_record_counts() -> None:
    rows = rows_of(FIVE)
    tried = 0
    for number, row in enumerate(rows, start=1):
        for place, value in list(enumerate(row))[1:]:
            for changed_value in flips(value):
                changed_row = (*row[:place], changed_value, *row[place + 1 :])
                changed_rows = [*rows[: number - 1], changed_row, *rows[number:]]
                assert verify_chain(CHAIN, changed_rows) == bad(number, "altered"), (number, place)
                tried += 1
    assert tried > 5 * 2 * 32


@pytest.mark.parametrize(
    "value", [None, "3", 3.0, b"x", True], ids=["null", "text", "real", "blob", "truth"]
)
@pytest.mark.parametrize("place", range(1, 9))
def test_a_field_of_another_kind_is_an_alteration(place: int, value: object) -> None:
    rows = rows_of(FIVE)
    rows[2] = (*rows[2][:place], value, *rows[2][place + 1 :])
    assert verify_chain(CHAIN, rows) == bad(3, "altered")


def test_a_record_that_cannot_be_read_is_an_alteration() -> None:
    rows = rows_of(FIVE)
    rows[3] = (4,)
    assert verify_chain(CHAIN, rows) == bad(4, "altered")


def test_a_record_replaced_with_its_hash_made_right_is_named() -> None:
    other = changed(FIVE, 2, lambda record: resealed(replace(record, actor="duibiao")))
    assert walked(other) == bad(2, "replaced")


def test_a_last_record_replaced_so_is_known_by_the_head_beside_it_or_elsewhere() -> None:
    other = changed(FIVE, 5, lambda record: resealed(replace(record, actor="duibiao")))
    assert walked(other) == Verification(5, None), "a chain alone is only a promise"
    assert walked(other, kept=FIVE[-1].checkpoint) == bad(5, "replaced")
    told = Bad(5, "unpublished", MONDAY)
    assert walked(other, published(FIVE[-1]), kept=other[-1].checkpoint) == Verification(4, told)


@pytest.mark.parametrize("number", [1, 3, 4])
def test_a_record_taken_out_is_missing(number: int) -> None:
    assert walked([one for one in FIVE if one.sequence != number]) == bad(number, "missing")


def test_a_record_taken_off_the_end_is_known_by_the_head_beside_it() -> None:
    assert walked(FIVE[:4]) == Verification(4, None)
    assert walked(FIVE[:3], kept=FIVE[-1].checkpoint) == bad(4, "missing")


def test_a_record_taken_off_the_end_is_known_by_the_last_published_head() -> None:
    later = MONDAY + timedelta(hours=1)
    heads = [published(FIVE[1]), published(FIVE[4], later), published(FIVE[3])]
    told = Bad(4, "missing", later)
    assert walked(FIVE[:3], *heads, kept=FIVE[2].checkpoint) == Verification(3, told)
    assert walked([], published(FIVE[0])) == Verification(0, Bad(1, "missing", MONDAY))


def test_a_chain_written_anew_is_known_by_what_was_published() -> None:
    anew = chained_anew(changed(FIVE, 2, lambda record: replace(record, act="x")), 2)
    assert walked(anew, kept=anew[-1].checkpoint) == Verification(5, None)
    told = Bad(4, "unpublished", MONDAY)
    assert walked(anew, published(FIVE[0]), published(FIVE[3])) == Verification(3, told)


def test_two_heads_of_one_number_cannot_both_be_right() -> None:
    other = Published(Checkpoint(5, bytes(32)), MONDAY)
    assert walked(FIVE, published(FIVE[4]), other).bad == Bad(5, "unpublished", MONDAY)


@pytest.mark.parametrize("number", [0, -7])
def test_a_record_before_the_first_was_put_there(number: int) -> None:
    extra = replace(FIVE[0], sequence=number)
    assert walked([extra, *FIVE]) == Verification(0, Bad(number, "inserted"))


def test_a_record_beyond_the_head_was_put_there() -> None:
    extra = chain_of([ACT], after=FIVE[-1].checkpoint)
    assert walked([*FIVE, *extra], kept=FIVE[-1].checkpoint) == bad(6, "inserted")


def test_a_first_record_that_follows_something_is_none() -> None:
    first = chain_of([ACT], after=Checkpoint(0, b"\1" * 32))
    assert walked(first) == bad(1, "altered")


def test_records_of_another_chain_do_not_pass() -> None:
    assert verify_chain("alerts", rows_of(FIVE)) == bad(1, "altered")


@needs_sm3
def test_a_hash_that_this_python_has_not_is_said_and_not_guessed() -> None:
    def without_sm3(name: str) -> Digest:
        if name == "sm3":
            raise AuditError("no SM3")
        return digest_named(name)

    records = [*FIVE, *chain_of([Act("a", "b", "c")], after=FIVE[-1].checkpoint, algorithm="sm3")]
    with pytest.raises(AuditError):
        verify_chain(CHAIN, rows_of(records), digests=without_sm3)
