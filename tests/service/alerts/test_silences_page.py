"""/board/silences: made with a preview first, ended; silences and floods in the inbox."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from duibiao.core import new_id
from services.alerts.adapters.quiet import save_flood
from services.alerts.domain.quiet import AlertFlood
from tests.service.alerts.over_http import TARGETS, Alerts
from tests.service.alerts.pages import faults, made, page, send
from tests.service.board.html import read

PAGE = "/board/silences"
ASKED = {
    "org": "",
    "target": "T01",
    "colour": "",
    "until": "2021-05-08T09:00",
    "reason": "设备检修",
}


@pytest.fixture
def alerts(tmp_path: Path) -> Iterator[Alerts]:
    with made(tmp_path) as alerts:
        yield alerts


def test_a_preview_says_what_would_be_hidden_and_makes_nothing(alerts: Alerts) -> None:
    alerts.breach()
    alerts.breach("T02")
    answer = send(alerts, PAGE, "office", (), **ASKED, only="preview")
    assert answer.status_code == 200, answer.text
    shown = read(answer.text)
    (kept,) = shown.with_class("kept")
    assert "将静默1件未结预警" in kept.text
    assert [link.text for link in kept.all("a")] == ["黄〔2021〕1号"]
    assert shown.by_id("f-reason").text == "设备检修"
    assert [one.text for one in shown.all("button")][-2:] == ["预览", "建立静默"]
    assert alerts.get("/v1/silences").json()["items"] == []


def test_made_listed_and_ended(alerts: Alerts) -> None:
    answer = send(alerts, PAGE, "office", (), **ASKED)
    assert (answer.status_code, answer.headers["location"]) == (303, PAGE)
    (silence,) = alerts.get("/v1/silences").json()["items"]
    assert (silence["matchers"]["target"], silence["reason"]) == (["T01"], "设备检修")
    row = page(alerts, PAGE, "auditor").with_class("silences")[0].all("tr")[1]
    assert row.one("th").text == "指标：T01"
    assert "至 2021-05-08 09:00" in row.text
    assert page(alerts, PAGE, "auditor").all("button") == []
    assert "设备检修" in page(alerts, "/board/inbox", "office").text
    ended = send(alerts, f"{PAGE}/{silence['id']}/end", "office")
    assert ended.status_code == 303
    assert "已于 2021-04-16 12:00 结束" in page(alerts, PAGE, "office").text
    assert "设备检修" not in page(alerts, "/board/inbox", "office").text


def test_what_is_wrong_stands_at_its_field_and_what_was_typed_is_kept(alerts: Alerts) -> None:
    answer = send(alerts, PAGE, "office", (), **ASKED | {"reason": "", "until": "x"})
    assert {*faults(answer)} == {"reason", "until"}
    late = send(alerts, PAGE, "office", (), **ASKED | {"until": "2021-04-01T09:00"})
    assert {*faults(late)} == {"until"}
    broad = send(alerts, PAGE, "office", (), **ASKED | {"target": ""})
    assert {*faults(broad)} == {""}
    assert read(broad.text).by_id("f-reason").text == "设备检修"
    assert alerts.get("/v1/silences").json()["items"] == []


def test_who_may(alerts: Alerts) -> None:
    assert [alerts.get(PAGE, key).status_code for key in ("tax", "admin")] == [403, 403]
    assert send(alerts, PAGE, "auditor", (), **ASKED).status_code == 403
    assert send(alerts, PAGE, "tax", (), **ASKED).status_code == 403
    assert send(alerts, f"{PAGE}/nothing/end", "office").status_code == 404


@pytest.mark.parametrize(("act", "left"), [("release", 3), ("withdraw", 0)])
def test_a_flood_is_decided_in_the_inbox(alerts: Alerts, act: str, left: int) -> None:
    with alerts._store.begin() as tx:  # noqa: SLF001 - its book
        save_flood(tx, AlertFlood(new_id(alerts.clock), alerts.clock.now()))
    for name in TARGETS:
        alerts.breach(name)
    shown = page(alerts, "/board/inbox", "office")
    assert "3 件预警，其中未结 3 件" in shown.text
    forms = [one.attributes["action"] for one in shown.all("form", method="post")]
    (address,) = [one for one in forms if one.endswith(f"/{act}")]
    assert page(alerts, "/board/inbox", "duty").all("form", action=address) == []
    assert send(alerts, address, "duty", reason="登记有误").status_code == 403
    for odd in ("", "因" * 4001) if act == "withdraw" else ():
        assert send(alerts, address, "office", (), reason=odd).status_code == 422
    answer = send(alerts, address, "office", reason="登记有误")
    assert (answer.status_code, answer.headers["location"]) == (303, "/board/inbox")
    assert "预警激增" not in page(alerts, "/board/inbox", "office").text
    assert [one["state"] for one in alerts.service.alerts()].count("firing") == left
