"""Optimistic concurrency: who acts on an alert that has changed since they read it is told so."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from tests.service.alerts.over_http import BODIES, Alerts, codes


@pytest.fixture
def alerts(each_database: str, tmp_path: Path) -> Iterator[Alerts]:
    assert each_database
    alerts = Alerts(tmp_path)
    with alerts.service:
        yield alerts
    alerts.close()


def act(alerts: Alerts, alert_id: str, verb: str, seen: str) -> httpx.Response:
    client = alerts.service.calls()
    return client.post(
        f"/v1/alerts/{alert_id}/{verb}", json=BODIES[verb], headers={"If-Match": seen}
    )


def test_the_version_counts_the_steps(alerts: Alerts) -> None:
    alert_id = alerts.breach()["id"]
    shown = alerts.get(f"/v1/alerts/{alert_id}")
    acknowledged = act(alerts, alert_id, "acknowledge", shown.headers["ETag"])
    extended = act(alerts, alert_id, "extend", acknowledged.headers["ETag"])

    answers = [shown, acknowledged, extended]
    assert [answer.status_code for answer in answers] == [200] * 3
    assert [answer.headers["ETag"] for answer in answers] == ['"1"', '"2"', '"3"']
    assert [len(answer.json()["history"]) for answer in answers] == [1, 2, 3]
    assert alerts.get(f"/v1/alerts/{alert_id}", "tax").headers["ETag"] == '"3"'


@pytest.mark.parametrize("verb", BODIES)
def test_an_action_on_what_has_changed_is_refused_and_changes_nothing(
    alerts: Alerts, verb: str
) -> None:
    alert_id = alerts.breach()["id"]
    before = act(alerts, alert_id, "appeal", '"1"')
    told = act(alerts, alert_id, verb, '"1"')

    assert (told.status_code, codes(told)) == (412, ["alert-changed"])
    assert told.json()["type"] == "/problems/precondition-failed"
    (error,) = told.json()["errors"]
    assert error["pointer"] == "/header/If-Match"
    assert error["message_zh"] == "您查看后该预警又有新的办理，现为第2版。"
    assert "version 2" in error["message"]
    assert alerts.get(f"/v1/alerts/{alert_id}").json() == before.json()


@pytest.mark.parametrize("seen", ["*", '"1"', 'W/"1"', '"7", "1"', ' "1" '])
def test_what_matches(alerts: Alerts, seen: str) -> None:
    assert act(alerts, alerts.breach()["id"], "acknowledge", seen).status_code == 200


@pytest.mark.parametrize("seen", ['"0"', '"11"', "1", '""', '"one"', '"9999999999"', "", "W/"])
def test_what_matches_nothing(alerts: Alerts, seen: str) -> None:
    assert act(alerts, alerts.breach()["id"], "acknowledge", seen).status_code == 412


def test_of_many_who_saw_the_same_one_acts(alerts: Alerts) -> None:
    alert_id = alerts.breach()["id"]
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: act(alerts, alert_id, "acknowledge", '"1"'), range(4)))

    assert sorted(answer.status_code for answer in answers) == [200, 412, 412, 412]
    assert len(alerts.get(f"/v1/alerts/{alert_id}").json()["history"]) == 2


def test_who_may_not_act_is_not_told_the_version(alerts: Alerts) -> None:
    alert_id = alerts.breach()["id"]
    path = f"/v1/alerts/{alert_id}/acknowledge"
    answer = alerts.service.calls("finance").post(path, headers={"If-Match": '"9"'})
    assert answer.status_code == 403


def test_it_is_described(alerts: Alerts) -> None:
    paths = alerts.get("/openapi.json", None).json()["paths"]
    for verb in BODIES:
        operation = paths[f"/v1/alerts/{{alert_id}}/{verb}"]["post"]
        assert "If-Match" in [one["name"] for one in operation["parameters"]]
        assert {"200", "412"} <= operation["responses"].keys()
        assert "ETag" in operation["responses"]["200"]["headers"]
    assert "412" not in paths["/v1/alerts/{alert_id}"]["get"]["responses"]
