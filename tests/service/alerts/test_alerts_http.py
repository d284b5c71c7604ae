"""The routes of the alerts service, asked in process over a real store."""

import json
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
from tests.support.alerts_service import REPLY, AlertsService
from tests.support.clock import ManualClock
from tests.support.registers import org, register, target
from tests.support.servers.databases import url_in

pytestmark = pytest.mark.usefixtures("each_database")

BODIES: dict[str, dict[str, object]] = {
    "acknowledge": {},
    "reply": dict(REPLY),
    "appeal": {"reason": "口径有误"},
    "reject-appeal": {"reason": "口径无误"},
    "return": {"reason": "不实"},
    "extend": {"reason": "汛期", "reply_due": "2021-06-01"},
    "assign": {"reason": "职责调整", "org": "finance-bureau"},
    "close": {"comment": "属实", "reason": "已约谈"},
    "reopen": {"reason": "未整改"},
    "revoke": {"reason": "误填"},
}
TARGETS = ("T01", "T02", "T03")
NOWHERE = Receiver("desk", "https://hooks.example.invalid/", Path("unused"), None)
RECEIVERS = Receivers({"desk": NOWHERE}, (Route("desk", *[frozenset[str]()] * 3),))


class Alerts:
    """The service over HTTP, and a hand on its book."""

    def __init__(self, folder: Path) -> None:
        self.clock = ManualClock(shanghai(2021, 4, 16))
        units = [org(code) for code in ("tax-bureau", "customs", "finance-bureau")]
        known = register(
            targets=[target(name) for name in TARGETS],
            orgs=[*units, org("everyone", kind="group")],
        )
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
        row = city_row(status, id=f"v-{target_id}-{status}", evaluated_at=self.clock.now())
        self.hear(replace(row, series=replace(row.series, target=target_id)))
        return self.service.alerts(target=target_id)[0]

    def restate(self) -> dict[str, Any]:
        """Restate the missed period of T01 twice, as good."""
        for value in ("5", "5.2"):
            self.clock.advance(seconds=1)
            self.hear(city_row("met", value=value, evaluated_at=self.clock.now()))
        return self.service.alerts(target="T01")[0]

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
        "periods": ["2021Q1"],
        "late_figure": False,
        "recovered_at": None,
        "restated": [],
        "appealed": False,
        "acknowledged_by": [],
        "closed_without": [],
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

    assert listed == {
        "tax": ["1.1/2021Q1", "T01"],
        "finance": [],
        "office": ["1.1/2021Q1", "T01"],
    }
    assert len(alerts.get("/v1/alerts", "finance", target="T01").json()["items"]) == 1


def test_the_way_of_an_alert_from_receipt_to_close(alerts: Alerts) -> None:
    alert_id = alerts.breach()["id"]
    answers = [
        alerts.service.calls("tax").post(f"/v1/alerts/{alert_id}/acknowledge"),
        alerts.post(f"{alert_id}/appeal", "tax", reason="口径有误"),
        alerts.post(f"{alert_id}/reject-appeal", reason="口径无误"),
        alerts.post(f"{alert_id}/reply", "tax", **REPLY | {"comment": " 已整改 "}),
        alerts.post(f"{alert_id}/reply", "customs", **REPLY),
        alerts.post(f"{alert_id}/close", comment="属实", reason="已约谈"),
    ]

    assert [answer.status_code for answer in answers] == [200] * 6
    assert [answer.json()["state"] for answer in answers] == [
        *["acknowledged"] * 4,
        "replied",
        "closed",
    ]
    closed = answers[-1].json()
    assert [reply["org"] for reply in closed["replies"]] == ["tax-bureau", "customs"]
    assert closed["closed_without"] == ["recovery"]
    assert [(step["actor"], step["comment"], step["reason"]) for step in closed["history"]] == [
        ("duibiao", None, None),
        ("tax-bureau", None, None),
        ("tax-bureau", "口径有误", None),
        ("office", None, "口径无误"),
        ("tax-bureau", "已整改", None),
        ("customs", None, None),
        ("customs", "已整改", None),
        ("office", "属实", "已约谈"),
    ]
    assert closed["history"][4]["reply"]["measures"] == REPLY["measures"]


