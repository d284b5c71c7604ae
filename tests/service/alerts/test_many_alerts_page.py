"""/board/alerts over 100,000 alerts: a page reads a page."""

import time
from pathlib import Path
from urllib.parse import parse_qs

from sqlalchemy import text

from duibiao.web.lists import from_cursor
from services.alerts.board.lines import SHOWN
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


def cursor(shown: Element) -> object:
    """Return the id of the last alert on a page."""
    href = shown.one("a", rel="next").attributes["href"]
    return from_cursor(parse_qs(href.lstrip("?"))["cursor"][0])[0]


def test_pages_of_a_hundred_thousand_alerts(tmp_path: Path) -> None:
    with made(tmp_path) as alerts:
        alerts.breach()
        with alerts._store.begin() as tx:  # noqa: SLF001 - its book
            tx.execute(text(MANY))
        shown = page(alerts, LIST, "office")
        assert len(shown.all("tbody")[0].all("tr")) == SHOWN
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
