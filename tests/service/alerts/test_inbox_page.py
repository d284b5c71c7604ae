"""/board/inbox: what a unit has to answer, and what waits for the office."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.service.alerts.over_http import Alerts
from tests.service.alerts.pages import made, page, sections
from tests.service.alerts.service import REPLY

INBOX = "/board/inbox"


@pytest.fixture
def alerts(tmp_path: Path) -> Iterator[Alerts]:
    with made(tmp_path) as alerts:
        yield alerts


def test_a_unit_sees_what_it_leads_and_has_not_answered(alerts: Alerts) -> None:
    first, _ = alerts.breach(), alerts.breach("T02")
    alerts.breach("T03", "behind")
    assert sections(page(alerts, INBOX, "tax")) == {
        "退回修改": [],
        "待回复": ["黄〔2021〕1号", "黄〔2021〕2号"],
        "提醒（无须回复，请签收）": ["蓝〔2021〕1号"],
    }
    alerts.post(f"{first['id']}/reply", "tax", **REPLY)
    assert sections(page(alerts, INBOX, "tax"))["待回复"] == ["黄〔2021〕2号"]
    assert sections(page(alerts, INBOX, "customs"))["待回复"] == ["黄〔2021〕1号", "黄〔2021〕2号"]
    assert set(map(len, sections(page(alerts, INBOX, "finance")).values())) == {0}


def test_a_reminder_is_gone_once_it_is_acknowledged(alerts: Alerts) -> None:
    alert = alerts.breach("T01", "behind")
    alerts.post(f"{alert['id']}/acknowledge", "tax")
    assert "蓝〔2021〕1号" not in page(alerts, INBOX, "tax").text
    assert "蓝〔2021〕1号" in page(alerts, INBOX, "customs").text


@pytest.mark.usefixtures("each_database")
def test_what_was_returned_stands_first_with_the_reason(alerts: Alerts) -> None:
    """Of two leads only the one whose reply came back has to reply again."""
    alert = alerts.breach()
    for key in ("tax", "customs"):
        alerts.post(f"{alert['id']}/reply", key, **REPLY)
    alerts.post(f"{alert['id']}/return", reason="缺<佐证>", lead="tax-bureau")
    shown = page(alerts, INBOX, "tax")
    assert sections(shown)["退回修改"] == ["黄〔2021〕1号"]
    assert shown.with_class("returned")[0].text == "退回理由：缺<佐证>"
    assert "黄〔2021〕1号" not in page(alerts, INBOX, "customs").text
    alerts.post(f"{alert['id']}/reply", "tax", **REPLY)
    assert "黄〔2021〕1号" not in page(alerts, INBOX, "tax").text


def test_the_sooner_a_reply_is_due_the_higher_it_stands(alerts: Alerts) -> None:
    alerts.breach("T01")
    second = alerts.breach("T02")
    alerts.breach("T03")
    day = {"reason": "汛期", "reply_due": "2021-06-01"}
    alerts.post(f"{alerts.service.alerts(target='T01')[0]['id']}/extend", **day)
    assert second["reply_due"] == "2021-04-23"
    found = sections(page(alerts, INBOX, "tax"))["待回复"]
    assert found == ["黄〔2021〕2号", "黄〔2021〕3号", "黄〔2021〕1号"]


def test_an_overdue_reply_is_marked_the_day_after(alerts: Alerts) -> None:
    alerts.breach()
    alerts.clock.advance(days=7)  # Friday 2021-04-23, itself still in time
    assert page(alerts, INBOX, "tax").with_class("flag") == []
    alerts.clock.advance(days=1)
    assert [one.text for one in page(alerts, INBOX, "tax").with_class("flag")] == ["已逾期"]
    assert sections(page(alerts, INBOX, "office"))["逾期未回复"] == ["黄〔2021〕1号"]


def test_what_waits_for_the_office(alerts: Alerts) -> None:
    replied, appealed = alerts.breach("T02"), alerts.breach("T03")
    alerts.post(f"{replied['id']}/reply", **REPLY)
    alerts.post(f"{appealed['id']}/appeal", "tax", reason="口径有误")
    alerts.breach()
    alerts.restate()
    alerts.clock.advance(days=30)
    assert sections(page(alerts, INBOX, "office")) == {
        "待核实销号": ["黄〔2021〕1号", "黄〔2021〕3号"],
        "待裁定的申诉": ["黄〔2021〕2号"],
        "逾期未回复": [],
    }


@pytest.mark.parametrize("key", ["auditor", "admin"])
def test_who_answers_nothing_has_no_inbox(alerts: Alerts, key: str) -> None:
    assert alerts.get(INBOX, key).status_code == 403


def test_a_stranger_is_led_to_sign_in(alerts: Alerts) -> None:
    answer = alerts.get(INBOX, None)
    assert (answer.status_code, answer.headers["location"]) == (
        303,
        "/board/sign-in?next=/board/inbox",
    )


def test_in_english(alerts: Alerts) -> None:
    alerts.breach()
    shown = page(alerts, f"{INBOX}?lang=en", "tax")
    assert shown.one("h1").text == "Inbox"
    assert [h2.text for h2 in shown.all("h2")][1] == "To be answered 1"
