"""Alerts at Alertmanager: once firing and once resolved, whatever is restarted in between.

Two real replicas that know nothing of each other, each with a receiver that counts what it is told.
"""

from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any, Final, Self

import httpx
import pytest
import yaml

from duibiao.core import Retry, SystemClock
from duibiao.register import Register
from duibiao.store import Store
from services.alerts.adapters.alertmanager.alerts import (
    AlertmanagerAlerts,
    Hides,
    hides_nothing,
)
from services.alerts.adapters.alertmanager.sender import AlertmanagerSender
from services.alerts.adapters.channels.notifications import NotificationQueue
from services.alerts.adapters.channels.receivers import Receivers
from services.alerts.adapters.messages import event_of
from services.alerts.adapters.migrations import SCHEMA
from services.alerts.adapters.repository import SqlAlertRepository
from tests.service.alerts.over_http import Alerts
from tests.service.alerts.service import AlertsService, changed
from tests.service.alerts.test_waking_dispatchers import OPENED
from tests.support import registers
from tests.support.alert_book import a_duty
from tests.support.monitoring import program
from tests.support.receiver import Answer, LocalReceiver
from tests.support.servers.databases import url_in
from tests.support.servers.ports import free_ports
from tests.support.servers.programs import Server, start
from tests.support.waiting import until

STANDS: Final = datetime(2021, 5, 1, tzinfo=UTC)
CLOSED: Final = {"comment": "属实", "reason": "已约谈"}


