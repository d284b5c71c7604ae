"""A dead letter read again, and the event that plays it again."""

from dataclasses import replace

import pytest

from duibiao.bus import Record
from duibiao.bus.dead_letters import DeadLetters, NoDeadLetter, read
from tests.support.bus import event
from tests.support.clock import NOON, ManualClock

CAME = replace(
    event("a", key="市税务局"),
    data=b"\xff\x00",
    content_type="application/x-odd",
    headers={"trace": "t-1"},
)
LETTER = DeadLetters("indicators", ManualClock()).letter_of(Record(CAME, 2, 41), "no such org")


def test_a_letter_read_is_the_record_as_it_came() -> None:
    found = read(LETTER)

    assert found.event == CAME
    assert (found.id, found.buried, found.service) == (LETTER.id, NOON, "indicators")
    assert (found.reason, found.partition, found.offset) == ("no such org", 2, 41)


def test_a_replay_is_the_record_under_an_id_of_its_own() -> None:
    again = read(LETTER).replay()

    assert again.id not in {CAME.id, LETTER.id}
    assert again.headers == {"trace": "t-1", "replay-of": CAME.id}
    assert replace(again, id=CAME.id, headers=CAME.headers) == CAME


def test_a_letter_played_twice_is_the_same_event() -> None:
    assert read(LETTER).replay() == read(LETTER).replay()


def test_each_letter_is_played_under_another_id() -> None:
    other = DeadLetters("indicators", ManualClock()).letter_of(Record(CAME, 2, 41), "no such org")

    assert read(other).replay().id != read(LETTER).replay().id


def test_a_replay_that_is_given_up_tells_of_the_first_one_when_it_is_played_again() -> None:
    again = read(LETTER).replay()
    second = DeadLetters("indicators", ManualClock()).letter_of(
        Record(again, 2, 99), "still no such org"
    )

    found = read(second)

    assert found.event == again
    assert found.replay().headers["replay-of"] == CAME.id


@pytest.mark.parametrize("lost", ["dead-id", "dead-topic", "dead-time", "dead-offset"])
def test_an_event_that_does_not_say_what_it_was_is_no_letter(lost: str) -> None:
    rest = {name: text for name, text in LETTER.headers.items() if name != lost}

    with pytest.raises(NoDeadLetter, match=lost):
        read(replace(LETTER, headers=rest))


@pytest.mark.parametrize(("name", "text"), [("dead-offset", "x"), ("dead-time", "noon")])
def test_an_event_that_says_nonsense_is_no_letter(name: str, text: str) -> None:
    with pytest.raises(NoDeadLetter):
        read(replace(LETTER, headers={**LETTER.headers, name: text}))
