"""The whole service on its threads: from the verdicts topic to alerts, topic, webhook, metrics."""

import json
import time
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from duibiao.bus.sqlite import SqliteBus
from duibiao.bus.worker import Worker
from duibiao.contracts.v1 import verdict_pb2
from duibiao.store import Store
from duibiao.workdays.moments import to_us
from services.alerts.adapters.channels.receivers import ReceiversError
from services.alerts.usecases.daily_run import REMOVED
from tests.service.alerts.service import AlertsService, changed
from tests.support.alert_book import shanghai
from tests.support.clock import ManualClock
from tests.support.receiver import Answer, LocalReceiver, signed
from tests.support.registers import measure, register, target
from tests.support.servers.databases import url_in
from tests.support.waiting import until

pytestmark = pytest.mark.usefixtures("each_database")

TWO = register(targets=[target("T01"), target("T02")])


def overdue(duty: str = "1.1/2021Q1", due: str = "2021-03-25") -> verdict_pb2.Changed:
    return verdict_pb2.Changed(
        duty=verdict_pb2.Duty(
            duty=duty,
            org="tax-bureau",
            measure="1.1",
            period="2021Q1",
            status="overdue",
            due=due,
            effective_due=due,
        )
    )


def test_a_breach_and_its_recovery_are_told_on_the_topic(tmp_path: Path) -> None:
    with AlertsService(tmp_path).start() as service:
        service.tell(changed("missed", value="6.1"), changed("met", value="5.2"))
        service.tell(changed("met", id="verdict-met-2", value="5.3"))
        events = service.told(2)

    steps = [json.loads(event.data) for event in events]
    assert [step["step"] for step in steps] == ["opened", "recovered"]
    assert [step["sequence"] for step in steps] == [1, 2]
    assert {event.key for event in events} == {"T01//610100"}
    assert steps[0]["cause"] == "verdict-missed"
    assert steps[1]["alert"]["state"] == "firing"
    assert steps[1]["alert"]["restated"] == [{"period": "2021Q1", "old": "6.1", "new": "5.3"}]
    year = steps[0]["at"][:4]
    assert {step["alert"]["number"] for step in steps} == {f"黄-{year}-0001"}


def test_events_told_again_change_nothing(tmp_path: Path) -> None:
    with AlertsService(tmp_path).start() as service:
        service.tell(changed("missed"), ids=["one"])
        (before,) = service.wait_for_alerts(1)
    # The embedded log drops an id it has. Another log would bring it again: here a fresh one,
    # read from its beginning by a service that keeps its state.
    for file in tmp_path.glob("log.db*"):
        file.unlink()
    with closing(Store(url_in(tmp_path), "alerts")) as store, store.begin() as tx:
        tx.execute(text("DELETE FROM positions"))
    with AlertsService(tmp_path, register=TWO).start() as again:
        again.tell(changed("missed"), ids=["one"])
        read_up_to_here(again)
        assert again.alerts(target="T01") == [before]


def test_a_dead_letter_that_has_been_overtaken_rings_nothing(tmp_path: Path) -> None:
    with AlertsService(tmp_path, register=TWO).start() as service:
        # What was to be told before it was given up, and is played again after the rest.
        service.tell(changed("met", evaluated_us=2_000_000), ids=["2"])
        service.tell(changed("missed", evaluated_us=1_000_000), ids=["x"], replay_of="1")
        service.tell(changed("missed", evaluated_us=1_000_000), ids=["y"], replay_of="1")
        service.tell(changed("missed", target="T02"), ids=["3"])
        (alert,) = service.wait_for_alerts(1)

    assert alert["target"] == "T02"


def test_what_cannot_be_read_is_dead_lettered_and_the_rest_goes_on(tmp_path: Path) -> None:
    with AlertsService(tmp_path).start() as service:
        bad_period = changed("missed", period="2021Q9")
        service.tell(changed("missed", org="tax-bureau"), key="T01//610100")  # the city's key
        service.tell(bad_period, verdict_pb2.Changed(), changed("missed"))
        (alert,) = service.wait_for_alerts(1)

        assert alert["target"] == "T01"
        assert service.failed() is None
        (worker,) = (part for part in service.service.parts if isinstance(part, Worker))
        assert worker.dead == 3


