"""Events as Kafka records and back: CloudEvents 1.0 in binary mode."""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from duibiao.bus import Event
from duibiao.bus.kafka_events import event_of, headers_of, size_of
from tests.support.bus import TOPIC, event

EVENT = Event(
    id="0179a2b4-0000-7000-8000-000000000001",
    type="duibiao.submission.accepted",
    topic=TOPIC,
    key="市税务局",
    source="ingest",
    time=datetime(2021, 3, 25, 1, 2, 3, 456789, tzinfo=UTC),
    data=b"\x00\xff",
    headers={"reason": "全角，标点"},
)


@dataclass
class Raw:
    topic: str = TOPIC
    partition: int = 3
    offset: int = 17
    timestamp: int = 1_616_634_123_456
    key: bytes | None = b"k"
    value: bytes | None = b"v"
    headers: list[tuple[str, bytes | None]] = field(default_factory=list)


def raw_of(some: Event) -> Raw:
    return Raw(key=some.key.encode(), value=some.data, headers=[*headers_of(some)])


def test_the_attributes_are_headers_and_the_value_is_the_data_alone() -> None:
    assert headers_of(EVENT) == [
        ("ce_specversion", b"1.0"),
        ("ce_id", b"0179a2b4-0000-7000-8000-000000000001"),
        ("ce_source", b"ingest"),
        ("ce_type", b"duibiao.submission.accepted"),
        ("ce_time", b"2021-03-25T01:02:03.456789Z"),
        ("content-type", b"application/protobuf"),
        ("reason", "全角，标点".encode()),
    ]


def test_a_time_of_another_zone_is_told_in_utc() -> None:
    shanghai = timezone(timedelta(hours=8))
    local = replace(EVENT, time=datetime(2021, 3, 25, 9, 0, tzinfo=shanghai))

    assert ("ce_time", b"2021-03-25T01:00:00Z") in headers_of(local)


def test_an_event_comes_back_as_it_was() -> None:
    assert event_of(raw_of(EVENT)) == EVENT


@given(
    key=st.text(st.characters(exclude_categories=["Cs"])),
    data=st.binary(),
    headers=st.dictionaries(
        st.sampled_from(["trace", "replay-of", "dead-reason"]), st.text("aä市 ")
    ),
    seconds=st.integers(0, 4_000_000_000),
)
def test_any_event_comes_back_as_it_was(
    key: str, data: bytes, headers: dict[str, str], seconds: int
) -> None:
    moment = datetime.fromtimestamp(seconds, UTC)
    sent = replace(EVENT, key=key, data=data, headers=headers, time=moment)

    assert event_of(raw_of(sent)) == sent


def test_a_record_without_headers_is_named_by_its_place() -> None:
    found = event_of(Raw())

    assert found.id == f"{TOPIC}/3/17"
    assert found.content_type == "application/octet-stream"
    assert (found.type, found.source, found.headers) == ("", "", {})
    assert found.time == datetime(2021, 3, 25, 1, 2, 3, 456000, tzinfo=UTC)


def test_a_tombstone_is_an_empty_event() -> None:
    found = event_of(Raw(key=None, value=None))

    assert (found.key, found.data) == ("", b"")


def test_bytes_that_are_no_text_are_told_as_such() -> None:
    found = event_of(Raw(key=b"\xff\xfe", headers=[("odd", b"\xff"), ("none", None)]))

    assert found.key == "\\xff\\xfe"
    assert found.headers == {"odd": "\\xff", "none": ""}


@pytest.mark.parametrize("said", [b"", b"noon", b"2021-13-01T00:00:00Z", b"\xff"])
def test_a_time_that_is_none_gives_way_to_the_records_own(said: bytes) -> None:
    found = event_of(Raw(headers=[("ce_time", said)]))

    assert found.time == datetime(2021, 3, 25, 1, 2, 3, 456000, tzinfo=UTC)


def test_a_time_without_a_zone_is_utc() -> None:
    found = event_of(Raw(headers=[("ce_time", b"2021-03-25T01:00:00")]))

    assert found.time == datetime(2021, 3, 25, 1, tzinfo=UTC)


def test_a_record_without_any_time_is_of_the_beginning() -> None:
    assert event_of(Raw(timestamp=-1)).time == datetime(1970, 1, 1, tzinfo=UTC)


def test_sizes_grow_with_data_and_headers() -> None:
    plain = event("a")

    assert size_of(replace(plain, data=b"x" * 1000)) - size_of(plain) == 999
    assert size_of(replace(plain, headers={"name": "text"})) - size_of(plain) == 8
