"""The dispatcher and the notification log: order, tries, waits, and what is left after a crash."""

import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from duibiao.store import StoreUnavailable
from duibiao.web.lists import Page
from duibiao.workdays.moments import from_us
from services.alerts.adapters import queries
from services.alerts.adapters.channels import notifications
from services.alerts.adapters.channels.channel import Abandoned, Message, Result
from services.alerts.adapters.channels.notifications import AT_ONCE
from services.alerts.adapters.channels.receivers import CHANNELS
from services.alerts.adapters.tables import NOTIFICATIONS
from services.alerts.domain import answers
from tests.service.alerts.desk import FAILED, SENT, Desk, Script, opening, revoking, stamp
from tests.support.alert_book import FIRST_DAY


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    desk = Desk(tmp_path)
    yield desk
    desk.store.close()


def test_what_was_queued_is_sent_and_logged(desk: Desk) -> None:
    desk.records(opening())
    sender = Script(desk.clock)
    desk.turn(desk.dispatcher(sender))

    (row,) = desk.listed()
    named = row["id"], row["alert"], row["receiver"], row["channel"]
    assert named == ("message-001", "a1", "desk", "webhook")
    ended = row["state"], row["tries"], row["outcome"], row["status_code"]
    assert ended == ("sent", 1, "sent", 204)
    assert (row["created_at"], row["sent_at"], row["next_try_at"]) == (
        "2021-01-04T04:00:00Z",
        "2021-01-04T04:00:00.250000Z",
        None,
    )
    assert row["attempts"] == [
        {
            "nth": 1,
            "at": "2021-01-04T04:00:00.250000Z",
            "took_ms": 250,
            "outcome": "sent",
            "status_code": 204,
            "detail": None,
        }
    ]
    assert desk.counted == {"sent": 1}


def test_nothing_is_sent_twice(desk: Desk) -> None:
    desk.records(opening())
    sender = Script(desk.clock)
    for _ in range(3):
        desk.turn(desk.dispatcher(sender))

    assert sender.ids() == ["message-001"]


def test_tries_wait_twice_as_long_each_time_and_end(desk: Desk) -> None:
    desk.records(opening())
    sender = Script(desk.clock, *[FAILED] * 9)
    dispatcher = desk.dispatcher(sender, tries=4)
    waits = []
    for _ in range(4):
        desk.turn(dispatcher)
        asked = len(sender.given)
        desk.turn(dispatcher)
        assert len(sender.given) == asked  # not before its time
        waits.append(seconds_to_next(desk))
        desk.clock.advance(seconds=waits[-1] or 0)

    assert waits[3] is None
    assert 2.5 <= (waits[0] or 0) <= 5
    assert 5 <= (waits[1] or 0) <= 10
    assert 10 <= (waits[2] or 0) <= 20
    assert sender.ids() == ["message-001"] * 4
    assert desk.counted == {"retried": 3, "failed": 1}
    (row,) = desk.listed()
    assert (row["state"], row["tries"], row["sent_at"]) == ("failed", 4, None)


def seconds_to_next(desk: Desk) -> float | None:
    with desk.store.read() as connection:
        rows = notifications.waiting(connection, "desk")
    return (from_us(rows[0].next_us) - desk.clock.now()).total_seconds() if rows else None


def test_a_receiver_that_asks_for_patience_gets_it(desk: Desk) -> None:
    desk.records(opening())
    dispatcher = desk.dispatcher(Script(desk.clock, Result("status", 429, 3600.0), FAILED))
    desk.turn(dispatcher)
    assert seconds_to_next(desk) == 3600
    desk.clock.advance(hours=1)
    desk.turn(dispatcher)

    # A shorter wish than our own wait is no reason to hurry.
    assert 5 <= (seconds_to_next(desk) or 0) <= 10


def test_a_receiver_that_is_gone_is_not_tried_again(desk: Desk) -> None:
    desk.records(opening())
    desk.turn(desk.dispatcher(Script(desk.clock, Result("gone", 410))))

    assert desk.states() == ["failed"]
    assert desk.counted == {"failed": 1}


def test_steps_of_one_alert_arrive_in_order(desk: Desk) -> None:
    desk.records(opening("a1"), revoking(opening("a1").alert), opening("a2"))
    sender = Script(desk.clock, FAILED)
    dispatcher = desk.dispatcher(sender)
    desk.turn(dispatcher)
    assert desk.states() == ["queued", "queued", "sent"]  # the other alert does not wait
    desk.clock.advance(seconds=10)
    desk.turn(dispatcher)
    desk.turn(dispatcher)

    assert sender.ids() == ["message-001", "message-003", "message-001", "message-002"]
    assert desk.states() == ["sent", "sent", "sent"]


def test_a_step_that_failed_for_good_does_not_hold_up_the_next(desk: Desk) -> None:
    desk.records(opening(), revoking(opening().alert))
    dispatcher = desk.dispatcher(Script(desk.clock, FAILED), tries=1)
    desk.turn(dispatcher)
    desk.turn(dispatcher)

    assert desk.states() == ["failed", "sent"]


