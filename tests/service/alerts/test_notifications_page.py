"""/board/notifications: what was sent, to whom, with which outcome."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.service.alerts.over_http import Alerts
from tests.service.alerts.pages import made, page

LIST = "/board/notifications"


@pytest.fixture
def alerts(tmp_path: Path) -> Iterator[Alerts]:
    with made(tmp_path) as alerts:
        yield alerts


def rows(alerts: Alerts, query: str = "", key: str = "office") -> list[list[str]]:
    tables = page(alerts, f"{LIST}{query}", key).with_class("notices")
    return [
        [cell.text for cell in row.all("td")] for table in tables for row in table.all("tr")[1:]
    ]


def test_what_is_owed_is_told_with_its_alert_and_receiver(alerts: Alerts) -> None:
    alert = alerts.breach()
    (row,) = rows(alerts)
    assert row[:3] == ["黄〔2021〕1号", "触发", "desk webhook"]
    assert row[3].startswith("待发送")
    shown = page(alerts, LIST, "office")
    assert shown.with_class("code")[0].attributes["href"] == f"/board/alerts/{alert['id']}"


def test_filters_and_the_same_for_export(alerts: Alerts) -> None:
    alerts.breach()
    alerts.breach("T02")
    found = {
        query: [row[0] for row in rows(alerts, query)]
        for query in (
            *("", "?number=黄〔2021〕2号", "?receiver=desk", "?receiver=nobody", "?state=sent"),
            *("?from=2021-04-16&to=2021-04-16", "?from=2021-04-17", "?from=x"),
        )
    }
    both = ["黄〔2021〕2号", "黄〔2021〕1号"]
    assert found == {
        "": both,
        "?number=黄〔2021〕2号": both[:1],
        "?receiver=desk": both,
        "?receiver=nobody": [],
        "?state=sent": [],
        "?from=2021-04-16&to=2021-04-16": both,
        "?from=2021-04-17": [],
        "?from=x": both,
    }
    links = page(alerts, f"{LIST}?number=黄〔2021〕2号", "office").with_class("pager")[0].all("a")
    exported = [alerts.service.calls("office").get(one.attributes["href"]) for one in links]
    assert [one.status_code for one in exported] == [200, 200]
    assert "黄-2021-0002" in exported[0].text
    assert "黄-2021-0001" not in exported[0].text


def test_a_unit_sees_those_of_what_it_leads(alerts: Alerts) -> None:
    alerts.breach()
    assert len(rows(alerts, key="tax")) == len(rows(alerts, key="auditor")) == 1
    assert rows(alerts, key="finance") == []
    assert alerts.get(LIST, "admin").status_code == 403
    assert alerts.get(LIST, None).status_code == 303
