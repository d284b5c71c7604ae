"""What people do with alerts over HTTP, asked in process over a real store."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.service.alerts.over_http import BODIES, Alerts, codes
from tests.service.alerts.service import REPLY


@contextmanager
def made(folder: Path) -> Iterator[Alerts]:
    alerts = Alerts(folder)
    with alerts.service:
        yield alerts
    alerts.close()


@pytest.fixture
def alerts(each_database: str, tmp_path: Path) -> Iterator[Alerts]:
    assert each_database
    with made(tmp_path) as alerts:
        yield alerts


@pytest.fixture(scope="module")
def firing(folder_mostly_on_sqlite: Path) -> Iterator[Alerts]:
    """One alert that fires, for requests that are refused and change nothing."""
    with made(folder_mostly_on_sqlite) as alerts:
        alerts.breach()
        yield alerts


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
    firing: Alerts, verb: str, body: dict[str, object], code: str, pointer: str
) -> None:
    (alert,) = firing.service.alerts()
    answer = firing.post(f"{alert['id']}/{verb}", **body)

    assert (answer.status_code, codes(answer)) == (422, [code])
    (error,) = answer.json()["errors"]
    assert error["pointer"] == pointer
    assert firing.service.alerts() == [alert]


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
def test_who_may_not(firing: Alerts, verb: str, key: str, status: int) -> None:
    alert_id = firing.service.alerts()[0]["id"]
    answer = firing.post(f"{alert_id}/{verb}", key, **BODIES[verb])

    assert answer.status_code == status, answer.text
    assert codes(answer)
    assert firing.service.alerts()[0]["state"] == "firing"


def test_a_step_out_of_turn_is_told_and_changes_nothing(firing: Alerts) -> None:
    alert_id = firing.service.alerts()[0]["id"]
    answer = firing.post(f"{alert_id}/reopen", reason="x")

    assert (answer.status_code, codes(answer)) == (409, ["wrong-state"])
    assert answer.json()["errors"][0]["message_zh"] == "预警已发出，不能重新打开。"
    assert firing.service.alerts()[0]["state"] == "firing"


@pytest.mark.parametrize("verb", BODIES)
def test_an_alert_that_is_not_there(firing: Alerts, verb: str) -> None:
    assert firing.post(f"nowhere/{verb}", **BODIES[verb]).status_code == 404
    assert firing.get("/v1/alerts/nowhere").status_code == 404


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
    firing: Alerts, verb: str, body: dict[str, object], expected: str
) -> None:
    alert_id = firing.service.alerts()[0]["id"]
    answer = firing.post(f"{alert_id}/{verb}", **BODIES[verb] | body)

    assert (answer.status_code, codes(answer)) == (422, [expected])


@pytest.mark.parametrize("verb", [verb for verb in BODIES if verb != "acknowledge"])
def test_all_that_is_missing_is_told_at_once(firing: Alerts, verb: str) -> None:
    answer = firing.post(f"{firing.service.alerts()[0]['id']}/{verb}")

    needed = {name for name in BODIES[verb] if (verb, name) != ("close", "reason")}
    assert (answer.status_code, set(codes(answer))) == (422, {"missing"})
    assert {error["pointer"] for error in answer.json()["errors"]} == {f"/{n}" for n in needed}


@pytest.mark.parametrize(
    "content", [b"", b"[", b"[]", b"null", b'{"comment": "\\ud800"}', b"\xff", b'{"comment": NaN}']
)
def test_a_body_that_is_none_is_never_a_fault_of_ours(firing: Alerts, content: bytes) -> None:
    alert_id = firing.service.alerts()[0]["id"]
    answer = firing.service.calls().post(
        f"/v1/alerts/{alert_id}/reply",
        content=content,
        headers={"content-type": "application/json"},
    )

    assert answer.status_code in (400, 422), answer.text
    assert codes(answer)


def test_the_routes_are_described(firing: Alerts) -> None:
    paths = firing.get("/openapi.json", None).json()["paths"]

    assert {path for path in paths if "alerts" in path or "notifications" in path} == {
        "/v1/alerts",
        "/v1/alerts/{alert_id}",
        "/v1/alerts/{alert_id}/files",
        "/v1/alerts/{alert_id}/files/{sha256}",
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
