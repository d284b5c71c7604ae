"""A receiver that is gone, and notifications that failed for good: the office hears of it once."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from services.alerts.adapters.channels import notifications
from services.alerts.adapters.channels.channel import Result
from services.alerts.adapters.tables import RECEIVERS
from tests.service.alerts.desk import CONFIG, FAILED, SENT, Desk, Script, opening

GONE = Result("gone", 410)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    desk = Desk(tmp_path, office="office")
    yield desk
    desk.store.close()


def notices(desk: Desk) -> list[dict[str, Any]]:
    """Deliver what the office is owed, and return what it was told."""
    channel = Script(desk.clock)
    desk.turn(desk.dispatcher(channel, name="office"))
    return [json.loads(step)["data"] for message, _ in channel.given for step in message.steps]


def restart(desk: Desk, url: str = CONFIG.url) -> None:
    with desk.store.begin() as tx:
        notifications.settle(tx, desk.receivers(config=CONFIG.model_copy(update={"url": url})))


def test_410_disables_the_receiver_over_restarts_and_tells_the_office_once(desk: Desk) -> None:
    desk.records(opening("a1"), opening("a2"))
    channel = Script(desk.clock, GONE)
    desk.turn(desk.dispatcher(channel))
    restart(desk)
    desk.records(opening("a3"))
    desk.clock.advance(hours=30)
    desk.turn(desk.dispatcher(channel))

    assert channel.ids() == ["message-001"]
    (told,) = notices(desk)
    assert told["kind"] == "receiver-disabled"
    assert told["text"].startswith("Receiver desk answered 410")
    assert told["text_zh"].startswith("通知对象“desk”答复410")
    states = {row["alert"]: row["state"] for row in desk.listed()}
    assert states == {"a1": "failed", "a2": "queued", "a3": "queued", None: "sent"}


def test_what_waited_goes_out_once_the_entry_changed(desk: Desk) -> None:
    desk.records(opening("a1"), opening("a2"))
    channel = Script(desk.clock, GONE)
    desk.turn(desk.dispatcher(channel))
    restart(desk, "https://other.example.invalid/")
    desk.turn(desk.dispatcher(channel))

    assert channel.ids() == ["message-001", "message-002"]


def test_what_waited_goes_out_once_the_office_enables_the_receiver(desk: Desk) -> None:
    desk.records(opening("a1"), opening("a2"))
    channel = Script(desk.clock, GONE)
    desk.turn(desk.dispatcher(channel))
    with desk.store.begin() as tx:
        assert notifications.disable(tx, "desk", None)
        assert not notifications.disable(tx, "desk", None)
    desk.turn(desk.dispatcher(channel))

    assert channel.ids() == ["message-001", "message-002"]


def test_the_office_hears_once_of_a_receiver_that_fails_until_it_works_again(desk: Desk) -> None:
    desk.records(*(opening(f"a{n}") for n in range(1, 4)))
    desk.turn(desk.dispatcher(Script(desk.clock, FAILED, FAILED, FAILED), tries=1))
    (told,) = notices(desk)
    assert told["kind"] == "notification-failed"
    assert told["text"].startswith("A notification to desk failed for good (status)")

    desk.records(opening("a4"), opening("a5"))
    desk.turn(desk.dispatcher(Script(desk.clock, SENT, Result("refused", 550)), tries=9))
    (told,) = notices(desk)
    assert told["text"].startswith("A notification to desk failed for good (refused)")


def test_a_failure_of_the_office_s_own_receiver_raises_no_notice_about_itself(desk: Desk) -> None:
    desk.records(opening("a1"), opening("a2"), receivers=("office",))
    desk.turn(desk.dispatcher(Script(desk.clock, FAILED, GONE), tries=1, name="office"))
    desk.clock.advance(hours=1)

    assert notices(desk) == []
    assert [row["alert"] for row in desk.listed()] == ["a2", "a1"]


def test_receivers_that_left_the_file_are_forgotten(desk: Desk) -> None:
    with desk.store.begin() as tx:
        kept = desk.receivers()
        only = type(kept)({"desk": kept.by_name["desk"]}, ())
        notifications.settle(tx, only)
        assert [row.name for row in tx.execute(select(RECEIVERS))] == ["desk"]
