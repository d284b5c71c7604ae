"""What the office is told of the service itself."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from duibiao.web.lists import Page
from services.alerts.adapters import queries
from services.alerts.adapters.channels.channel import Result
from services.alerts.adapters.channels.notifications import NotificationQueue
from services.alerts.adapters.channels.receivers import Receivers
from tests.service.alerts.desk import NOBODY, Desk, Script, opening
from tests.support.alert_book import FIRST_DAY


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    desk = Desk(tmp_path)
    yield desk
    desk.store.close()


def test_a_notice_to_the_office_needs_no_alert(desk: Desk) -> None:
    queue = NotificationQueue(
        Receivers({"desk": NOBODY, "other": NOBODY}, (), "desk"), lambda: "notice-1"
    )
    with desk.store.begin() as tx:
        queue.notice(tx, "flood-held", "200 cards", "200件预警", FIRST_DAY)
    channel = Script(desk.clock)
    desk.turn(desk.dispatcher(channel))

    ((message, _),) = channel.given
    assert json.loads(message.steps[0]) == {
        "type": "notice.flood-held",
        "timestamp": "2021-01-04T04:00:00Z",
        "data": {"kind": "flood-held", "text": "200 cards", "text_zh": "200件预警", "leads": []},
    }
    (row,) = desk.listed()
    assert (row["receiver"], row["channel"], row["state"]) == ("desk", "webhook", "sent")
    assert [row[name] for name in ("alert", "number", "sequence", "step")] == [None] * 4
    assert queries.notifications(desk.store, "tax-bureau", Page(9, None))[0] == []


def test_without_an_office_a_notice_is_only_logged(desk: Desk) -> None:
    with desk.store.begin() as tx:
        NotificationQueue(Receivers({"desk": NOBODY}, ()), lambda: "n").notice(
            tx, "flood-held", "text", "文", FIRST_DAY
        )

    assert desk.listed() == []


def test_what_the_receiver_said_is_in_the_history(desk: Desk) -> None:
    desk.records(opening())
    desk.turn(desk.dispatcher(Script(desk.clock, Result("sent", 250, detail="550 a@b.invalid"))))

    (row,) = desk.listed()
    assert [one["detail"] for one in row["attempts"]] == ["550 a@b.invalid"]  # type: ignore[attr-defined]
