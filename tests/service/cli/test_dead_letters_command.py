"""`duibiao dead-letters` on both logs: what is listed, shown and played again."""

import base64
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from uuid import uuid4

import pytest
from typer.testing import CliRunner, Result

from duibiao.bus import Bus, Event, Record
from duibiao.bus.dead_letters import DeadLetters
from duibiao.bus.opening import brokers_of, open_bus, topics_of
from duibiao.bus.reading import everything
from duibiao.contracts.topics import DEAD_LETTERS, SUBMISSIONS
from duibiao.core import Settings, SystemClock
from services.cli.dead_letters import app
from tests.support.bus import event
from tests.support.kafka_logs import apply, ready
from tests.support.log_settings import logs_as_before

RUN = CliRunner()


@pytest.fixture(autouse=True)
def _logs() -> Iterator[None]:
    with logs_as_before():
        yield


@pytest.fixture(params=["sqlite", "kafka"])
def settings(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Settings:
    monkeypatch.setenv("DUIBIAO_DATABASE_URL", f"sqlite:///{tmp_path}/duibiao.db")
    monkeypatch.setenv("DUIBIAO_TOPIC_PREFIX", f"t{uuid4().hex[:12]}.")
    if request.param == "kafka":
        cluster = request.getfixturevalue("kafka")
        monkeypatch.setenv("DUIBIAO_KAFKA_BOOTSTRAP", cluster.bootstrap)
        monkeypatch.setenv("DUIBIAO_KAFKA_REPLICATION", "1")
        monkeypatch.setenv("DUIBIAO_KAFKA_MIN_INSYNC", "1")
        brokers = brokers_of(Settings())
        assert brokers is not None
        apply(brokers, topics_of(Settings()))
    return Settings()


@pytest.fixture
def bus(settings: Settings) -> Iterator[Bus]:
    made = open_bus(settings, SystemClock())
    made.start()
    ready(made)
    yield made
    made.stop(5)


@pytest.fixture
def letters(settings: Settings, bus: Bus) -> list[Event]:
    """Two letters of indicators and one of alerts, sent in this order."""
    topic = SUBMISSIONS.name(settings.topic_prefix)
    clock = SystemClock()
    made = [
        DeadLetters(service, clock, settings.topic_prefix).letter_of(
            Record(event(name, topic=topic), 0, offset), f"{name} was wrong"
        )
        for offset, (service, name) in enumerate(
            [("indicators", "a"), ("alerts", "b"), ("indicators", "c")]
        )
    ]
    bus.producer().send(made)
    return made


def run(*arguments: str) -> Result:
    return RUN.invoke(app, list(arguments))


def told(*arguments: str) -> Sequence[dict[str, object]]:
    result = run(*arguments, "--json")
    assert result.exit_code == 0, result.output
    rows: Sequence[dict[str, object]] = json.loads(result.stdout)
    return rows


def played(settings: Settings, bus: Bus) -> list[Event]:
    return [r.event for r in everything(bus, SUBMISSIONS.name(settings.topic_prefix))]


def test_letters_are_listed_in_the_order_of_their_burial(letters: list[Event]) -> None:
    rows = told("list")

    assert [row["id"] for row in rows] == [letter.id for letter in letters]
    assert rows[0]["reason"] == "a was wrong"
    assert rows[0]["event_id"] == "id-a"
    assert rows[1]["service"] == "alerts"


def test_letters_of_one_service(letters: list[Event]) -> None:
    rows = told("list", "--service", "alerts")

    assert [row["id"] for row in rows] == [letters[1].id]


def test_the_list_can_be_read_by_people(letters: list[Event]) -> None:
    result = run("list")

    assert result.exit_code == 0
    assert "3 dead letters" in result.stdout
    assert len(letters) == 3


def test_no_letters_are_an_empty_list(bus: Bus) -> None:
    assert bus.failed is None
    assert told("list") == []


def test_a_letter_is_shown_with_its_bytes(letters: list[Event], tmp_path: Path) -> None:
    kept = tmp_path / "kept.bin"

    result = run("show", letters[2].id, "--json", "--data", str(kept))

    shown = json.loads(result.stdout)
    assert base64.b64decode(shown["data"]) == b"c"
    assert kept.read_bytes() == b"c"
    assert shown["reason"] == "c was wrong"
    assert "c was wrong" in run("show", letters[2].id).stdout


def test_a_letter_played_again_is_on_its_topic_as_it_came(
    settings: Settings, bus: Bus, letters: list[Event]
) -> None:
    result = run("replay", letters[0].id)

    assert result.exit_code == 0, result.output
    (again,) = played(settings, bus)
    assert (again.data, again.key, again.type) == (b"a", "tax-bureau", "duibiao.thing.happened")
    assert again.headers == {"replay-of": "id-a"}


def test_playing_all_of_them_twice_gives_each_one_id(
    settings: Settings, bus: Bus, letters: list[Event]
) -> None:
    first, second = told("replay", "--all"), told("replay", "--all")

    assert first == second
    assert len(letters) == 3
    assert {one.data: one.id for one in played(settings, bus)}.keys() == {b"a", b"b", b"c"}
    assert len({one.id for one in played(settings, bus)}) == 3


def test_only_those_of_a_service_are_played(
    settings: Settings, bus: Bus, letters: list[Event]
) -> None:
    run("replay", "--all", "--service", "alerts")

    assert [one.data for one in played(settings, bus)] == [letters[1].data]


@pytest.mark.parametrize("command", ["show", "replay"])
def test_a_letter_that_is_not_there(bus: Bus, command: str) -> None:
    assert bus.failed is None

    result = run(command, "no-such-id")

    assert result.exit_code == 1
    assert "No such dead letter: no-such-id" in result.stderr


def test_what_is_no_letter_is_passed_over(
    settings: Settings, bus: Bus, letters: list[Event]
) -> None:
    bus.producer().send([event("stray", topic=DEAD_LETTERS.name(settings.topic_prefix))])

    assert len(told("list")) == len(letters)


@pytest.mark.parametrize("arguments", [["replay"], ["replay", "x", "--all"]])
def test_ids_or_all_of_them(settings: Settings, arguments: list[str]) -> None:
    assert settings.topic_prefix

    assert run(*arguments).exit_code == 2