def test_alerts_of_targets_and_duties_that_a_register_removes_are_revoked(tmp_path: Path) -> None:
    clock = ManualClock(shanghai(2021, 3, 26))
    since = {"watch_from": date(2021, 1, 1)}
    with AlertsService(tmp_path, clock=clock, register=TWO, settings=since).start() as service:
        service.tell(overdue(), changed("missed"), changed("missed", target="T02"))
        service.wait_for_alerts(2)
        clock.advance(seconds=31)
        nudge_clock(service)
        service.wait_for_alerts(3)
        ended = service.alerts(target="T02")[0]["id"]

    smaller = register(measures=[measure("2.1")], targets=[target("T01", clause="2.1")])
    with AlertsService(tmp_path, clock=clock, register=smaller).start() as service:
        service.tell(changed("unknown", target="T02"))  # as indicators withdraws it
        service.tell(changed("missed", value="7", id="worse"))
        until(lambda: len(service.alerts(state="revoked")) == 2, what="both are revoked")
        states = {one["target"] or one["duty"]: one["state"] for one in service.alerts()}
        assert states == {"T01": "firing", "T02": "revoked", "1.1/2021Q1": "revoked"}
        step = service.calls().get(f"/v1/alerts/{ended}").json()["history"][-1]
        assert (step["actor"], step["reason"]) == ("duibiao", REMOVED)
        acts = service.calls("auditor").get("/v1/audit/alerts").json()["items"]
        assert [(one["actor"], one["act"], one["details"]["reason"]) for one in acts] == [
            ("duibiao", "alert.revoked", REMOVED)
        ] * 2
        (worker,) = (part for part in service.service.parts if isinstance(part, Worker))
        until(lambda: not any(worker.lag.values()), what="all is read")
        assert worker.dead == 0
        clock.set(shanghai(2021, 3, 29, 9))
        nudge_clock(service)  # nothing of them stops the run of the morning

    with AlertsService(tmp_path, clock=clock, register=TWO).start() as service:
        reopened = service.calls().post(f"/v1/alerts/{ended}/reopen", json={"reason": "x"})
        assert reopened.status_code == 409  # revoked
        service.tell(changed("missed", target="T02", id="again"))
        until(lambda: service.alerts(target="T02", state="firing"), what="it is raised anew")


def test_a_webhook_is_told_of_every_turn_and_can_check_it(tmp_path: Path) -> None:
    with (
        LocalReceiver(Answer(500)) as receiver,
        AlertsService(
            tmp_path, settings={"receivers": receiver.file(tmp_path), "receiver_allow": "127.0.0.1"}
        ).start() as service,
    ):
        service.tell(changed("behind"), changed("missed"), changed("met"), changed("met", id="m2"))
        # The first answer was 500: the same message comes again, and before the later ones.
        got = receiver.wait_for(4, seconds=30)

        assert [one.content["type"] for one in got] == [
            "alert.opened",
            "alert.opened",
            "alert.escalated",
            "alert.recovered",
        ]
        assert got[0].id == got[1].id
        assert len({one.id for one in got}) == 3
        assert all(signed(one) for one in got)
        assert got[0].body == got[1].body
        assert [one.content["data"]["sequence"] for one in got[1:]] == [1, 2, 3]
        alert = got[-1].content["data"]["alert"]
        unheld: dict[str, object] = {"replies": [], "held_by": [], "silenced_until": None}
        assert {**alert, **unheld} == service.alerts()[0]

        rows = until(lambda: all_sent(service), what="all is noted as sent")
        assert [row["tries"] for row in rows] == [1, 1, 2]  # newest first
        # Counted a moment after it is noted.
        sent = 'duibiao_notifications_total{channel="webhook",result="sent"} 3.0'
        metrics = until(lambda: service.metrics() if sent in service.metrics() else None, what=sent)
        assert 'duibiao_notifications_total{channel="webhook",result="retried"} 1.0' in metrics
        assert 'duibiao_notifications_total{channel="webhook",result="failed"} 0.0' in metrics


