"""The history checker catches what it is there to catch: planted faults, one of each kind."""

import random
from collections.abc import Callable

import pytest

from tests.support.history import History, Place, check, faults


def wrote(*outcomes: str, key: str = "tax") -> History:
    """Return a history of values v0, v1 ... of one key, heard of as told: o, f or u each."""
    history = History()
    for number, outcome in enumerate("".join(outcomes)):
        names = {"o": "ok", "f": "fail", "u": "unknown"}
        history.say(key, f"v{number}", names[outcome])  # type: ignore[arg-type]  # one of three
    return history


def values(*numbers: int) -> list[str]:
    return [f"v{number}" for number in numbers]


@pytest.mark.parametrize("found", [(0, 1, 3), (0, 1, 3, 4)], ids=["without", "with the unknown"])
def test_what_is_as_it_was_told_is_well(found: tuple[int, ...]) -> None:
    assert faults(wrote("oofou"), Place("store", values(*found))) == []


@pytest.mark.parametrize(
    ("found", "fault"),
    [
        ((0, 3), "store: 1 lost: v1"),
        ((0, 1, 1, 3), "store: 1 there more than once: v1"),
        ((0, 1, 3, 4, 4), "store: 1 there more than once: v4"),
        ((0, 1, 2, 3), "store: 1 refused and there: v2"),
        ((0, 1, 3, 9), "store: 1 written by nobody: v9"),
        ((1, 0, 3), "store: 1 out of order: v0"),
        ((0, 1, 4, 3), "store: 1 out of order: v3"),
    ],
)
def test_a_planted_fault_is_found_and_named(found: tuple[int, ...], fault: str) -> None:
    assert faults(wrote("oofou"), Place("store", values(*found))) == [fault]


def test_faults_of_all_places_are_told_at_once() -> None:
    history = wrote("ooo")
    places = Place("log", values(2, 1, 0)), Place("store", values(0, 0))

    with pytest.raises(AssertionError) as failed:
        check(history, *places)

    assert str(failed.value).splitlines() == [
        "log: 2 out of order: v1, v0",
        "store: 2 lost: v1, v2",
        "store: 1 there more than once: v0",
    ]


def test_order_is_asked_of_each_key_by_itself_and_only_where_there_is_one() -> None:
    history = History()
    for key, value in (("a", "a1"), ("b", "b1"), ("a", "a2"), ("b", "b2")):
        history.say(key, value, "ok")

    assert faults(history, Place("log", ["b1", "b2", "a1", "a2"])) == []
    assert faults(history, Place("log", ["b2", "a1", "b1", "a2"])) == ["log: 1 out of order: b1"]
    assert faults(history, Place("set", ["b2", "a2", "b1", "a1"], ordered=False)) == []


def test_a_place_may_concern_some_of_the_values_only() -> None:
    history = History()
    history.say("tax", "breach", "ok", tags=["opens"])
    history.say("tax", "fine", "ok")

    assert faults(history, Place("alerts", ["breach"], tag="opens")) == []
    assert faults(history, Place("alerts", [], tag="opens")) == ["alerts: 1 lost: breach"]
    assert faults(history, Place("alerts", ["breach", "fine"], tag="opens")) == [
        "alerts: 1 written by nobody: fine"
    ]


def test_a_value_cannot_be_written_twice() -> None:
    history = wrote("o")
    with pytest.raises(AssertionError, match="v0 is written twice"):
        history.say("tax", "v0", "ok")


def lose(found: list[str], chance: random.Random) -> None:
    found.pop(chance.randrange(len(found)))


def double(found: list[str], chance: random.Random) -> None:
    found.insert(chance.randrange(len(found)), chance.choice(found))


def swap(found: list[str], chance: random.Random) -> None:
    at = chance.randrange(len(found) - 1)
    found[at : at + 2] = reversed(found[at : at + 2])


@pytest.mark.parametrize(
    ("plant", "what"), [(lose, "lost"), (double, "there more than once"), (swap, "out of order")]
)
@pytest.mark.parametrize("seed", range(20))
def test_one_fault_anywhere_among_a_thousand_is_found(
    plant: Callable[[list[str], random.Random], None], what: str, seed: int
) -> None:
    history = wrote("o" * 1000)
    found = [line.value for line in history]
    assert faults(history, Place("store", found)) == []

    plant(found, random.Random(seed))

    assert f"store: 1 {what}: " in faults(history, Place("store", found))[0]


def test_a_long_fault_names_a_few_and_counts_all() -> None:
    (told,) = faults(wrote("o" * 9), Place("store", []))
    assert told == "store: 9 lost: v0, v1, v2, v3, v4 and 4 more"


def test_groups_hold_what_was_answered_as_one() -> None:
    history = History()
    history.say("tax", "a", "ok", group="s1")
    history.say("tax", "b", "fail", group="s1")
    history.say("tax", "c", "unknown")

    assert {name: len(lines) for name, lines in history.groups().items()} == {"s1": 2}
    assert history.outcomes() == {"ok": 1, "fail": 1, "unknown": 1}
