"""What the command line does to the log is in the audit chain of the access store."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from duibiao.audit.reading import records_after
from duibiao.bus import Event, Record
from duibiao.bus.dead_letters import DeadLetters
from duibiao.bus.opening import open_bus
from duibiao.core import Settings, SystemClock
from duibiao.store import Store
from services.cli.dead_letters import app
from tests.support.bus import event
from tests.support.log_settings import logs_as_before

RUN = CliRunner()


@pytest.fixture(autouse=True)
def _settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("DUIBIAO_DATABASE_URL", f"sqlite:///{tmp_path}/duibiao.db")
    with logs_as_before():
        yield


@pytest.fixture
def letters() -> list[Event]:
    """Two dead letters of the indicators service."""
    clock = SystemClock()
    dead_letter = DeadLetters("indicators", clock).letter_of
    made = [dead_letter(Record(event(name), 0, 0), "it was wrong") for name in ("a", "b")]
    bus = open_bus(Settings(), clock)
    bus.start()
    bus.producer().send(made)
    bus.stop(5)
    return made


def noted() -> list[tuple[object, ...]]:
    store = Store(Settings().database_url, "access")
    try:
        return [tuple(row[2:6]) for row in records_after(store, 0, 100)]
    finally:
        store.close()


def test_a_replay_names_letter_event_and_user(letters: list[Event]) -> None:
    result = RUN.invoke(app, ["replay", letters[1].id])
    assert result.exit_code == 0, result.output
    ((actor, act, subject, details),) = noted()
    assert (actor, act, subject) == ("duibiao", "dead-letter.replayed", letters[1].id)
    said = json.loads(str(details))
    assert (said["service"], said["event"], said["via"]) == ("indicators", "id-b", "command line")
    assert said["user"]


def test_every_letter_of_a_replay_has_a_record(letters: list[Event]) -> None:
    assert RUN.invoke(app, ["replay", "--all"]).exit_code == 0
    assert [row[2] for row in noted()] == [letter.id for letter in letters]


def test_looking_and_what_was_refused_leave_nothing(letters: list[Event], tmp_path: Path) -> None:
    for arguments in (["list"], ["show", letters[0].id], ["replay", "nothing"], ["replay"]):
        RUN.invoke(app, arguments)
    assert not (tmp_path / "duibiao-access.db").exists()