def all_sent(service: AlertsService) -> list[dict[str, object]] | None:
    rows: list[dict[str, object]] = service.calls().get("/v1/notifications").json()["items"]
    return rows if {row["state"] for row in rows} == {"sent"} else None


def test_a_receiver_hears_only_of_what_its_routes_take(tmp_path: Path) -> None:
    route = "  - {receiver: desk, colours: [red]}"
    with (
        LocalReceiver() as receiver,
        AlertsService(
            tmp_path,
            settings={"receivers": receiver.file(tmp_path, route), "receiver_allow": "127.0.0.0/8"},
        ).start() as service,
    ):
        service.tell(changed("missed"), changed("missed", id="far", attainment_ratio="1/2"))
        got = receiver.wait_for(1)

    assert [one.content["data"]["alert"]["colour"] for one in got] == ["red"]


def test_a_dead_end_is_shown_and_counted(tmp_path: Path) -> None:
    with (
        LocalReceiver(*[Answer(500)] * 5) as receiver,
        AlertsService(
            tmp_path,
            settings={
                "receivers": receiver.file(tmp_path),
                "receiver_allow": "127.0.0.1",
                "receiver_tries": 1,
            },
        ).start() as service,
    ):
        service.tell(changed("missed"))
        receiver.wait_for(1)

        row = until(lambda: dead_end(service), what="the dead end is shown")
        assert (row["outcome"], row["status_code"]) == ("status", 500)
        assert 'channel="webhook",result="failed"} 1.0' in service.metrics()


def dead_end(service: AlertsService) -> dict[str, object] | None:
    rows: list[dict[str, object]] = service.calls().get("/v1/notifications").json()["items"]
    return next((row for row in rows if row["state"] == "failed"), None)


def test_a_receiver_that_hangs_does_not_hold_up_the_end(tmp_path: Path) -> None:
    with LocalReceiver(Answer(manner="hang")) as receiver:
        service = AlertsService(
            tmp_path,
            settings={
                "receivers": receiver.file(tmp_path),
                "receiver_allow": "127.0.0.1",
                "receiver_timeout": 60.0,
            },
        ).start()
        with service:
            service.tell(changed("missed"))
            receiver.wait_for(1)
            began = time.monotonic()
        assert time.monotonic() - began < 2.5

    again = AlertsService(tmp_path)
    with again:
        (row,) = again.calls().get("/v1/notifications").json()["items"]
    assert (row["state"], row["outcome"]) == ("failed", "no-receiver")  # it is in no file now


def test_metrics_count_alerts_and_time_the_way_to_them(tmp_path: Path) -> None:
    with AlertsService(tmp_path).start() as service:
        before = service.metrics()
        assert before.count("duibiao_alerts{") == 3 * 7
        assert 'duibiao_alerts{colour="yellow",state="firing"} 0.0' in before
        received = to_us(datetime.now(UTC) - timedelta(seconds=2))
        service.tell(changed("missed", received_us=received))
        service.tell(changed("missed", id="far", attainment_ratio="1/3"))  # the clock did
        until(lambda: bool(service.alerts(colour="red")), what="the alert is red")

        metrics = service.metrics()
        assert 'duibiao_alerts{colour="red",state="firing"} 1.0' in metrics
        assert 'duibiao_alerts{colour="yellow",state="firing"} 0.0' in metrics
        assert "duibiao_post_to_alert_seconds_count 1.0" in metrics
        assert 'duibiao_post_to_alert_seconds_bucket{le="1.0"} 0.0' in metrics
        assert 'duibiao_post_to_alert_seconds_bucket{le="60.0"} 1.0' in metrics


