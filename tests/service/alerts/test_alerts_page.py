"""/board/alerts: the list, its filters and its pages; 100,000 alerts do not hurt."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.service.alerts.over_http import Alerts
from tests.service.alerts.pages import made, page
from tests.service.board.html import Element

LIST = "/board/alerts"


@pytest.fixture
def alerts(each_database: str, tmp_path: Path) -> Iterator[Alerts]:
    assert each_database
    with made(tmp_path) as alerts:
        yield alerts


def numbers(shown: Element) -> list[str]:
    return [one.text for one in shown.with_class("code") if one.tag == "a"]


def test_filters(alerts: Alerts) -> None:
    first = alerts.breach()
    alerts.breach("T02")
    alerts.breach("T03", "behind")
    alerts.post(f"{first['id']}/acknowledge", "tax")
    found = {
        query: numbers(page(alerts, f"{LIST}?{query}"))
        for query in (
            *("", "state=acknowledged", "colour=blue", "target=T02", "lead=customs"),
            *("lead=finance-bureau", "number=黄-2021-0002", "number=黄〔2021〕2号", "number=99"),
            *("colour=&state=&lead=&target=&number=", "colour=green", "cursor=x"),
        )
    }
    every = ["蓝〔2021〕1号", "黄〔2021〕2号", "黄〔2021〕1号"]
    assert found == {
        "": every,
        "state=acknowledged": every[2:],
        "colour=blue": every[:1],
        "target=T02": every[1:2],
        "lead=customs": every,
        "lead=finance-bureau": [],
        "number=黄-2021-0002": every[1:2],
        "number=黄〔2021〕2号": every[1:2],
        "number=99": [],
        "colour=&state=&lead=&target=&number=": every,
        "colour=green": every,
        "cursor=x": every,
    }
    shown = page(alerts, f"{LIST}?colour=blue&lead=customs")
    chosen = [
        one.attributes["value"] for one in shown.all("option") if "selected" in one.attributes
    ]
    assert chosen == ["", "blue", "customs", ""]


def test_a_unit_sees_what_concerns_it_first(alerts: Alerts) -> None:
    alerts.breach()
    assert numbers(page(alerts, LIST, "finance")) == []
    assert numbers(page(alerts, f"{LIST}?colour=yellow", "finance")) == ["黄〔2021〕1号"]
    assert numbers(page(alerts, LIST, "admin")) == ["黄〔2021〕1号"]
