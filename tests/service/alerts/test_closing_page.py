"""/board/alerts/close: several cards closed at once, each with its own comment and version."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest

from services.alerts.board.lines import SHOWN
from tests.service.alerts.over_http import Alerts
from tests.service.alerts.pages import made, page, version
from tests.service.board.html import Element, read
from tests.service.web.browser import FORM

CLOSE = "/board/alerts/close"
WRITTEN = {"comment": "属实", "reason": "已约谈"}


@pytest.fixture
def alerts(tmp_path: Path) -> Iterator[Alerts]:
    with made(tmp_path) as alerts:
        yield alerts


def send(alerts: Alerts, *cards: tuple[str, dict[str, str]], key: str = "office") -> httpx.Response:
    """Send the form: of each card its id and what was written."""
    fields = [("card", card) for card, _ in cards]
    fields += [
        (f"{name}.{card}", text)
        for card, said in cards
        for name, text in ({"version": version(alerts, card)} | said).items()
    ]
    return alerts.service.calls(key).post(CLOSE, content=urlencode(fields).encode(), headers=FORM)


def states(alerts: Alerts) -> dict[str, str]:
    return {one["id"]: one["state"] for one in alerts.service.alerts()}


def opened(alerts: Alerts) -> list[str]:
    found: list[dict[str, Any]] = [alerts.breach(name) for name in ("T01", "T02", "T03")]
    return [one["id"] for one in found]


def wrong(shown: Element) -> dict[str, str]:
    return {one.attributes["id"][2:]: one.text for one in shown.with_class("wrong")}


def test_several_cards_are_closed_each_with_its_comment(alerts: Alerts) -> None:
    first, second, third = opened(alerts)
    shown = page(alerts, CLOSE, "office")
    assert [one.attributes["value"] for one in shown.all("input", name="card")] == [
        first,
        second,
        third,
    ]
    answer = send(alerts, (first, WRITTEN), (second, WRITTEN | {"comment": "属实二"}), (third, {}))
    assert (answer.status_code, answer.headers["location"]) == (303, "/board/alerts")
    assert states(alerts) == {first: "closed", second: "closed", third: "firing"}
    comments = {
        one: alerts.get(f"/v1/alerts/{one}").json()["history"][-1]["comment"]
        for one in (first, second)
    }
    assert comments == {first: "属实", second: "属实二"}
    again = send(alerts, (first, WRITTEN | {"version": "1"}), (third, {}))
    assert again.status_code == 303  # the form was sent twice; nothing more is done


def test_what_fails_is_told_at_its_card_and_nothing_typed_is_lost(alerts: Alerts) -> None:
    first, second, third = opened(alerts)
    before = version(alerts, second)
    alerts.post(f"{second}/acknowledge", "tax")
    answer = send(
        alerts,
        (first, {"comment": "<b>属实</b>"}),  # the period is still bad: a reason is needed
        (second, WRITTEN | {"version": before}),
        (third, WRITTEN),
    )
    assert answer.status_code == 422
    assert states(alerts) == {first: "firing", second: "acknowledged", third: "closed"}
    shown = read(answer.text)
    told = wrong(shown)
    assert {*told} == {f"reason.{first}", f"comment.{second}"}
    assert "已销号1件" in shown.with_class("errors")[0].text
    assert shown.by_id(f"f-comment.{first}").text == "<b>属实</b>"
    assert shown.by_id(f"f-comment.{second}").text == "属实"
    assert shown.by_id(f"f-reason.{second}").text == "已约谈"
    versions = shown.one("input", name=f"version.{second}").attributes["value"]
    assert versions == version(alerts, second)
    assert [one.attributes["value"] for one in shown.all("input", name="card")] == [first, second]


def test_recovered_cards_stand_first(alerts: Alerts) -> None:
    alerts.breach("T02")
    alerts.breach("T01")
    recovered = alerts.restate()
    shown = page(alerts, CLOSE, "office")
    assert shown.all("input", name="card")[0].attributes["value"] == recovered["id"]


def test_only_the_office_closes(alerts: Alerts) -> None:
    first, *_ = opened(alerts)
    for key in ("tax", "auditor", "admin"):
        assert alerts.get(CLOSE, key).status_code == 403
        assert send(alerts, (first, WRITTEN), key=key).status_code == 403
    assert page(alerts, "/board/alerts", "tax").all("a", href=CLOSE) == []
    assert len(page(alerts, "/board/alerts", "office").all("a", href=CLOSE)) == 1
    assert {*states(alerts).values()} == {"firing"}


def test_of_a_card_that_somebody_else_closed_the_comment_is_shown(alerts: Alerts) -> None:
    first, second, _ = opened(alerts)
    before = version(alerts, first)
    alerts.post(f"{first}/close", **WRITTEN)
    answer = send(alerts, (first, WRITTEN | {"version": before, "comment": "另一说明"}))
    assert answer.status_code == 422
    (told,) = read(answer.text).with_class("errors")[0].all("li")
    assert "另一说明 已约谈" in told.text
    assert told.one("a").attributes["href"] == f"/board/alerts/{first}"
    assert send(alerts, (second, WRITTEN | {"version": "x"})).status_code == 422
    assert states(alerts)[second] == "firing"


def test_a_page_of_long_comments_is_not_too_large(alerts: Alerts) -> None:
    cards = [f"x{n}" for n in range(SHOWN)]
    long = {"comment": "属" * 4000, "reason": "实" * 4000}
    fields = [("card", one) for one in cards]
    fields += [(f"{name}.{one}", text) for one in cards for name, text in long.items()]
    body = urlencode(fields).encode()
    assert len(body) > 3_000_000
    answer = alerts.service.calls("office").post(CLOSE, content=body, headers=FORM)
    assert answer.status_code == 422
    assert len(read(answer.text).with_class("errors")[0].all("li")) == SHOWN
