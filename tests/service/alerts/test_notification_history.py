"""What was sent, to whom and with which outcome: searched and exported, over a real store."""

import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path

import httpx
import openpyxl
import pytest
from sqlalchemy import insert, select, update

from duibiao.store import Store
from services.alerts.adapters.tables import ATTEMPTS, NOTIFICATIONS
from tests.service.alerts.over_http import Alerts, codes
from tests.support.servers.databases import url_in

HISTORY = "/v1/notifications"
UTC_16 = 1_618_545_600_000_000  # 2021-04-16T04:00:00Z in microseconds
DAY = 86_400_000_000
SENT = {"state": "sent", "tries": 1, "outcome": "sent", "status_code": 204, "next_us": None}
FAILED = {"state": "failed", "tries": 2, "outcome": "http-500", "status_code": 500, "next_us": None}
CHANGES: dict[str, dict[str, object]] = {
    "T01": {"channel": "webhook", **SENT, "created_us": UTC_16, "sent_us": UTC_16 + 1_000_000},
    "T02": {"receiver": "mail", "channel": "email", **FAILED, "created_us": UTC_16 + DAY},
    "T03": {"receiver": "=desk", "created_us": UTC_16 + 2 * DAY},
}
TRIES: dict[str, list[tuple[int, str, int | None, str | None]]] = {
    "T01": [(1, "sent", 204, None)],
    "T02": [(1, "timeout", None, None), (2, "http-500", 500, "Mailbox_full 100%")],
    "T03": [],
}


def prepare(alerts: Alerts, folder: Path) -> None:
    """Three alerts, of each a notification with a fate of its own."""
    ids = {target: alerts.breach(target)["id"] for target in CHANGES}
    store = Store(url_in(folder), "alerts")
    with store.begin() as tx:
        for target, changes in CHANGES.items():
            of_alert = NOTIFICATIONS.c.alert_id == ids[target]
            tx.execute(update(NOTIFICATIONS).where(of_alert).values(changes))
            made = tx.execute(select(NOTIFICATIONS.c.id).where(of_alert)).scalar_one()
            for nth, outcome, code, detail in TRIES[target]:
                at = UTC_16 + nth * 60_000_000
                key = {"notification_id": made, "nth": nth, "at_us": at, "took_ms": 7}
                said = {"outcome": outcome, "status_code": code, "detail": detail}
                tx.execute(insert(ATTEMPTS).values(key | said))
    store.close()


@pytest.fixture(scope="module")
def alerts(shared_folder: Path) -> Iterator[Alerts]:
    alerts = Alerts(shared_folder)
    with alerts.service:
        prepare(alerts, shared_folder)
        yield alerts
    alerts.close()


def found(alerts: Alerts, key: str = "office", /, **asked: str) -> list[str]:
    """Return the last digits of the numbers of the alerts whose notifications are found."""
    answer = alerts.get(HISTORY, key, **asked)
    assert answer.status_code == 200, answer.text
    return [row["number"][-1] for row in answer.json()["items"]]


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({}, "321"),
        ({"receiver": "mail"}, "2"),
        ({"receiver": "nobody"}, ""),
        ({"channel": "email"}, "2"),
        ({"state": "sent"}, "1"),
        ({"state": "queued", "receiver": "=desk"}, "3"),
        ({"number": "黄-2021-0002"}, "2"),
        ({"number": "黄-2021-0009"}, ""),
        ({"org": "customs"}, "321"),
        ({"org": "finance-bureau"}, ""),
        ({"from": "2021-04-17"}, "32"),
        ({"to": "2021-04-17"}, "21"),
        ({"from": "2021-04-17", "to": "2021-04-17"}, "2"),
        ({"from": "0001-01-01", "to": "9999-12-31"}, "321"),
        ({"outcome": "500"}, "2"),
        ({"outcome": "TIMEOUT"}, "2"),  # of an earlier attempt
        ({"outcome": "mailbox_full 100%"}, "2"),
        ({"outcome": "mailboxXfull"}, ""),
        ({"outcome": "%"}, "2"),
        ({"outcome": "_"}, "2"),
    ],
)
def test_the_history_is_searched(alerts: Alerts, asked: dict[str, str], expected: str) -> None:
    assert found(alerts, **asked) == list(expected)


