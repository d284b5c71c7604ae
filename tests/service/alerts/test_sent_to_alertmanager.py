"""What Alertmanager is sent of the alerts, and how often."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any, Final

import pytest
from pydantic import ValidationError

from duibiao.core import Retry, SystemClock
from duibiao.store import Store
from services.alerts.adapters.alertmanager.alerts import AlertmanagerAlerts, Hides, hides_nothing
from services.alerts.adapters.alertmanager.sender import AlertmanagerSender
from services.alerts.adapters.channels.notifications import NotificationQueue
from services.alerts.adapters.channels.receivers import Receivers
from services.alerts.adapters.messages import event_of
from services.alerts.adapters.migrations import SCHEMA
from services.alerts.adapters.repository import SqlAlertRepository
from services.alerts.settings import AlertsSettings
from tests.service.alerts.alertmanagers import count, serving
from tests.service.alerts.over_http import Alerts
from tests.service.alerts.service import AlertsService, changed
from tests.service.alerts.test_waking_dispatchers import OPENED
from tests.support import registers
from tests.support.alert_book import a_duty
from tests.support.receiver import Answer, LocalReceiver
from tests.support.servers.databases import url_in
from tests.support.waiting import until

STANDS: Final = datetime(2021, 5, 1, tzinfo=UTC)


class Book(Alerts):
    """A hand on the book, and what would be sent of it."""

    def read(
        self, since: timedelta = timedelta(minutes=15), hides: Hides = hides_nothing
    ) -> list[dict[str, Any]]:
        alerts = AlertmanagerAlerts(self.service.register, "", hides)
        with (
            closing(Store(url_in(self.service.folder), "alerts")) as store,
            store.read() as connection,
        ):
            return alerts.read(connection, self.clock.now() - since, STANDS)

    def turn(self, receiver: LocalReceiver) -> None:
        """Send once what is to be sent now, from another process each time."""
        with self.sender(receiver) as sender:
            sender.turn()

    @contextmanager
    def sender(self, receiver: LocalReceiver) -> Iterator[AlertmanagerSender]:
        """Give the sender of a process of its own."""
        with closing(Store(url_in(self.service.folder), "alerts")) as store:
            known = AlertmanagerAlerts(self.service.register, "")
            url, results = receiver.url(path=""), list[str]()
            sender = AlertmanagerSender(
                url, known, store, self.clock, every=60, count=results.append
            )
            sender.stop(0)  # nothing waits any more
            try:
                yield sender
            finally:
                sender.leave()


@contextmanager
def book(folder: Path) -> Iterator[Book]:
    made = Book(folder)
    with made.service:
        yield made
    made.close()


def test_an_alert_has_the_labels_of_the_contract_and_says_what_it_is_in_two_languages(
    tmp_path: Path,
) -> None:
    settings = {"public_url": "https://duibiao.example.invalid"}
    with (
        LocalReceiver() as receiver,
        serving(
            tmp_path, receiver.url(path=""), known=registers.the_register(), **settings
        ) as service,
    ):
        service.tell(changed("missed", target="T16", indicator="export-rebate-days"))
        (alert,) = receiver.wait_for(1)[0].content
        (card,) = service.alerts()

    assert receiver.got[0].path == "/api/v2/alerts"
    assert alert["labels"] == {
        "alertname": "TargetBreached",
        "target": "T16",
        "region": "610100",
        "colour": "yellow",
        "severity": "warning",
        "owner": "office",
    }
    year, serial = card["number"].split("-")[1:]
    number = f"黄〔{year}〕{int(serial)}号"
    name = "Export tax rebates in 5.5 working days on average"
    assert alert["annotations"] == {
        "number": number,
        "summary": f"{number} T16 出口退税平均5.5个工作日：未达标或回落（2021Q1）",
        "description": f"Card {card['number']}, yellow: T16, {name}: Missed or regressed (2021Q1)",
    }
    assert alert["generatorURL"] == f"https://duibiao.example.invalid/board/alerts/{card['id']}"
    began, ends = (datetime.fromisoformat(alert[name]) for name in ("startsAt", "endsAt"))
    assert began == datetime.fromisoformat(card["opened_at"])
    # Ten intervals ahead of the time of sending: we may be away that long.
    assert timedelta(seconds=10) <= ends - began < timedelta(seconds=30)


def test_a_unit_s_duty_has_its_unit_and_its_duty(tmp_path: Path) -> None:
    with book(tmp_path) as alerts:
        alerts.hear(a_duty("overdue"))

        (alert,) = alerts.read()
        assert alert["labels"] == {
            "alertname": "DutyOverdue",
            "duty": "1.1/2021Q1",
            "org": "tax-bureau",
            "colour": "yellow",
            "severity": "warning",
            "owner": "office",
        }


def test_what_ended_is_sent_for_a_while_and_never_beside_the_same_that_lasts(
    tmp_path: Path,
) -> None:
    with book(tmp_path) as alerts:
        card = alerts.breach()
        alerts.post(f"{card['id']}/revoke", reason="误填")
        (revoked,) = alerts.read()
        assert revoked["endsAt"] == "2021-04-16T04:00:00+00:00"
        assert alerts.read(since=timedelta(0)) == []

        alerts.clock.advance(seconds=60)
        alerts.breach("T02")
        alerts.restate()
        again = alerts.breach("T01", "regressed")  # the same labels, and it lasts

        assert again["id"] != card["id"]
        ends = {one["labels"]["target"]: one["endsAt"] for one in alerts.read()}
        assert ends == {"T01": STANDS.isoformat(), "T02": STANDS.isoformat()}
        alerts.clock.advance(seconds=1200)
        assert len(alerts.read()) == 2


def test_what_is_hidden_is_not_sent(tmp_path: Path) -> None:
    with book(tmp_path) as alerts:
        hidden, shown = alerts.breach("T01"), alerts.breach("T02")

        (alert,) = alerts.read(hides=lambda _: lambda one: one.id == hidden["id"])

        assert (shown["target"], alert["labels"]["target"]) == ("T02", "T02")


def test_a_replica_that_refuses_is_tried_again_and_counted(tmp_path: Path) -> None:
    answers = [Answer(500), Answer(302, {"location": "/elsewhere"}), Answer(400)]
    with (
        LocalReceiver(*answers) as receiver,
        serving(tmp_path, url := receiver.url(path="")) as service,
    ):
        service.tell(changed("missed"))
        until(lambda: count(service, url, "taken") >= 1, what="it is taken in the end")

        assert count(service, url, "failed") == 3
        assert {got.path for got in receiver.got} == {"/api/v2/alerts"}


def test_what_ended_is_owed_to_a_replica_for_as_long_as_it_is_away(tmp_path: Path) -> None:
    with LocalReceiver() as receiver, book(tmp_path) as alerts:
        card = alerts.breach()
        alerts.turn(receiver)
        alerts.clock.advance(seconds=1)
        alerts.post(f"{card['id']}/revoke", reason="误填")
        receiver.answers.append(Answer(503))
        with pytest.raises(Retry, match="503"):
            alerts.turn(receiver)
        for minutes in (120, 14, 1, 15, 15):
            alerts.clock.advance(seconds=60 * minutes)
            alerts.turn(receiver)  # as after a restart: all it knows is in the database

    # Fourteen minutes after it was taken it is sent once more, and after half an hour no longer.
    ends = [one.content[0]["endsAt"] for one in receiver.got]
    assert ends == ["2021-04-16T04:10:00+00:00", *["2021-04-16T04:00:01+00:00"] * 4]


def test_a_step_sends_what_it_changed_and_the_interval_sends_all(tmp_path: Path) -> None:
    with LocalReceiver() as receiver, book(tmp_path) as alerts:
        first = alerts.breach("T01")
        with alerts.sender(receiver) as sender:
            sender.turn()
            alerts.breach("T02")
            sender.turn()
            alerts.post(f"{first['id']}/revoke", reason="误填")
            sender.turn()
            sender.turn()
            alerts.clock.advance(seconds=60)
            sender.turn()

    sent = [sorted(one["labels"]["target"] for one in got.content) for got in receiver.got]
    assert sent == [["T01"], ["T02"], ["T01"], ["T01", "T02"]]


def test_of_two_processes_one_sends_until_it_goes(postgres_url: str) -> None:
    with (
        LocalReceiver() as receiver,
        closing(Store(postgres_url, "alerts")) as one,
        closing(Store(postgres_url, "alerts")) as other,
    ):
        SCHEMA.migrate(one)
        with one.begin() as tx:
            announce = NotificationQueue(Receivers({}, ()), lambda: "message-1")
            SqlAlertRepository(tx, partial(event_of, topic="t"), announce).record(OPENED)
        counts: dict[str, list[str]] = {"one": [], "other": []}
        url = receiver.url(path="")
        first, second = (
            AlertmanagerSender(
                url,
                AlertmanagerAlerts(registers.register(), ""),
                store,
                SystemClock(),
                every=1,
                count=counts[name].append,
            )
            for name, store in (("one", one), ("other", other))
        )
        first.start()
        until(lambda: bool(counts["one"]), what="the first leads")
        second.start()
        until(lambda: len(counts["one"]) >= 3, what="it sends again")
        assert counts["other"] == []
        first.stop(5)
        sent = len(counts["one"])
        second.nudge()
        until(lambda: bool(counts["other"]), what="the second takes over")
        second.stop(5)

    assert len(counts["one"]) == sent
    assert {*counts["one"], *counts["other"]} == {"taken"}


@pytest.mark.parametrize(
    "urls", ["alertmanager:9093", "ftp://one:9093", "http://me:secret@one:9093", "http://a b"]
)
def test_an_address_that_is_none_is_refused_at_the_start(urls: str) -> None:
    with pytest.raises(ValidationError, match="alertmanager_urls"):
        AlertsSettings(alertmanager_urls=urls)


def test_replicas_are_named_with_or_without_blanks_paths_and_slashes(tmp_path: Path) -> None:
    urls = "http://one:9093,https://two/alertmanager/ , http://one:9093/,"
    with AlertsService(tmp_path, settings={"alertmanager_urls": urls}) as service:
        senders = [one.name for one in service.service.parts if "alertmanager" in one.name]

    assert senders == [
        "alerts alertmanager http://one:9093",
        "alerts alertmanager https://two/alertmanager",
    ]
