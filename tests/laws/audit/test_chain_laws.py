"""Laws of audit chains: whatever is done to one is found, and the first bad record is named."""

import hashlib
from dataclasses import replace

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from duibiao.audit.records import Act, Record, hash_of
from duibiao.audit.verify import Bad, Verification
from tests.support.audit import CHAIN, MONDAY, chain_of, chained_anew, published, resealed, walked
from tests.unit.audit.test_records import SHA256, by_hand

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
NUMBERS = st.integers(-(2**53), 2**53)
DETAILS = st.dictionaries(TEXTS, st.none() | st.booleans() | NUMBERS | TEXTS | st.lists(TEXTS))
ACTS = st.builds(Act, TEXTS, TEXTS, TEXTS, DETAILS)
CHAINS = st.lists(ACTS, min_size=2, max_size=12).map(chain_of)
SM3 = {"sm3"} & hashlib.algorithms_available
HASHES = st.binary(min_size=32, max_size=32)
FIELDS = {
    "time_us": st.integers(0, 2**62),
    "actor": TEXTS,
    "act": TEXTS,
    "subject": TEXTS,
    "details": TEXTS,
    "algorithm": st.sampled_from(["sha256", "SHA256", *SM3]),
    "previous": HASHES,
    "hash": HASHES,
}


@st.composite
def edits(draw: st.DrawFn) -> tuple[list[Record], Record]:
    """Return a chain and one of its records with a field that is another one."""
    records = draw(CHAINS)
    record = draw(st.sampled_from(records))
    name = draw(st.sampled_from(sorted(FIELDS)))
    value = draw(FIELDS[name].filter(lambda new: new != getattr(record, name)))
    return records, replace(record, **{name: value})  # type: ignore[arg-type]


def put(records: list[Record], edited: Record) -> list[Record]:
    return [edited if one.sequence == edited.sequence else one for one in records]


@given(CHAINS)
def test_a_chain_as_written_is_sound_against_all_its_heads(records: list[Record]) -> None:
    heads = [published(record) for record in records]
    assert walked(records, *heads, kept=records[-1].checkpoint) == Verification(len(records), None)


@given(CHAINS)
def test_every_hash_can_be_computed_by_the_standard_library(records: list[Record]) -> None:
    for record in records:
        assert record.hash.hex() == by_hand(CHAIN, record)
        assert record.hash == hash_of(CHAIN, record, SHA256)
        parsed = msgspec.json.decode(record.details)
        assert list(parsed) == sorted(parsed)


@given(edits())
def test_any_edit_is_named(edit: tuple[list[Record], Record]) -> None:
    records, edited = edit
    assert walked(put(records, edited)).bad == Bad(edited.sequence, "altered")


@given(edits())
def test_an_edit_with_its_hash_made_right_is_named(edit: tuple[list[Record], Record]) -> None:
    records, edited = edit
    if edited.algorithm not in {"sha256", "sm3"}:
        return
    other = resealed(edited)
    if other.hash == records[edited.sequence - 1].hash:
        return  # only its hash was edited, and is right again
    found = walked(put(records, other), published(records[-1])).bad
    moved = edited.previous != records[edited.sequence - 1].previous
    if moved and edited.sequence > 1:
        # Its link leads astray: then the one before it is not the one it was written after.
        assert found == Bad(edited.sequence - 1, "replaced")
    elif moved:
        assert found == Bad(1, "altered")
    elif edited.sequence == len(records):
        assert found == Bad(edited.sequence, "unpublished", MONDAY)
    else:
        assert found == Bad(edited.sequence, "replaced")


@given(CHAINS, st.data())
def test_two_records_that_change_places_are_found_at_the_first(
    records: list[Record], data: st.DataObject
) -> None:
    one, other = sorted(data.draw(st.sets(st.integers(1, len(records)), min_size=2, max_size=2)))
    first, second = records[one - 1], records[other - 1]
    swapped = put(put(records, replace(second, sequence=one)), replace(first, sequence=other))
    assert walked(swapped).bad == Bad(one, "altered")


@given(CHAINS, st.data())
def test_a_removal_is_named(records: list[Record], data: st.DataObject) -> None:
    number = data.draw(st.integers(1, len(records)))
    rest = [record for record in records if record.sequence != number]
    found = walked(rest, published(records[-1])).bad
    at = MONDAY if number == len(records) else None
    assert found == Bad(number, "missing", at)


@given(CHAINS, st.data())
def test_a_removal_that_closes_the_gap_is_named(records: list[Record], data: st.DataObject) -> None:
    number = data.draw(st.integers(1, len(records) - 1))
    rest = [
        replace(record, sequence=record.sequence - (record.sequence > number))
        for record in records
        if record.sequence != number
    ]
    assert walked(rest).bad == Bad(number, "altered")


@given(CHAINS, ACTS, st.data())
def test_an_insertion_is_found(records: list[Record], act: Act, data: st.DataObject) -> None:
    number = data.draw(st.integers(1, len(records)))
    before = records[: number - 1]
    after = [replace(one, sequence=one.sequence + 1) for one in records[number - 1 :]]
    (extra,) = chain_of([act], after=before[-1].checkpoint) if before else chain_of([act])
    sloppy = replace(extra, hash=bytes(32))
    assert walked([*before, sloppy, *after]).bad == Bad(number, "altered")
    # With a hash made right it fits to the one before it: the next one is the first that does not.
    if extra.hash != records[number - 1].hash:
        assert walked([*before, extra, *after]).bad == Bad(number + 1, "altered")


@given(CHAINS, st.data())
def test_what_is_taken_off_the_end_is_known_by_any_later_head(
    records: list[Record], data: st.DataObject
) -> None:
    left = data.draw(st.integers(0, len(records) - 1))
    witness = data.draw(st.integers(left + 1, len(records)))
    kept = records[left - 1].checkpoint if left else None
    found = walked(records[:left], published(records[witness - 1]), kept=kept)
    assert found == Verification(left, Bad(left + 1, "missing", MONDAY))


@given(CHAINS, st.data())
def test_a_chain_written_anew_is_found_at_the_first_head_after_the_change(
    records: list[Record], data: st.DataObject
) -> None:
    number = data.draw(st.integers(1, len(records)))
    witness = data.draw(st.integers(1, len(records)))
    edited = replace(records[number - 1], act=records[number - 1].act + "x")
    anew = chained_anew(put(records, edited), number)
    found = walked(anew, published(records[witness - 1]), kept=anew[-1].checkpoint).bad
    assert found == (Bad(witness, "unpublished", MONDAY) if witness >= number else None)
