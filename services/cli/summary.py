"""What `duibiao up` and `duibiao status` print: targets with their verdicts, and open alerts.

Reads the product through its public API only. Chinese first.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import httpx
from rich.console import Console

from services.cli.output import print_table
from services.indicators.board.figures import alert_number
from services.indicators.domain.wording import REASON, STATUS

_STYLES = {
    "met": "green",
    "sustained": "green",
    "on_track": "green",
    "at_risk": "yellow",
    "behind": "yellow",
    "missed": "red",
    "regressed": "red",
}
_COLOUR_ZH = {"blue": "蓝·提醒", "yellow": "黄牌", "red": "红牌"}

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Overview:
    """How the notice stands: its targets, the newest judged row of each, and the open alerts."""

    targets: tuple[Row, ...]
    verdicts: Mapping[str, Row]  # target id -> the newest city row with a figure, else the newest
    alerts: tuple[Row, ...]
    names: Mapping[str, str]  # indicator code -> Chinese name


def ask(client: httpx.Client) -> Overview:
    """Ask a running product how the notice stands. httpx errors pass through."""

    def items(path: str) -> list[Row]:
        rows: list[Row] = []
        url = httpx.URL(path)
        while True:
            answer = client.get(url).raise_for_status().json()
            rows += answer["items"]
            if not answer.get("next_cursor"):
                return rows
            url = url.copy_merge_params({"cursor": answer["next_cursor"]})

    city = client.get("/v1/notice").raise_for_status().json()["region"]
    return Overview(
        targets=tuple(items("/v1/targets")),
        verdicts=_present(items(f"/v1/verdicts?org=&region={city}&limit=1000")),
        alerts=tuple(a for a in items("/v1/alerts?limit=1000") if a["state"] in _OPEN),
        names={row["code"]: row["name_zh"] for row in items("/v1/indicators")},
    )


_OPEN = frozenset({"pending", "firing", "acknowledged", "replied"})


def _present(rows: list[Row]) -> dict[str, Row]:
    chosen: dict[str, Row] = {}
    for row in rows:
        old = chosen.get(row["target"])
        if old is None or _rank(row) > _rank(old):
            chosen[row["target"]] = row
    return chosen


def _rank(row: Row) -> tuple[bool, str]:
    return row["reason"] != "no_figure", row["period"]


def show(console: Console, overview: Overview) -> None:
    """Print the overview: a table of targets, then how many alerts are open, by colour."""
    headings = ("目标", "条款", "指标", "目标值", "完成值", "期间", "结论")
    rows = [_cells(target, overview) for target in overview.targets]
    whole = [heading for heading in headings if heading != "指标"]
    print_table("目标评估 Targets", headings, rows, whole=whole, console=console)
    counts = dict.fromkeys(_COLOUR_ZH, 0)
    for alert in overview.alerts:
        counts[alert["colour"]] += 1
    told = "，".join(f"{_COLOUR_ZH[colour]} {count}" for colour, count in counts.items())
    console.print(f"未结预警 Open alerts: {len(overview.alerts)}（{told}）")
    for alert in (a for a in overview.alerts if a["colour"] == "red"):
        console.print(f"  {alert_number(alert['number'])}  {alert['target'] or alert['duty']}")


def _cells(target: Row, overview: Overview) -> tuple[str, ...]:
    row = overview.verdicts.get(target["id"])
    status = row["status"] if row else "unknown"
    limit = target["threshold"]
    return (
        target["id"],
        target["clause"],
        overview.names.get(target["indicator"], target["indicator"]),
        target["op"] if limit is None else f"{target['op']} {_figure(limit)}",
        "-" if row is None or row["value"] is None else _figure(row["value"]),
        "-" if row is None else row["period"],
        f"[{_STYLES.get(status, 'default')}]{_word(row)} {status}[/]",
    )


def _figure(value: float) -> str:
    """Write at most two decimals and never an exponent: 12650.5, 74, 5.67."""
    return f"{value:.2f}".rstrip("0").rstrip(".")


def _word(row: Row | None) -> str:
    if row is None:
        return STATUS["unknown"].zh
    words = REASON.get(row["reason"]) or STATUS[row["status"]]
    return words.zh