def test_by_alert(alerts: Alerts) -> None:
    for alert in alerts.service.alerts():
        assert found(alerts, alert=alert["id"]) == [alert["number"][-1]]


def test_every_attempt_is_there(alerts: Alerts) -> None:
    (row,) = alerts.get(HISTORY, receiver="mail").json()["items"]
    shown = [
        (one["nth"], one["outcome"], one["status_code"], one["detail"]) for one in row["attempts"]
    ]
    assert shown == TRIES["T02"]
    assert row["attempts"][0]["at"] == "2021-04-16T04:01:00Z"


def test_a_unit_finds_only_its_own(alerts: Alerts) -> None:
    assert found(alerts, "tax", receiver="mail") == ["2"]
    assert found(alerts, "tax", org="tax-bureau") == ["3", "2", "1"]
    assert found(alerts, "finance") == []
    for suffix in ("", ".csv", ".xlsx"):
        told = alerts.get(HISTORY + suffix, "finance", org="tax-bureau")
        assert (told.status_code, codes(told)) == (403, ["not-visible"])
    for suffix in ("", ".csv", ".xlsx"):
        assert alerts.get(HISTORY + suffix, "admin").status_code == 403
        assert alerts.get(HISTORY + suffix, None).status_code == 401
    assert len(table(alerts.get(f"{HISTORY}.csv", "finance"))) == 1  # the headings


def test_page_by_page(alerts: Alerts) -> None:
    first = alerts.get(HISTORY, limit="2").json()
    rest = alerts.get(HISTORY, limit="2", cursor=first["next_cursor"]).json()
    assert [row["number"][-1] for row in first["items"] + rest["items"]] == ["3", "2", "1"]
    assert rest["next_cursor"] is None


@pytest.mark.parametrize(
    ("asked", "code", "pointer"),
    [
        ({"from": "yesterday"}, "bad-time", "/query/from"),
        ({"from": "0"}, "bad-time", "/query/from"),
        ({"from": "1618545600"}, "bad-time", "/query/from"),
        ({"to": "2021-13-01"}, "bad-time", "/query/to"),
        ({"reciever": "desk"}, "unknown-field", "/query/reciever"),
        ({"receiver": ""}, "empty", "/query/receiver"),
        ({"outcome": "a\0b"}, "nul-character", "/query"),
    ],
)
@pytest.mark.parametrize("suffix", ["", ".csv", ".xlsx"])
def test_what_cannot_be_searched_for(
    alerts: Alerts, suffix: str, asked: dict[str, str], code: str, pointer: str
) -> None:
    answer = alerts.get(HISTORY + suffix, **asked)
    assert (answer.status_code, codes(answer)) == (422, [code])
    assert answer.json()["errors"][0]["pointer"] == pointer


def test_a_nul_in_any_query_is_told(alerts: Alerts) -> None:
    for name in ("target", "org", "number", "cursor"):
        answer = alerts.get("/v1/alerts", **{name: "\0"})
        assert (answer.status_code, codes(answer)) == (422, ["nul-character"])
    assert alerts.get("/v1/alerts", number="%00").status_code == 200  # the characters % 0 0


def table(answer: httpx.Response) -> list[list[str]]:
    assert answer.status_code == 200
    return list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))


def test_as_csv(alerts: Alerts) -> None:
    headings, third, second, first = table(alerts.get(f"{HISTORY}.csv"))
    assert headings[1:6] == ["alert", "number", "sequence", "step", "receiver"]
    assert first[2:9:2] == ["黄-2021-0001", "opened", "webhook", "sent"]
    assert first[9:11] == ["2021-04-16 12:00:00", "2021-04-16 12:00:01"]
    assert second[12:15] == ["2", "http-500", "500"]
    assert [(one["outcome"], one["detail"]) for one in json.loads(second[15])] == [
        ("timeout", None),
        ("http-500", "Mailbox_full 100%"),
    ]
    assert third[5] == "'=desk"  # no formula


def test_as_a_workbook_filtered(alerts: Alerts) -> None:
    answer = alerts.get(f"{HISTORY}.xlsx", org="customs", to="2021-04-18")
    sheet = openpyxl.load_workbook(io.BytesIO(answer.content)).active
    assert sheet is not None
    assert [cell.value for cell in list(sheet.columns)[5]] == [
        *("通知对象 receiver", "=desk", "mail", "desk")
    ]