class Replica(Server):
    """An Alertmanager that is set to tell a receiver of each alert at once, and once a day."""

    def __init__(self, folder: Path, port: int, receiver: LocalReceiver) -> None:
        folder.mkdir()
        self.url, self.receiver = f"http://127.0.0.1:{port}", receiver
        hook = {"url": receiver.url(), "send_resolved": True}
        config = {
            "route": {
                "receiver": "desk",
                "group_by": ["..."],
                "group_wait": "0s",
                "group_interval": "1s",
                "repeat_interval": "24h",
            },
            "receivers": [{"name": "desk", "webhook_configs": [hook]}],
        }
        self._folder, self._file = folder, folder / "alertmanager.yml"
        self._file.write_text(yaml.safe_dump(config), "utf-8")

    def start(self) -> Self:
        command = [program("alertmanager", "alertmanager"), f"--config.file={self._file}"]
        command += [f"--storage.path={self._folder}", "--cluster.listen-address="]
        command += [f"--web.listen-address={self.url.removeprefix('http://')}"]
        output = self._folder / "alertmanager.txt"
        self._process = start("alertmanager", command, output, self._folder)
        until(self._ready, what="Alertmanager is ready")
        return self

    def _ready(self) -> bool:
        assert self.running, (self._folder / "alertmanager.txt").read_text("utf-8")[-2000:]
        try:
            return httpx.get(f"{self.url}/-/ready").status_code == httpx.codes.OK
        except httpx.TransportError:
            return False

    def alerts(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = httpx.get(f"{self.url}/api/v2/alerts").json()
        return found

    def told(self) -> list[str]:
        """Return what the receiver was told: yellow firing, red firing, yellow resolved."""
        return [
            f"{one['labels']['colour']} {one['status']}"
            for got in self.receiver.got
            for one in got.content["alerts"]
        ]

    def tells(self, *wanted: str) -> None:
        until(
            lambda: sorted(self.told()) == sorted(wanted),
            seconds=40,
            what=f"{wanted} is told at {self.url}",
        )


@contextmanager
def replicas(folder: Path, count: int) -> Iterator[list[Replica]]:
    with ExitStack() as stack:
        made = []
        for port in free_ports(count):
            receiver = stack.enter_context(LocalReceiver())
            made.append(Replica(folder / f"alertmanager-{port}", port, receiver).start())
            stack.callback(made[-1].stop)
        yield made


def serving(
    folder: Path, *urls_of: str, known: Register | None = None, **more: object
) -> AlertsService:
    """Return the service, set to send again every second."""
    urls = ", ".join(urls_of)
    settings = {"alertmanager_urls": urls, "alertmanager_seconds": 1, **more}
    return AlertsService(folder, register=known or registers.register(), settings=settings).start()


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
        with closing(Store(url_in(self.service.folder), "alerts")) as store:
            known = AlertmanagerAlerts(self.service.register, "")
            url, results = receiver.url(path=""), list[str]()
            sender = AlertmanagerSender(
                url, known, store, self.clock, every=60, count=results.append
            )
            sender.stop(0)  # nothing waits any more
            try:
                sender.turn()
            finally:
                sender.leave()


@contextmanager
def book(folder: Path) -> Iterator[Book]:
    made = Book(folder)
    with made.service:
        yield made
    made.close()


def close(service: AlertsService) -> None:
    (alert,) = service.alerts()
    answer = service.calls().post(f"/v1/alerts/{alert['id']}/close", json=CLOSED)
    assert answer.status_code == httpx.codes.OK, answer.text


def count(service: AlertsService, url: str, result: str) -> float:
    """Return how many posts of this process a replica has taken, or failed to take."""
    name = f'duibiao_alertmanager_posts_total{{alertmanager="{url}",result="{result}"}} '
    (line,) = (line for line in service.metrics().splitlines() if line.startswith(name))
    return float(line.removeprefix(name))


def sent_again(service: AlertsService, replica: Replica) -> None:
    before = count(service, replica.url, "taken")
    until(lambda: count(service, replica.url, "taken") >= before + 2, what="it is sent twice more")


def test_one_firing_and_one_resolved_though_everything_is_restarted_meanwhile(
    tmp_path: Path,
) -> None:
    with replicas(tmp_path, 2) as (one, other):
        with serving(tmp_path, one.url, other.url) as service:
            service.tell(changed("missed"))
            one.tells("yellow firing")
            other.tells("yellow firing")
            # Alertmanager keeps no alerts, only what it has told: it must be sent them again.
            one.stop()
            one.start()
            until(one.alerts, what="the alert is sent again after the restart")
            sent_again(service, one)
            other.stop()
        with serving(tmp_path, one.url, other.url) as service:
            close(service)
            one.tells("yellow firing", "yellow resolved")  # though the other one is down
            assert other.told() == ["yellow firing"]
        with serving(
            tmp_path, one.url, other.url
        ) as service:  # and this process has seen nothing end
            other.start()
            other.tells("yellow firing", "yellow resolved")
            sent_again(service, one)
            sent_again(service, other)
            one.stop()
            one.start()  # with what it told kept, and nothing left to tell
            sent_again(service, one)

        one.tells("yellow firing", "yellow resolved")
        other.tells("yellow firing", "yellow resolved")


def test_a_higher_colour_takes_the_place_of_the_lower_without_a_gap(tmp_path: Path) -> None:
    with replicas(tmp_path, 1) as (replica,), serving(tmp_path, replica.url) as service:
        service.tell(changed("missed"))
        replica.tells("yellow firing")
        service.tell(changed("missed", id="verdict-far", attainment_ratio="1/2"))
        replica.tells("yellow firing", "red firing", "yellow resolved")

        (alert,) = replica.alerts()
        history = service.calls().get(f"/v1/alerts/{service.alerts()[0]['id']}").json()["history"]
        yellow = next(
            one
            for got in replica.receiver.got
            for one in got.content["alerts"]
            if (one["labels"]["colour"], one["status"]) == ("yellow", "resolved")
        )
        escalated = next(one for one in history if one["step"] == "escalated")["at"]
        assert moment(alert["startsAt"]) == moment(yellow["endsAt"]) == moment(escalated)
        sent_again(service, replica)
        close(service)
        replica.tells("yellow firing", "red firing", "yellow resolved", "red resolved")


def moment(text: str) -> datetime:
    """Return a moment to the millisecond, which is what Alertmanager shows."""
    whole = datetime.fromisoformat(text)
    return whole.replace(microsecond=whole.microsecond // 1000 * 1000)


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