def test_a_crash_before_the_note_sends_again_with_the_same_id(desk: Desk) -> None:
    desk.records(opening())
    sender = Script(desk.clock, RuntimeError("killed after the receiver had it"))
    with pytest.raises(RuntimeError):
        desk.turn(desk.dispatcher(sender))
    desk.turn(desk.dispatcher(sender))

    assert sender.ids() == ["message-001", "message-001"]
    assert len({message.steps for message, _ in sender.given}) == 1
    assert desk.states() == ["sent"]
    (row,) = desk.listed()
    assert tried(row) == [(1, "unknown"), (2, "sent")]


def tried(row: dict[str, Any]) -> list[tuple[int, str]]:
    return [(one["nth"], one["outcome"]) for one in row["attempts"]]


def test_tries_that_were_cut_off_make_nobody_wait_longer(desk: Desk) -> None:
    desk.records(opening("a1"), opening("a2"))
    for _ in range(6):
        with pytest.raises(RuntimeError):
            desk.turn(desk.dispatcher(Script(desk.clock, RuntimeError("killed"))))
    dispatcher = desk.dispatcher(Script(desk.clock, FAILED, FAILED), tries=2)
    desk.turn(dispatcher)

    assert 2.5 <= (seconds_to_next(desk) or 0) <= 5
    assert [row["tries"] for row in desk.listed()] == [7, 7]
    assert desk.states() == ["queued", "queued"]


def test_a_try_that_was_broken_off_stays_unknown_and_another_is_made(desk: Desk) -> None:
    desk.records(opening())
    desk.turn(desk.dispatcher(Script(desk.clock, Abandoned())))

    (row,) = desk.listed()
    assert (row["state"], row["tries"], row["outcome"]) == ("queued", 1, None)
    assert tried(row) == [(1, "unknown")]

    desk.turn(desk.dispatcher(Script(desk.clock)))
    (row,) = desk.listed()
    assert (row["state"], row["tries"], row["outcome"]) == ("sent", 2, "sent")
    assert tried(row) == [(1, "unknown"), (2, "sent")]


class FencedOut(Script):
    """A sender during whose try another replica takes the lead and does all there is to do."""

    def __init__(self, desk: Desk, *results: Result | BaseException) -> None:
        super().__init__(desk.clock, *results)
        self._desk = desk
        self.other = Script(desk.clock)

    def send(self, message: Message, now: datetime) -> Result:
        if not self.given:
            other = self._desk.dispatcher(self.other)
            self._desk.turn(other)
            self._desk.turn(other)
        return super().send(message, now)

    def holds(self) -> bool:
        """Say whether we lead."""
        return not self.given

    def resign(self) -> None:
        """Do nothing."""


