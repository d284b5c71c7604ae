"""A dead letter holds the record as it came and says why it was given up."""

from dataclasses import replace

from duibiao.bus import Record
from duibiao.bus.dead_letters import DeadLetters
from tests.support.bus import TOPIC, WHEN, event
from tests.support.clock import NOON, ManualClock

CAME = replace(
    event("a", key="市税务局"),
    data=b"\xff\x00",
    content_type="application/x-odd",
    headers={"trace": "t-1"},
)


def test_the_record_is_kept_as_it_came_beside_the_reason() -> None:
    letter = DeadLetters("indicators", ManualClock()).letter_of(Record(CAME, 2, 41), "no such org")

    assert (letter.key, letter.data, letter.content_type) == (
        CAME.key,
        CAME.data,
        CAME.content_type,
    )
    assert letter.headers == {
        "trace": "t-1",
        "dead-reason": "no such org",
        "dead-service": "indicators",
        "dead-topic": TOPIC,
        "dead-partition": "2",
        "dead-offset": "41",
        "dead-id": "id-a",
        "dead-type": "duibiao.thing.happened",
        "dead-source": "ingest",
        "dead-time": WHEN.isoformat(),
    }


def test_a_letter_is_an_event_of_its_own() -> None:
    letters = DeadLetters("indicators", ManualClock(), "xa.")
    record = Record(CAME, 0, 0)

    one, other = letters.letter_of(record, "x"), letters.letter_of(record, "x")

    assert one.topic == "xa.dead-letters.v1"
    assert one.source == "indicators"
    assert one.time == NOON
    assert len({CAME.id, one.id, other.id}) == 3


def test_a_long_reason_is_cut() -> None:
    letter = DeadLetters("indicators", ManualClock()).letter_of(Record(CAME, 0, 0), "x" * 10_000)

    assert len(letter.headers["dead-reason"]) == 500
