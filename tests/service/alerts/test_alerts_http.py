"""The routes of the alerts service that read, asked in process over a real store."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from duibiao.register import parse
from tests.service.alerts.over_http import TARGETS, Alerts, codes
from tests.service.alerts.service import REPLY
from tests.support.alert_book import a_duty

pytestmark = pytest.mark.usefixtures("each_database")


@pytest.fixture
def alerts(tmp_path: Path) -> Iterator[Alerts]:
    alerts = Alerts(tmp_path)
    with alerts.service:
        yield alerts
    alerts.close()


def test_an_alert_on_a_target_has_exactly_the_fields_of_the_contract(alerts: Alerts) -> None:
    alert = alerts.breach()

    assert alert == {
        "id": alert["id"],
        "number": "黄-2021-0001",
        "colour": "yellow",
        "state": "firing",
        "target": "T01",
        "duty": None,
        "measure": "1.1",
        "org": None,
        "region": "610100",
        "period": "2021Q1",
        "leads": ["tax-bureau", "customs"],
        "copied": [],
        "opened_at": "2021-04-16T04:00:00Z",
        "reply_due": "2021-04-23",
        "verdict_id": "v-T01-missed",
        "periods": ["2021Q1"],
        "late_figure": False,
        "recovered_at": None,
        "restated": [],
        "appealed": False,
        "acknowledged_by": [],
        "closed_without": [],
        "held_by": [],
        "silenced_until": None,
        "replies": [],
    }


def test_an_alert_on_a_duty(alerts: Alerts) -> None:
    alerts.hear(a_duty())
    (alert,) = alerts.service.alerts(org="tax-bureau")

    assert (alert["target"], alert["duty"], alert["measure"]) == (None, "1.1/2021Q1", "1.1")
    assert (alert["org"], alert["region"], alert["verdict_id"]) == ("tax-bureau", None, None)
    assert parse(alert["period"]).code == "2021Q1"


def test_the_list_is_newest_first_and_comes_in_pages(alerts: Alerts) -> None:
    for name in TARGETS:
        alerts.breach(name)
    first = alerts.get("/v1/alerts", limit=2).json()
    second = alerts.get("/v1/alerts", limit=2, cursor=first["next_cursor"]).json()

    assert [row["target"] for row in first["items"] + second["items"]] == ["T03", "T02", "T01"]
    assert second["next_cursor"] is None


@pytest.mark.parametrize(
    ("params", "expected"),
    [
        ({}, ["1.1/2021Q1", "T02", "T01"]),
        ({"target": "T01"}, ["T01"]),
        ({"colour": "blue"}, ["T02"]),
        ({"colour": "yellow"}, ["1.1/2021Q1", "T01"]),
        ({"state": "firing"}, ["1.1/2021Q1", "T02", "T01"]),
        ({"state": "closed"}, []),
        ({"org": ""}, ["T02", "T01"]),
        ({"org": "tax-bureau"}, ["1.1/2021Q1"]),
        ({"org": "customs"}, []),
        ({"org": "", "colour": "yellow"}, ["T01"]),
        ({"lead": "tax-bureau"}, ["1.1/2021Q1", "T02", "T01"]),
        ({"lead": "customs"}, ["T02", "T01"]),
        ({"lead": "finance-bureau"}, []),
    ],
)
def test_filters(alerts: Alerts, params: dict[str, str], expected: list[str]) -> None:
    alerts.breach("T01")
    alerts.breach("T02", "behind")
    alerts.hear(a_duty())

    found = alerts.service.alerts(**params)
    assert [row["target"] or row["duty"] for row in found] == expected


@pytest.mark.parametrize(
    ("params", "expected"),
    [
        ({"target": "T99", "org": "nobody"}, ["unknown-org", "unknown-target"]),
        ({"lead": "nobody"}, ["unknown-org"]),
        ({"state": "sleeping"}, ["not-one-of"]),
        ({"colour": "green"}, ["not-one-of"]),
        ({"limit": 0}, ["below-minimum"]),
        ({"limit": 1001}, ["above-maximum"]),
        ({"limit": "many"}, ["not-a-whole-number"]),
        ({"cursor": "%%%"}, ["bad-cursor"]),
        ({"tarlet": "T01"}, ["unknown-field"]),
    ],
)
def test_a_filter_that_makes_no_sense_is_told(
    alerts: Alerts, params: dict[str, str | int], expected: list[str]
) -> None:
    answer = alerts.get("/v1/alerts", **params)

    assert answer.status_code == 422
    assert sorted(codes(answer)) == expected


def test_one_alert_comes_with_its_whole_history(alerts: Alerts) -> None:
    alert = alerts.breach(status="behind")
    alerts.breach()
    detail = alerts.get(f"/v1/alerts/{alert['id']}").json()
    history = detail.pop("history")

    assert detail == alerts.service.alerts()[0]
    assert history[1] == {
        "sequence": 2,
        "step": "escalated",
        "from": "firing",
        "to": "firing",
        "at": "2021-04-16T04:00:00Z",
        "actor": "duibiao",
        "person": None,
        "colour": "yellow",
        "number": "黄-2021-0001",
        "period": "2021Q1",
        "cause": "v-T01-missed",
        "rule": "yellow-breach",
        "reason": None,
        "comment": None,
        "reply": None,
    }
    assert [(step["step"], step["number"]) for step in history] == [
        ("opened", "蓝-2021-0001"),
        ("escalated", "黄-2021-0001"),
    ]


def test_without_a_filter_a_unit_sees_what_concerns_it(alerts: Alerts) -> None:
    alerts.breach("T01")
    alerts.hear(a_duty())
    listed = {
        key: [row["target"] or row["duty"] for row in alerts.get("/v1/alerts", key).json()["items"]]
        for key in ("tax", "finance", "office")
    }

    assert listed == {"tax": ["1.1/2021Q1", "T01"], "finance": [], "office": ["1.1/2021Q1", "T01"]}
    assert len(alerts.get("/v1/alerts", "finance", target="T01").json()["items"]) == 1


@pytest.mark.parametrize(
    ("key", "sees"),
    [
        ("office", True),
        ("auditor", True),
        ("tax", True),
        ("customs", False),
        ("finance", False),
        ("admin", False),
    ],
)
def test_what_a_unit_wrote_is_not_for_everybody(
    alerts: Alerts,
    key: str,
    sees: bool,  # noqa: FBT001 - a column
) -> None:
    alert_id = alerts.breach()["id"]
    alerts.post(f"{alert_id}/reply", "tax", **REPLY | {"cause": "内部说明"})
    answer = alerts.get(f"/v1/alerts/{alert_id}", key)
    listed = alerts.get("/v1/alerts", key, target="T01")

    assert answer.status_code == 200
    assert answer.text.count("内部说明") == (2 if sees else 0)
    assert ("内部说明" in listed.text) is sees
    assert listed.json()["items"][0]["replies"][0]["org"] == "tax-bureau"
    assert [step["to"] for step in answer.json()["history"]] == ["firing"] + ["acknowledged"] * 2


@pytest.mark.parametrize("path", ["/v1/alerts", "/v1/alerts/x", "/v1/notifications"])
def test_nothing_is_shown_without_a_key(alerts: Alerts, path: str) -> None:
    assert alerts.get(path, None).status_code == 401


def test_notifications_are_a_units_own(alerts: Alerts) -> None:
    alerts.breach()
    rows = {key: alerts.get("/v1/notifications", key) for key in ("office", "tax", "finance")}

    assert [len(rows[key].json()["items"]) for key in ("office", "tax", "finance")] == [1, 1, 0]
    (row,) = rows["office"].json()["items"]
    assert (row["receiver"], row["state"], row["number"]) == ("desk", "queued", "黄-2021-0001")
    assert alerts.get("/v1/notifications", "admin").status_code == 403
