"""What a person reads after `duibiao up`: the present row of each target, and the open alerts."""

import io

import httpx
from rich.console import Console

from services.cli import summary

TARGETS = [
    {"id": "T10", "clause": "17.1", "indicator": "items", "op": ">=", "threshold": 12650.5},
    {"id": "T12", "clause": "18.3", "indicator": "rate", "op": "rise", "threshold": None},
]
VERDICTS = [
    {"target": "T10", "period": "2021Q4", "status": "unknown", "value": None,
     "reason": "no_figure"},
    {"target": "T10", "period": "2021Q3", "status": "behind", "value": 12650.25, "reason": None},
    {"target": "T10", "period": "2021Q2", "status": "on_track", "value": 40, "reason": None},
    {"target": "T12", "period": "2021Q1", "status": "unknown", "value": 90.25,
     "reason": "no_comparison"},
]  # fmt: skip
ALERTS = [
    {"number": "红-2021-0001", "colour": "red", "state": "firing", "target": "T10", "duty": None},
    {"number": "蓝-2021-0001", "colour": "blue", "state": "resolved", "target": "T12",
     "duty": None},
]  # fmt: skip
INDICATORS = [{"code": "items", "name_zh": "事项"}, {"code": "rate", "name_zh": "解决率"}]


def product(request: httpx.Request) -> httpx.Response:
    """Answer like the API, verdicts in pages of two."""
    assert request.headers["authorization"] == "Bearer KEY"
    path = request.url.path
    if path == "/v1/notice":
        return httpx.Response(200, json={"region": "990100"})
    if path == "/v1/verdicts":
        assert request.url.params["region"] == "990100"
        start = int(request.url.params.get("cursor", "0"))
        after = str(start + 2) if start + 2 < len(VERDICTS) else None
        return httpx.Response(
            200, json={"items": VERDICTS[start : start + 2], "next_cursor": after}
        )
    items = {"/v1/targets": TARGETS, "/v1/alerts": ALERTS, "/v1/indicators": INDICATORS}[path]
    return httpx.Response(200, json={"items": items})


def asked() -> summary.Overview:
    with httpx.Client(
        base_url="http://example.invalid",
        headers={"Authorization": "Bearer KEY"},
        transport=httpx.MockTransport(product),
    ) as client:
        return summary.ask(client)


def shown() -> str:
    text = io.StringIO()
    summary.show(Console(file=text, width=120), asked())
    return text.getvalue()


def test_the_newest_row_with_a_figure_stands_for_its_target() -> None:
    standing = asked()

    assert standing.verdicts["T10"]["period"] == "2021Q3"
    assert standing.verdicts["T12"]["period"] == "2021Q1"


def test_only_open_alerts_are_counted() -> None:
    assert [alert["number"] for alert in asked().alerts] == ["红-2021-0001"]
    assert "未结预警 Open alerts: 1" in shown()
    assert "红〔2021〕1号" in shown()


def test_a_status_is_a_word_in_both_languages_and_unknown_says_why() -> None:
    text = shown()

    assert "滞后 behind" in text
    assert "无可比期 unknown" in text


def test_a_limit_shows_its_operator_and_a_direction_only_the_word() -> None:
    text = shown()

    assert ">= 12650.5" in text
    assert "12650.25" in text
    assert "rise" in text
    assert "90.25" in text
