"""/board/alerts: the list, its filters and its pages; 100,000 alerts do not hurt."""

import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs

import pytest
from sqlalchemy import text

from duibiao.web.lists import from_cursor
from services.alerts.board.lines import SHOWN
from tests.service.alerts.over_http import Alerts
from tests.service.alerts.pages import made, page
from tests.service.board.html import Element

LIST = "/board/alerts"
WITHIN = 3.0  # seconds, on a machine that is busy with other tests
MANY = """
    WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 99999)
    INSERT INTO alerts (id, identity, target, leads, copied, number, colour, state, open, steps,
                        document)
    SELECT printf('01000000-0000-7000-8000-%012d', i), 'T02//' || i, 'T02', '["tax-bureau"]', '[]',
           '黄-2020-' || i, 'yellow', 'closed', 0, 1, document
    FROM n, (SELECT document FROM alerts)
"""


@pytest.fixture
def alerts(each_database: str, tmp_path: Path) -> Iterator[Alerts]:
    assert each_database
    with made(tmp_path) as alerts:
        yield alerts


def numbers(shown: Element) -> list[str]:
    return [one.text for one in shown.with_class("code") if one.tag == "a"]


def cursor(shown: Element) -> object:
    """Return the id of the last alert on a page."""
    href = shown.one("a", rel="next").attributes["href"]
    return from_cursor(parse_qs(href.lstrip("?"))["cursor"][0])[0]


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


def test_pages_of_a_hundred_thousand_alerts(tmp_path: Path) -> None:
    """Whatever is asked for, a page reads a page."""
    with made(tmp_path) as alerts:
        alerts.breach()
        with alerts._store.begin() as tx:  # noqa: SLF001 - its book
            tx.execute(text(MANY))
        shown = page(alerts, LIST, "office")
        assert len(numbers(shown)) == SHOWN
        following = shown.one("a", rel="next").attributes["href"]
        second = page(alerts, f"{LIST}{following}", "office")
        ends = [cursor(one) for one in (shown, second)]
        assert ends == [f"01000000-0000-7000-8000-0000000999{end}" for end in ("51", "01")]
        narrow = ("?lead=finance-bureau", "?state=firing", "?number=黄-2020-0007")
        for query in ("", *narrow, following):
            began = time.perf_counter()
            page(alerts, f"{LIST}{query}", "office")
            assert time.perf_counter() - began < WITHIN, query
        page(alerts, "/board/inbox", "office")