def test_what_another_replica_has_brought_meanwhile_is_not_brought_again(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.records(opening("a1"), opening("a2"))
    sender = FencedOut(desk, SENT)
    with monkeypatch.context() as patch:
        patch.setattr(desk.store, "leader_election", lambda _: sender)
        dispatcher = desk.dispatcher(sender)

    desk.turn(dispatcher)

    assert sender.ids() == ["message-001"]  # which was on its way already
    assert sender.other.ids() == ["message-001", "message-002"]
    assert [tried(row) for row in desk.listed()] == [[(2, "sent")], [(1, "sent"), (2, "sent")]]


def test_what_waits_is_begun_and_noted_together(desk: Desk) -> None:
    desk.records(*(opening(f"a{n}") for n in range(AT_ONCE + 1)))
    commits = list[str]()
    desk.store.on_commit(lambda: commits.append("commit"))
    sender = Script(desk.clock)
    desk.turn(desk.dispatcher(sender))

    assert sender.ids() == [f"message-{n + 1:03}" for n in range(AT_ONCE + 1)]
    assert len(commits) == 3  # two beginnings and an end
    assert [tried(row) for row in desk.listed()] == [[(1, "sent")]] * (AT_ONCE + 1)


def test_after_a_failure_what_was_begun_with_it_is_tried_for_the_first_time(desk: Desk) -> None:
    desk.records(*(opening(f"a{n}") for n in range(4)))
    desk.turn(desk.dispatcher(Script(desk.clock, SENT, FAILED)))

    ended = ["sent", "status", "sent", "sent"]
    assert [tried(row) for row in reversed(desk.listed())] == [[(1, one)] for one in ended]


def test_what_was_begun_with_a_try_that_was_broken_off_is_as_if_it_never_was(desk: Desk) -> None:
    desk.records(*(opening(f"a{n}") for n in range(4)))
    desk.turn(desk.dispatcher(Script(desk.clock, SENT, Abandoned())))

    rows = desk.listed()[::-1]
    assert [tried(row) for row in rows] == [[(1, "sent")], [(1, "unknown")], [], []]
    assert [row["tries"] for row in rows] == [1, 1, 0, 0]


def test_what_the_store_could_not_keep_is_not_sent_again(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Outage(Script):
        def send(self, message: Message, now: datetime) -> Result:
            monkeypatch.setattr(desk.store, "begin", away)
            return super().send(message, now)

    def away() -> None:
        raise StoreUnavailable

    desk.records(opening("a1"), opening("a2"))
    sender = Outage(desk.clock)
    dispatcher = desk.dispatcher(sender)
    with pytest.raises(StoreUnavailable):
        desk.turn(dispatcher)
    with pytest.raises(StoreUnavailable):
        desk.turn(dispatcher)
    monkeypatch.undo()
    desk.turn(dispatcher)

    assert sender.ids() == ["message-001", "message-002"]
    assert [tried(row) for row in desk.listed()] == [[(1, "sent")]] * 2


def test_nothing_is_sent_to_a_receiver_that_is_gone(desk: Desk) -> None:
    desk.records(*(opening(f"a{n}") for n in range(3)))
    sender = Script(desk.clock, Result("gone", 410))
    desk.turn(desk.dispatcher(sender))

    assert sender.ids() == ["message-001"]
    assert desk.states() == ["failed", "queued", "queued"]


def test_a_try_that_ends_late_and_badly_does_not_undo_what_arrived(desk: Desk) -> None:
    desk.records(opening())
    sender = FencedOut(desk, FAILED)

    desk.turn(desk.dispatcher(sender, tries=1))

    (row,) = desk.listed()
    assert (row["state"], row["outcome"]) == ("sent", "sent")
    assert tried(row) == [(1, "status"), (2, "sent")]


def test_each_receiver_is_told_and_no_other_dispatcher_takes_its_messages(desk: Desk) -> None:
    desk.records(opening(), receivers=("desk", "other"))
    desk.turn(desk.dispatcher(Script(desk.clock)))

    assert {(row["receiver"], row["state"]) for row in desk.listed()} == {
        ("desk", "sent"),
        ("other", "queued"),
    }


def test_what_is_nobodys_business_is_not_queued(desk: Desk) -> None:
    waiting = opening("a1", waits=True)
    desk.records(waiting, revoking(waiting.alert))
    signed = answers.acknowledged(opening("a2").alert, ["tax-bureau"], stamp("a2-2"), None)
    desk.records(opening("a2"), signed)

    assert [(row["alert"], row["step"]) for row in desk.listed()] == [("a2", "opened")]


def test_what_waits_for_a_receiver_that_is_no_more_is_given_up(desk: Desk) -> None:
    desk.records(opening(), receivers=("desk", "other"))
    with desk.store.begin() as tx:
        assert notifications.fail_without_receiver(tx, ["desk"]) == 1
    with desk.store.begin() as tx:
        assert notifications.fail_without_receiver(tx, ["desk"]) == 0

    rows = {row["receiver"]: row for row in desk.listed()}
    assert (rows["other"]["state"], rows["other"]["outcome"]) == ("failed", "no-receiver")
    assert rows["desk"]["state"] == "queued"


def test_the_log_is_listed_newest_first_in_pages(desk: Desk) -> None:
    desk.records(*(opening(f"a{n}") for n in range(1, 4)))
    first, cursor = queries.notifications(desk.store, None, Page(2, None))
    second, last = queries.notifications(desk.store, None, Page(2, ("message-002",)))

    assert [row["id"] for row in [*first, *second]] == ["message-003", "message-002", "message-001"]
    assert cursor is not None
    assert last is None
    assert queries.notifications(desk.store, "tax-bureau", Page(9, None))[0]
    assert queries.notifications(desk.store, "customs", Page(9, None))[0] == []


def test_the_body_is_kept_as_it_was_when_it_happened(desk: Desk) -> None:
    desk.records(opening(), revoking(opening().alert))
    with desk.store.read() as connection:
        bodies = connection.execute(
            select(NOTIFICATIONS.c.body).order_by(NOTIFICATIONS.c.sequence)
        ).scalars()
        texts = [body.decode() for body in bodies]

    assert '"state":"firing"' in texts[0]
    assert '"state":"revoked"' in texts[1]


def test_a_dispatcher_ends_at_once_though_its_receiver_hangs(desk: Desk) -> None:
    desk.records(opening())
    dispatcher = desk.dispatcher(Script(desk.clock, Abandoned()))
    dispatcher.start()
    dispatcher.stop(5)

    assert dispatcher.failed is None
    assert desk.clock.now() - FIRST_DAY <= timedelta(seconds=1)


def test_a_channel_of_people_rests_after_its_messages_only(desk: Desk) -> None:
    class Resting(Script):
        gap = 0.2

    sender = Resting(desk.clock)
    desk.records(opening())
    began = time.monotonic()
    desk.turn(desk.dispatcher(sender))
    assert sender.ids() == ["message-001"]
    assert time.monotonic() - began >= 0.1  # a half of it at least

    Resting.gap = 3600.0
    desk.turn(desk.dispatcher(sender))  # with nothing to send


def test_machines_come_first() -> None:
    gaps = {name: (channel.gap, channel.pause) for name, channel in CHANNELS.items()}
    assert gaps.pop("webhook") == (0.0, 0.0)
    assert set(gaps.values()) == {(0.4, 0.02)}
