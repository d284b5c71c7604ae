"""The routes of the alerts service, asked in process over a real store."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest

from duibiao.register import parse
from duibiao.runtime import new_id
from duibiao.store import Store
from services.alerts.adapters.book import SqlBook
from services.alerts.adapters.webhook.log import Announcer
from services.alerts.adapters.webhook.receivers import Receiver, Receivers, Route
from services.alerts.adapters.wire import event_of
from services.alerts.domain.news import Duty, Verdict
from services.alerts.usecases.desk import Desk
from services.alerts.usecases.follow_duty import follow_duty, settle_duties
from services.alerts.usecases.follow_verdict import follow_verdict
from tests.support.alert_book import WORKDAYS, a_duty, city_row, shanghai
from tests.support.alerts_service import AlertsService
from tests.support.clock import ManualClock
from tests.support.registers import register, target
from tests.support.servers.databases import url_in

pytestmark = pytest.mark.usefixtures("each_database")

TARGETS = ("T01", "T02", "T03")
NOWHERE = Receiver("desk", "https://hooks.example.invalid/", Path("unused"), None)
RECEIVERS = Receivers({"desk": NOWHERE}, (Route("desk", *[frozenset[str]()] * 3),))


class Alerts:
    """The service over HTTP, and a hand on its book."""

    def __init__(self, folder: Path) -> None:
        self.clock = ManualClock(shanghai(2021, 4, 16))
        known = register(targets=[target(name) for name in TARGETS])
        self.service = AlertsService(folder, clock=self.clock, register=known)
        self._store = Store(url_in(folder), "alerts")
        self._ids = partial(new_id, self.clock)
        self._desk = Desk(known, WORKDAYS, self.clock.now, self._ids, date(2021, 1, 1))

    def hear(self, news: Verdict | Duty) -> None:
        with self._store.begin() as tx:
            announce = Announcer(RECEIVERS, self._ids)
            book = SqlBook(tx, partial(event_of, topic="t"), announce)
            if isinstance(news, Verdict):
                follow_verdict(book, self._desk, news, self._ids())
            else:
                follow_duty(book, self._desk, news, self._ids())
            settle_duties(book, self._desk, at_once=True)

    def breach(self, target_id: str = "T01", status: str = "missed") -> dict[str, Any]:
        row = city_row(status, id=f"v-{target_id}-{status}")
        self.hear(replace(row, series=replace(row.series, target=target_id)))
        return self.service.alerts(target=target_id)[0]

    def post(self, path: str, key: str = "office", /, **body: object) -> httpx.Response:
        return self.service.calls(key).post(f"/v1/alerts/{path}", json=body)

    def get(self, path: str, key: str | None = "office", /, **params: str | int) -> httpx.Response:
        return self.service.calls(key).get(path, params=params)

    def close(self) -> None:
        self._store.close()


@pytest.fixture
def alerts(tmp_path: Path) -> Iterator[Alerts]:
    alerts = Alerts(tmp_path)
    with alerts.service:
        yield alerts
    alerts.close()


def codes(answer: httpx.Response) -> list[str]:
    assert answer.headers["content-type"] == "application/problem+json"
    return [error["code"] for error in answer.json()["errors"]]


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

    assert detail == {**alerts.service.alerts()[0], "appealed": False}
    assert history[1] == {
        "sequence": 2,
        "step": "escalated",
        "from": "firing",
        "to": "firing",
        "at": "2021-04-16T04:00:00Z",
        "actor": "duibiao",
        "colour": "yellow",
        "number": "黄-2021-0001",
        "period": "2021Q1",
        "cause": "v-T01-missed",
        "rule": "yellow-breach",
        "reason": None,
        "comment": None,
    }
    assert [(step["step"], step["number"]) for step in history] == [
        ("opened", "蓝-2021-0001"),
        ("escalated", "黄-2021-0001"),
    ]


def test_the_way_of_an_alert_from_receipt_to_close(alerts: Alerts) -> None:
    alert_id = alerts.breach()["id"]
    answers = [
        alerts.service.calls("tax").post(f"/v1/alerts/{alert_id}/acknowledge"),
        alerts.post(f"{alert_id}/appeal", "tax", comment="口径有误"),
        alerts.post(f"{alert_id}/reply", "tax", comment=" 已整改 "),
        alerts.post(f"{alert_id}/close", comment="属实"),
    ]

    assert [answer.status_code for answer in answers] == [200] * 4
    assert [answer.json()["state"] for answer in answers] == [
        "acknowledged",
        "acknowledged",
        "replied",
        "closed",
    ]
    history = answers[-1].json()["history"]
    assert [(step["actor"], step["comment"]) for step in history] == [
        ("duibiao", None),
        ("tax-bureau", None),
        ("tax-bureau", "口径有误"),
        ("tax-bureau", "已整改"),
        ("office", "属实"),
    ]


def test_the_office_revokes_with_a_reason(alerts: Alerts) -> None:
    alert_id = alerts.breach()["id"]
    answer = alerts.post(f"{alert_id}/revoke", reason="keying error", comment="误填")

    assert answer.json()["state"] == "revoked"
    assert answer.json()["history"][-1]["reason"] == "keying error"
    again = alerts.post(f"{alert_id}/revoke", reason="late entry")
    assert (again.status_code, codes(again)) == (409, ["wrong-state"])
    assert "revoked" in again.json()["detail"]


@pytest.mark.parametrize(
    ("verb", "key", "status"),
    [
        (verb, key, 403)
        for verb in ("acknowledge", "reply", "appeal")
        for key in ("finance", "auditor", "admin")
    ]
    + [
        (verb, key, 403)
        for verb in ("close", "revoke")
        for key in ("tax", "finance", "auditor", "admin")
    ]
    + [("acknowledge", "nokey", 401)],
)
def test_who_may_not(alerts: Alerts, verb: str, key: str, status: int) -> None:
    alert_id = alerts.breach()["id"]
    body = {"comment": "x"} | ({"reason": "x"} if verb == "revoke" else {})
    answer = alerts.post(f"{alert_id}/{verb}", key, **body)

    assert answer.status_code == status, answer.text
    assert codes(answer)
    assert alerts.service.alerts()[0]["state"] == "firing"


def test_a_step_out_of_turn_is_told_and_changes_nothing(alerts: Alerts) -> None:
    alert_id = alerts.breach()["id"]
    answer = alerts.post(f"{alert_id}/close")

    assert (answer.status_code, codes(answer)) == (409, ["wrong-state"])
    assert alerts.service.alerts()[0]["state"] == "firing"


@pytest.mark.parametrize("verb", ["acknowledge", "reply", "appeal", "close", "revoke"])
def test_an_alert_that_is_not_there(alerts: Alerts, verb: str) -> None:
    body = {"comment": "x"} | ({"reason": "x"} if verb == "revoke" else {})

    assert alerts.post(f"nowhere/{verb}", **body).status_code == 404
    assert alerts.get("/v1/alerts/nowhere").status_code == 404


@pytest.mark.parametrize(
    ("verb", "body", "expected"),
    [
        ("reply", {}, "missing"),
        ("reply", {"comment": "  "}, "empty"),
        ("reply", {"comment": None}, "wrong-type"),
        ("reply", {"comment": 5}, "wrong-type"),
        ("reply", {"comment": "x" * 4001}, "too-long"),
        ("reply", {"comment": "a\0b"}, "nul-character"),
        ("reply", {"comment": "a\x1bb"}, "control-character"),
        ("reply", {"comment": "x", "state": "closed"}, "unknown-field"),
        ("revoke", {"comment": "x"}, "missing"),
        ("revoke", {"reason": ""}, "empty"),
        ("revoke", {"reason": "x" * 201}, "too-long"),
        ("acknowledge", {"reason": "x"}, "unknown-field"),
    ],
)
def test_a_body_with_a_fault_is_told(
    alerts: Alerts, verb: str, body: dict[str, object], expected: str
) -> None:
    alert_id = alerts.breach()["id"]
    answer = alerts.post(f"{alert_id}/{verb}", **body)

    assert (answer.status_code, codes(answer)) == (422, [expected])


@pytest.mark.parametrize(
    "content", [b"", b"[", b"[]", b"null", b'{"comment": "\\ud800"}', b"\xff", b'{"comment": NaN}']
)
def test_a_body_that_is_none_is_never_a_fault_of_ours(alerts: Alerts, content: bytes) -> None:
    alert_id = alerts.breach()["id"]
    answer = alerts.service.calls().post(
        f"/v1/alerts/{alert_id}/reply",
        content=content,
        headers={"content-type": "application/json"},
    )

    assert answer.status_code in (400, 422), answer.text
    assert codes(answer)


@pytest.mark.parametrize(
    ("key", "sees"),
    [("office", True), ("auditor", True), ("tax", True), ("finance", False), ("admin", False)],
)
def test_what_a_unit_wrote_is_not_for_everybody(
    alerts: Alerts,
    key: str,
    sees: bool,  # noqa: FBT001 - a column
) -> None:
    alert_id = alerts.breach()["id"]
    alerts.post(f"{alert_id}/reply", "tax", comment="内部说明")
    answer = alerts.get(f"/v1/alerts/{alert_id}", key)

    assert answer.status_code == 200
    assert ("内部说明" in answer.text) is sees
    assert [step["to"] for step in answer.json()["history"]] == [
        "firing",
        "acknowledged",
        "replied",
    ]


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


def test_the_routes_are_described(alerts: Alerts) -> None:
    paths = alerts.get("/openapi.json", None).json()["paths"]

    assert {path for path in paths if "alerts" in path or "notifications" in path} == {
        "/v1/alerts",
        "/v1/alerts/{alert_id}",
        "/v1/notifications",
        "/v1/audit/alerts",
        *(
            f"/v1/alerts/{{alert_id}}/{verb}"
            for verb in ("acknowledge", "reply", "appeal", "close", "revoke")
        ),
    }
