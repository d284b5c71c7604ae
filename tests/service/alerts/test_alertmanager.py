"""Alerts at Alertmanager: once firing and once resolved, whatever is restarted in between.

Two real replicas that know nothing of each other, each with a receiver that counts what it is told.
"""

from datetime import datetime
from pathlib import Path
from typing import Final

import httpx

from tests.service.alerts.alertmanagers import Replica, count, replicas, serving
from tests.service.alerts.service import AlertsService, changed
from tests.support.waiting import until

CLOSED: Final = {"comment": "属实", "reason": "已约谈"}


def close(service: AlertsService) -> None:
    (alert,) = service.alerts()
    answer = service.calls().post(f"/v1/alerts/{alert['id']}/close", json=CLOSED)
    assert answer.status_code == httpx.codes.OK, answer.text


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
