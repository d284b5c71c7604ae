"""Records: what is hashed, so that anybody can do it again with nothing of ours."""

import hashlib
import json
from datetime import UTC, datetime

import pytest

from duibiao.audit.digests import digest_named
from duibiao.audit.records import START, Act, Record, seal
from duibiao.workdays import from_us, to_us
from tests.support.audit import ACT, CHAIN, chain_of

SHA256 = digest_named("sha256")


def by_hand(chain: str, record: Record) -> str:
    """Compute a hash from the record alone, by the standard library alone."""
    content = [
        chain,
        record.algorithm,
        record.sequence,
        record.time_us,
        record.actor,
        record.act,
        record.subject,
        record.details,
        record.previous.hex(),
    ]
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    return hashlib.new(record.algorithm, text.encode()).hexdigest()


def test_the_hash_of_the_first_record_is_the_one_written_out() -> None:
    record = seal(
        "ingest", START, Act("duibiao", "x", "y", {"b": 1, "a": "值"}), 7, "sha256", SHA256
    )
    written = (
        '["ingest","sha256",1,7,"duibiao","x","y","{\\"a\\":\\"值\\",\\"b\\":1}","'
        + "0" * 64
        + '"]'
    )
    assert record.hash == hashlib.sha256(written.encode()).digest()
    assert record.details == '{"a":"值","b":1}'
    assert record.previous == bytes(32)


def test_every_record_can_be_computed_again_without_us() -> None:
    records = chain_of([ACT, Act("a", "b", 'c"\\\n\u2028\x7f\x00', {"n": None, "é": [1, "\t"]})])
    assert [record.hash.hex() for record in records] == [by_hand(CHAIN, one) for one in records]
    assert records[1].previous == records[0].hash


def test_a_record_of_another_chain_has_another_hash() -> None:
    ours, theirs = (seal(name, START, ACT, 7, "sha256", SHA256) for name in ("ingest", "alerts"))
    assert ours.hash != theirs.hash


def test_a_record_is_in_its_place_and_names_its_algorithm() -> None:
    records = chain_of([ACT] * 3)
    assert [record.sequence for record in records] == [1, 2, 3]
    assert {record.algorithm for record in records} == {"sha256"}
    assert (records[-1].checkpoint.sequence, records[-1].checkpoint.hash) == (3, records[-1].hash)


@pytest.mark.parametrize(
    ("moment", "us"),
    [
        (datetime(1970, 1, 1, tzinfo=UTC), 0),
        (datetime(1970, 1, 2, 0, 0, 1, 5, tzinfo=UTC), 86_401_000_005),
        (datetime(2021, 6, 1, 4, tzinfo=UTC), 1_622_520_000_000_000),
    ],
)
def test_times_are_whole_microseconds(moment: datetime, us: int) -> None:
    assert to_us(moment) == us
    assert from_us(us) == moment