def read_up_to_here(service: AlertsService) -> None:
    """Wait until everything told so far is read: a breach of T02, told last, has its alert."""
    service.tell(changed("missed", target="T02"))
    until(lambda: bool(service.alerts(target="T02")), what="all is read")


def test_the_clock_settles_duties_and_makes_the_daily_run(tmp_path: Path) -> None:
    clock = ManualClock(shanghai(2021, 3, 26, 8, 59))
    since = {"watch_from": date(2021, 1, 1)}
    with AlertsService(tmp_path, clock=clock, register=TWO, settings=since).start() as service:
        service.tell(overdue(), overdue("1.1/2020Q4", "2020-12-25"), changed("behind"))
        service.tell(changed("met", id="v2"))
        read_up_to_here(service)
        assert {row["target"] for row in service.alerts()} == {"T01", "T02"}
        clock.set(shanghai(2021, 3, 26, 9))
        nudge_clock(service)
        until(lambda: bool(service.alerts(state="resolved")), what="the run is made")

        assert [(row["duty"] or row["target"], row["state"]) for row in service.alerts()] == [
            ("1.1/2021Q1", "firing"),
            ("T02", "firing"),
            ("T01", "resolved"),
        ]
        assert service.alerts()[0]["number"] == "黄-2021-0002"


def nudge_clock(service: AlertsService) -> None:
    (ticker,) = (part for part in service.service.parts if part.name == "alerts clock")
    ticker.nudge()  # type: ignore[attr-defined]


def test_the_watch_begins_on_the_day_of_installation_unless_set(tmp_path: Path) -> None:
    clock = ManualClock(shanghai(2021, 4, 1))
    with AlertsService(tmp_path, clock=clock):
        pass
    clock.advance(days=30)
    with AlertsService(tmp_path, clock=clock, register=TWO).start() as service:
        service.tell(overdue(due="2021-03-31"), overdue("1.1/2021Q2", "2021-04-01"))
        read_up_to_here(service)
        clock.advance(seconds=31)
        nudge_clock(service)
        alerts = service.wait_for_alerts(2)

    assert [row["duty"] for row in alerts] == ["1.1/2021Q2", None]


def test_a_receivers_file_with_faults_keeps_the_service_from_starting(tmp_path: Path) -> None:
    file = tmp_path / "receivers.yaml"
    file.write_text("routes:\n  - receiver: nobody\n")

    with pytest.raises(ReceiversError, match="nobody"):
        AlertsService(tmp_path, settings={"receivers": file})
    with pytest.raises(ValueError, match="neither a host nor a network"):
        AlertsService(tmp_path, settings={"receiver_allow": "10.0.0.0/99"})


def test_a_second_start_keeps_alerts_and_numbers(tmp_path: Path) -> None:
    with AlertsService(tmp_path).start() as service:
        service.tell(changed("behind"), ids=["a"])
        service.wait_for_alerts(1)
    with AlertsService(tmp_path).start() as service:
        service.tell(changed("met"), changed("met", id="m2"), changed("behind", id="n"), ids="bcd")
        rows = service.wait_for_alerts(2)

    assert [row["number"][-4:] for row in rows] == ["0002", "0001"]
    assert [row["state"] for row in rows] == ["firing", "resolved"]


def test_the_log_of_a_service_is_where_it_is_told(tmp_path: Path) -> None:
    with AlertsService(tmp_path) as service:
        assert isinstance(service.bus, SqliteBus)
        assert (tmp_path / "log.db").exists()


def test_the_last_step_of_every_alert_is_told_on_a_log_that_was_recreated(tmp_path: Path) -> None:
    with AlertsService(tmp_path, register=TWO).start() as service:
        service.tell(changed("missed"), changed("missed", target="T02"))
        service.tell(changed("met"), changed("met", id="verdict-met-2"))
        told = {event.key: event.id for event in service.told(3)}  # the last of each key
    for file in tmp_path.glob("log.db*"):
        file.unlink()

    with AlertsService(tmp_path, register=TWO).start() as again:
        events = again.told(2)

    assert {event.key: event.id for event in events} == told
