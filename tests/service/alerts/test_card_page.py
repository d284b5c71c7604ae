"""/board/alerts/{id}: the card, the forms of what its reader may do, and what becomes of them."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from services.alerts.adapters.acting import ACTIONS
from tests.service.alerts.over_http import BODIES, Alerts
from tests.service.alerts.pages import act, done, faults, made, page, version
from tests.service.alerts.service import REPLY
from tests.service.board.html import Element, read
from tests.unit.ingest.evidence_samples import docx, pdf

TYPED = {**REPLY, "comment": "已整改<b>", "finish_by": "2021-05-31"}


@pytest.fixture
def alerts(tmp_path: Path) -> Iterator[Alerts]:
    with made(tmp_path) as alerts:
        yield alerts


@pytest.fixture
def alert_id(alerts: Alerts) -> str:
    return str(alerts.breach()["id"])


def card(alerts: Alerts, alert_id: str, key: str = "tax", query: str = "") -> Element:
    return page(alerts, f"/board/alerts/{alert_id}{query}", key)


def offered(alerts: Alerts, alert_id: str, key: str) -> list[str]:
    """Return the actions that a card offers."""
    links = [
        one for nav in card(alerts, alert_id, key).with_class("actions") for one in nav.all("a")
    ]
    return [link.attributes["href"].partition("?do=")[2].partition("#")[0] for link in links]


def history(alerts: Alerts, alert_id: str, key: str = "auditor") -> list[str]:
    return [one.text for one in card(alerts, alert_id, key).with_class("history")[0].all("li")]


def test_what_an_alert_is_about(alerts: Alerts, alert_id: str) -> None:
    shown = card(alerts, alert_id, "admin")
    assert shown.one("h1").text == "黄〔2021〕1号 黄牌"
    facts = {
        one.one("dt").text: one.one("dd").text for one in shown.with_class("facts")[0].all("div")
    }
    assert facts == {
        "进展": "已发出",
        "回复期限": "2021-04-23",
        "牵头单位": "tax-bureau、customs",
        "发出": "2021-04-16",
    }
    row = shown.all("tbody")[0].one("tr")
    assert row.one("th").text == "黄牌 2021年一季度"
    assert [cell.text for cell in row.all("td")] == ["6.1 个工作日", "≤ 5.5 个工作日", "—"]
    assert history(alerts, alert_id) == ["触发 系统 · 2021-04-16 12:00 · 黄〔2021〕1号"]


def test_a_restated_period_shows_both_figures(alerts: Alerts, alert_id: str) -> None:
    alerts.restate()
    shown = card(alerts, alert_id)
    assert [cell.text for cell in shown.all("tbody")[0].all("td")][2] == "已更正为5.2 个工作日"
    assert "数据已恢复，待核实销号" in shown.with_class("facts")[0].text


def test_each_is_offered_what_it_may_do_now(alerts: Alerts, alert_id: str) -> None:
    """What a card offers is taken by the API, and what it does not offer is refused."""
    steps = [
        ("firing", "", {}),
        ("appealed", "appeal", BODIES["appeal"]),
        ("replied", "reply", BODIES["reply"]),
        ("closed", "close", BODIES["close"]),
    ]
    seen = []
    for state, action, body in steps:
        if action:
            assert alerts.post(f"{alert_id}/{action}", **body).status_code == 200
        seen.append((state, *(tuple(offered(alerts, alert_id, key)) for key in ("tax", "office"))))
    answering = ("acknowledge", "reply", "appeal")
    office = ("close", "extend", "assign", "revoke")
    assert seen == [
        ("firing", answering, (*office, *answering)),
        (
            "appealed",
            answering,
            ("close", "extend", "assign", "reject-appeal", "revoke", *answering),
        ),
        (
            "replied",
            ("appeal",),
            ("close", "return", "assign", "reject-appeal", "revoke", "appeal"),
        ),
        ("closed", (), ("reopen",)),
    ]
    for key in ("finance", "auditor", "admin"):
        assert offered(alerts, alert_id, key) == []


def test_positions_are_offered_less(alerts: Alerts, alert_id: str) -> None:
    assert offered(alerts, alert_id, "reporter") == []
    assert "revoke" not in offered(alerts, alert_id, "duty")
    assert act(alerts, alert_id, "acknowledge", "reporter").status_code == 403
    assert act(alerts, alert_id, "revoke", "duty", reason="误填").status_code == 403
    alerts.post(f"{alert_id}/revoke", reason="误填")
    assert offered(alerts, alert_id, "duty") == []


@pytest.mark.parametrize("key", ["tax", "office", "duty", "reporter", "auditor", "admin"])
def test_pages_and_api_let_the_same_people_act(alerts: Alerts, key: str) -> None:
    for action, body in BODIES.items():
        alert_id = alerts.breach()["id"]
        by_page = act(alerts, alert_id, action, key, **body).status_code
        by_api = alerts.post(f"{alert_id}/{action}", key, **body).status_code
        assert (by_page == 403) == (by_api == 403), action


def test_every_action_has_a_form_that_does_it(alerts: Alerts, alert_id: str) -> None:
    way = ["acknowledge", "appeal", "reject-appeal", "extend", "reply", "return", "assign"]
    way += ["close", "reopen", "revoke"]
    assert sorted(way) == sorted(ACTIONS)
    for action in way:
        form = card(alerts, alert_id, "office", f"?do={action}").with_class("form")[0]
        assert form.attributes["action"].partition("#")[0] == f"/board/alerts/{alert_id}/{action}"
        names = {
            one.attributes.get("name")
            for tag in ("input", "textarea", "select")
            for one in form.all(tag)
        }
        body = {"from": "tax-bureau"} | BODIES[action] if action == "assign" else BODIES[action]
        assert {*body} <= names, action
        done(act(alerts, alert_id, action, "office", **body), alert_id)
    assert [line.partition(" ")[0] for line in reversed(history(alerts, alert_id))] == [
        *(
            "触发",
            "签收",
            "申诉",
            "驳回申诉",
            "延期",
            "回复",
            "退回",
            "转办",
            "销号",
            "重新打开",
            "撤销",
        )
    ]


def test_a_reply_with_files(alerts: Alerts, alert_id: str) -> None:
    files = [("整改.pdf", pdf("a")), ("C:\\temp\\台账.docx", docx())]
    done(act(alerts, alert_id, "reply", "tax", *files, **TYPED), alert_id)
    shown = card(alerts, alert_id, "auditor")
    links = shown.with_class("answer")[0].with_class("files")[0].all("a")
    assert [link.text for link in links] == ["整改.pdf", "台账.docx"]
    assert alerts.get(links[0].attributes["href"], "auditor").content == pdf("a")
    assert "已整改<b>" in shown.with_class("answer")[0].text
    assert "已整改" not in card(alerts, alert_id, "customs").text


def test_what_was_typed_and_uploaded_is_kept_where_something_is_wrong(
    alerts: Alerts, alert_id: str
) -> None:
    files = [("整改.pdf", pdf()), ("a.exe", b"MZ"), ("b.pdf", b"<script>")]
    answer = act(
        alerts, alert_id, "reply", "tax", *files, **TYPED | {"cause": " ", "finish_by": "x"}
    )
    found = faults(answer)
    assert {*found} == {"cause", "finish_by", "files"}
    assert "原因" in found["cause"]
    assert "a.exe" in found["files"]
    assert "b.pdf" in found["files"]
    shown = read(answer.text)
    assert shown.by_id("f-comment").text == "已整改<b>"
    kept = [one.attributes["value"] for one in shown.all("input", type="checkbox", name="kept")]
    assert len(kept) == 1
    done(act(alerts, alert_id, "reply", "tax", kept=kept, **TYPED), alert_id)
    assert "整改.pdf" in card(alerts, alert_id).with_class("answer")[0].text


def test_files_alone_can_be_uploaded_first(alerts: Alerts, alert_id: str) -> None:
    answer = act(alerts, alert_id, "reply", "tax", ("a.pdf", pdf()), only="upload", comment="先")
    assert answer.status_code == 200
    shown = read(answer.text)
    assert shown.with_class("kept")[0].all("label")[0].text.startswith("a.pdf")
    assert shown.by_id("f-comment").text == "先"
    assert alerts.service.alerts()[0]["state"] == "firing"


def test_nobody_overwrites_what_somebody_else_has_done(alerts: Alerts, alert_id: str) -> None:
    seen = version(alerts, alert_id)
    alerts.post(f"{alert_id}/extend", reason="汛期", reply_due="2021-06-01")
    answer = act(alerts, alert_id, "reply", "tax", version=seen, **TYPED)
    assert "此预警在您打开页面后已有变动" in faults(answer, 412)[""]
    shown = read(answer.text)
    assert shown.by_id("f-comment").text == "已整改<b>"
    now = shown.all("input", name="version")[0].attributes["value"]
    assert now == version(alerts, alert_id) != seen
    done(act(alerts, alert_id, "reply", "tax", version=now, **TYPED), alert_id)


@pytest.mark.parametrize("bad", ["", "x", "-1", "²"])
def test_a_form_without_a_version_changes_nothing(alerts: Alerts, alert_id: str, bad: str) -> None:
    assert act(alerts, alert_id, "acknowledge", "tax", version=bad).status_code == 412
    assert alerts.service.alerts()[0]["state"] == "firing"


def test_a_browser_lets_go_what_may_be_left_out(alerts: Alerts, alert_id: str) -> None:
    """A list that begins with "all" must not be required: browsers take its first for nothing."""
    alerts.post(f"{alert_id}/reply", **REPLY)
    paths = [f"/board/alerts/{alert_id}?do=return", "/board/alerts", "/board/silences"]
    lists = [one for path in paths for one in page(alerts, path, "office").all("select")]
    assert len(lists) == 8
    for one in lists:
        assert one.all("option")[0].attributes["value"] == ""
        assert "required" not in one.attributes


def test_a_form_sent_twice_is_taken_once(alerts: Alerts, alert_id: str) -> None:
    seen = version(alerts, alert_id)
    for _ in range(2):
        done(act(alerts, alert_id, "reply", "tax", version=seen, **TYPED), alert_id)
    assert [line.partition(" ")[0] for line in history(alerts, alert_id)] == [
        "回复",
        "签收",
        "触发",
    ]
    other = act(alerts, alert_id, "reply", "tax", version=seen, **TYPED | {"comment": "另一份"})
    assert other.status_code == 412


def test_the_same_words_by_somebody_else_are_not_the_same_form(
    alerts: Alerts, alert_id: str
) -> None:
    seen = version(alerts, alert_id)
    done(act(alerts, alert_id, "acknowledge", "tax", version=seen), alert_id)
    assert act(alerts, alert_id, "acknowledge", "customs", version=seen).status_code == 412


def test_closing_without_recovery_asks_for_a_reason(alerts: Alerts, alert_id: str) -> None:
    found = faults(act(alerts, alert_id, "close", "office", comment="属实"))
    assert found["reason"] == "数据尚未恢复或仍有牵头单位未回复，销号须说明理由。"
    done(act(alerts, alert_id, "close", "office", comment="属实", reason="已约谈"), alert_id)
    shown = card(alerts, alert_id, "office")
    assert "销号时数据尚未恢复" in shown.text
    assert "理由：已约谈" in shown.text


def test_who_may_not_act_and_what_is_not_there(alerts: Alerts, alert_id: str) -> None:
    assert act(alerts, alert_id, "acknowledge", "finance").status_code == 403
    assert act(alerts, alert_id, "close", "tax", comment="x").status_code == 403
    assert act(alerts, alert_id, "acknowledge", "auditor").status_code == 403
    assert act(alerts, alert_id, "delete", "office").status_code == 404
    assert alerts.get("/board/alerts/nothing", "tax").status_code == 404


def test_a_form_may_hold_long_chinese_texts(alerts: Alerts, alert_id: str) -> None:
    long = dict.fromkeys(("comment", "cause", "measures"), "整" * 4000)
    done(act(alerts, alert_id, "reply", "tax", **long, finish_by="2021-05-31"), alert_id)
    closing = dict.fromkeys(("comment", "reason"), "核" * 4000)
    done(act(alerts, alert_id, "close", "office", **closing), alert_id)


def test_in_english(alerts: Alerts, alert_id: str) -> None:
    shown = card(alerts, alert_id, "office", "?lang=en&do=close")
    assert [one.text for one in shown.all("h2")] == [
        *("Act", "Periods and figures", "Replies", "History")
    ]
    assert shown.with_class("actions")[0].all("a")[0].text == "Check and close"
