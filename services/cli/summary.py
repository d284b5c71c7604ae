"""What `duibiao up` and `duibiao status` print: targets with their verdicts, and open alerts.

Reads the product through its public API only. Chinese first.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import httpx
from rich.console import Console

from duibiao.web.board.marks import alert_number
from duibiao.web.every_item import Row, every_item
from services.cli.output import print_table
from services.indicators.domain.wording import REASON, STATUS

_GREEN, _YELLOW, _RED = "met sustained on_track", "at_risk behind", "missed regressed"
_STYLES: Final = {
    **dict.fromkeys(_GREEN.split(), "green"),
    **dict.fromkeys(_YELLOW.split(), "yellow"),
    **dict.fromkeys(_RED.split(), "red"),
}
_COLOUR_ZH: Final = {"blue": "蓝·提醒", "yellow": "黄牌", "red": "红牌"}
_OPEN: Final = frozenset({"pending", "firing", "acknowledged", "replied"})


@dataclass(frozen=True, slots=True)
class Overview:
    """How the notice stands: its targets, the newest judged row of each, and the open alerts."""

    targets: list[Row]
    verdicts: Mapping[str, Row]  # target id -> the newest city row with a figure, else the newest
    alerts: list[Row]
    names: Mapping[str, str]  # indicator code -> Chinese name


def ask(client: httpx.Client) -> Overview:
    """Ask a running product how the notice stands. httpx errors pass through."""
    city = client.get("/v1/notice").raise_for_status().json()["region"]
    verdicts = every_item(client, "/v1/verdicts", org="", region=city, limit=1_000)
    present = sorted(verdicts, key=lambda row: (row["reason"] != "no_figure", row["period"]))
    return Overview(
        targets=list(every_item(client, "/v1/targets")),
        verdicts={row["target"]: row for row in present},
        alerts=[
            alert
            for alert in every_item(client, "/v1/alerts", limit=1_000)
            if alert["state"] in _OPEN
        ],
        names={row["code"]: row["name_zh"] for row in every_item(client, "/v1/indicators")},
    )


def show(console: Console, overview: Overview) -> None:
    """Print the overview: a table of targets, then how many alerts are open, by colour."""
    headings = ("目标", "条款", "指标", "目标值", "完成值", "期间", "结论")
    rows = [_cells(target, overview) for target in overview.targets]
    whole = [heading for heading in headings if heading != "指标"]
    print_table("目标评估 Targets", headings, rows, whole=whole, console=console)
    counts = Counter(alert["colour"] for alert in overview.alerts)
    told = "，".join(f"{words} {counts[colour]}" for colour, words in _COLOUR_ZH.items())
    console.print(f"未结预警 Open alerts: {len(overview.alerts)}（{told}）")
    for alert in (a for a in overview.alerts if a["colour"] == "red"):
        console.print(f"  {alert_number(alert['number'])}  {alert['target'] or alert['duty']}")


def _cells(target: Row, overview: Overview) -> tuple[str, ...]:
    nothing = {"status": "unknown", "reason": None, "value": None, "period": "-"}
    row = overview.verdicts.get(target["id"], nothing)
    status, limit = row["status"], target["threshold"]
    words = REASON.get(row["reason"]) or STATUS[status]
    return (
        target["id"],
        target["clause"],
        overview.names.get(target["indicator"], target["indicator"]),
        target["op"] if limit is None else f"{target['op']} {_figure(limit)}",
        "-" if row["value"] is None else _figure(row["value"]),
        row["period"],
        f"[{_STYLES.get(status, 'default')}]{words.zh} {status}[/]",
    )


def _figure(value: float) -> str:
    """Write at most two decimals and never an exponent: 12650.5, 74, 5.67."""
    return f"{value:.2f}".rstrip("0").rstrip(".")