def test_a_card_that_has_recovered_stays_and_is_closed_without_a_reason(alerts: Alerts) -> None:
    alert_id = alerts.breach()["id"]
    alert = alerts.restate()
    assert (alert["state"], alert["recovered_at"]) == ("firing", "2021-04-16T04:00:02Z")
    assert alert["restated"] == [{"period": "2021Q1", "old": 6.1, "new": 5.2}]
    early = alerts.post(f"{alert_id}/close", comment="属实")
    assert (early.status_code, codes(early)) == (422, ["reason-needed"])
    alerts.post(f"{alert_id}/reply", **REPLY)
    closed = alerts.post(f"{alert_id}/close", comment="属实")

    assert (closed.json()["state"], closed.json()["closed_without"]) == ("closed", [])


def test_what_the_office_directs(alerts: Alerts) -> None:
    alert_id = alerts.breach()["id"]
    alerts.post(f"{alert_id}/reply", **REPLY)
    back = alerts.post(
        f"{alert_id}/return", reason="不实", lead="customs", reply_due="2021-05-06"
    ).json()
    assert ([one["org"] for one in back["replies"]], back["reply_due"]) == (
        ["tax-bureau"],
        "2021-05-06",
    )
    later = alerts.post(f"{alert_id}/extend", reason="汛期", reply_due="2021-05-20").json()
    assert later["reply_due"] == "2021-05-20"
    given = alerts.post(
        f"{alert_id}/assign", org="finance-bureau", **{"from": "customs"}, reason="职责调整"
    ).json()
    assert (given["leads"], given["reply_due"]) == (["tax-bureau", "finance-bureau"], "2021-04-23")
    assert alerts.post(f"{alert_id}/reply", "customs", **REPLY).status_code == 403
    assert alerts.post(f"{alert_id}/reply", "finance", **REPLY).json()["state"] == "replied"
    assert alerts.service.alerts(lead="finance-bureau")[0]["id"] == alert_id


@pytest.mark.parametrize(
    ("verb", "body", "code", "pointer"),
    [
        ("extend", {"reason": "x", "reply_due": "2021-04-01"}, "invalid-value", "/reply_due"),
        ("extend", {"reason": "x", "reply_due": 20210601}, "bad-time", "/reply_due"),
        ("extend", {"reason": "x", "reply_due": "六月一日"}, "bad-time", "/reply_due"),
        ("return", {"reason": "x", "lead": "office"}, "invalid-value", "/lead"),
        ("assign", {"reason": "x", "org": "nobody"}, "unknown-org", "/org"),
        ("assign", {"reason": "x", "org": "everyone"}, "invalid-value", "/org"),
        ("assign", {"reason": "x", "org": "finance-bureau"}, "invalid-value", "/from"),
        ("close", {"comment": "x"}, "reason-needed", "/reason"),
    ],
)
def test_a_direction_that_makes_no_sense_is_told(
    alerts: Alerts, verb: str, body: dict[str, object], code: str, pointer: str
) -> None:
    alert = alerts.breach()
    answer = alerts.post(f"{alert['id']}/{verb}", **body)

    assert (answer.status_code, codes(answer)) == (422, [code])
    (error,) = answer.json()["errors"]
    assert error["pointer"] == pointer
    assert alerts.service.alerts() == [alert]


def test_the_office_revokes_with_a_reason(alerts: Alerts) -> None:
    alert_id = alerts.breach()["id"]
    answer = alerts.post(f"{alert_id}/revoke", reason="keying error")

    assert answer.json()["state"] == "revoked"
    assert answer.json()["history"][-1]["reason"] == "keying error"
    again = alerts.post(f"{alert_id}/revoke", reason="late entry")
    assert (again.status_code, codes(again)) == (409, ["wrong-state"])
    assert "revoked" in again.json()["detail"]


@pytest.mark.parametrize(
    ("verb", "key", "status"),
    [
        (verb, key, 403)
        for verb in BODIES
        for key in ("tax", "finance", "auditor", "admin")
        if key != "tax" or verb not in ("acknowledge", "reply", "appeal")
    ]
    + [("acknowledge", "nokey", 401)],
)
def test_who_may_not(alerts: Alerts, verb: str, key: str, status: int) -> None:
    alert_id = alerts.breach()["id"]
    answer = alerts.post(f"{alert_id}/{verb}", key, **BODIES[verb])

    assert answer.status_code == status, answer.text
    assert codes(answer)
    assert alerts.service.alerts()[0]["state"] == "firing"


def test_a_step_out_of_turn_is_told_and_changes_nothing(alerts: Alerts) -> None:
    alert_id = alerts.breach()["id"]
    answer = alerts.post(f"{alert_id}/reopen", reason="x")

    assert (answer.status_code, codes(answer)) == (409, ["wrong-state"])
    assert answer.json()["errors"][0]["message_zh"] == "预警已发出，不能重新打开。"
    assert alerts.service.alerts()[0]["state"] == "firing"


@pytest.mark.parametrize("verb", BODIES)
def test_an_alert_that_is_not_there(alerts: Alerts, verb: str) -> None:
    assert alerts.post(f"nowhere/{verb}", **BODIES[verb]).status_code == 404
    assert alerts.get("/v1/alerts/nowhere").status_code == 404


@pytest.mark.parametrize(
    ("verb", "body", "expected"),
    [
        ("reply", {"comment": None}, "wrong-type"),
        ("reply", {"comment": "  "}, "empty"),
        ("reply", {"comment": 5}, "wrong-type"),
        ("reply", {"comment": "x" * 4001}, "too-long"),
        ("reply", {"cause": "a\0b"}, "nul-character"),
        ("reply", {"measures": "a\x1bb"}, "control-character"),
        ("reply", {"files": ["a\x1bb"]}, "control-character"),
        ("reply", {"files": "x"}, "wrong-type"),
        ("reply", {"files": ["x"] * 21}, "too-many"),
        ("reply", {"finish_by": 5}, "bad-time"),
        ("reply", {"state": "closed"}, "unknown-field"),
        ("revoke", {"comment": "x"}, "unknown-field"),
        ("revoke", {"reason": ""}, "empty"),
        ("revoke", {"reason": "x" * 4001}, "too-long"),
        ("acknowledge", {"reason": "x"}, "unknown-field"),
    ],
)
def test_a_body_with_a_fault_is_told(
    alerts: Alerts, verb: str, body: dict[str, object], expected: str
) -> None:
    alert_id = alerts.breach()["id"]
    answer = alerts.post(f"{alert_id}/{verb}", **BODIES[verb] | body)

    assert (answer.status_code, codes(answer)) == (422, [expected])


@pytest.mark.parametrize("verb", [verb for verb in BODIES if verb != "acknowledge"])
def test_all_that_is_missing_is_told_at_once(alerts: Alerts, verb: str) -> None:
    answer = alerts.post(f"{alerts.breach()['id']}/{verb}")

    needed = {name for name in BODIES[verb] if (verb, name) != ("close", "reason")}
    assert (answer.status_code, set(codes(answer))) == (422, {"missing"})
    assert {error["pointer"] for error in answer.json()["errors"]} == {f"/{n}" for n in needed}


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


def test_the_routes_are_described(alerts: Alerts) -> None:
    paths = alerts.get("/openapi.json", None).json()["paths"]

    assert {path for path in paths if "alerts" in path or "notifications" in path} == {
        "/v1/alerts",
        "/v1/alerts/{alert_id}",
        "/v1/notifications",
        "/v1/audit/alerts",
        *(f"/v1/alerts/{{alert_id}}/{verb}" for verb in BODIES),
    }


def test_every_body_is_described_field_by_field(alerts: Alerts) -> None:
    document = alerts.get("/openapi.json", None).json()
    schemas = document["components"]["schemas"]
    for verb, body in BODIES.items():
        posted = document["paths"][f"/v1/alerts/{{alert_id}}/{verb}"]["post"]["requestBody"]
        text = json.dumps(posted["content"]["application/json"]["schema"])
        (name,) = (name for name in schemas if f'schemas/{name}"' in text)
        properties = schemas[name]["properties"]
        assert set(body) <= set(properties)
        assert all(one.get("description") for one in properties.values()), name
