"""Make Grafana's board, boards/duibiao.json: `python -m deploy.grafana.board`, part of `make docs`.

What it asks for is written here once; tests ask a real Prometheus the same. Gauges are taken by
max, because every replica of a service shows them; what a replica counts for itself is summed.
"""

from collections.abc import Iterable, Mapping
from itertools import count
from pathlib import Path
from typing import Final

from grafana_foundation_sdk.builders import common, dashboard, prometheus, stat, table, timeseries
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models import common as kinds
from grafana_foundation_sdk.models import dashboard as parts
from grafana_foundation_sdk.models.prometheus import PromQueryFormat

from deploy.grafana.lines import ATTAINMENT, CITY, OPEN, ROWS, Lines

FILE: Final = Path(__file__).with_name("boards") / "duibiao.json"
SOURCE: Final = kinds.DataSourceRef("prometheus", "${datasource}")

GOOD, WATCHED, BAD, NONE = "green", "orange", "red", "gray"
STATUSES: Final[Mapping[str, tuple[str, str]]] = {
    "met": ("达标 met", GOOD),
    "sustained": ("持续达标 sustained", GOOD),
    "on_track": ("进展正常 on track", GOOD),
    "at_risk": ("临近预警 at risk", WATCHED),
    "behind": ("滞后 behind", WATCHED),
    "missed": ("未达标 missed", BAD),
    "regressed": ("回落 regressed", BAD),
    "waived": ("豁免 waived", NONE),
    "unknown": ("暂无数据 unknown", NONE),
}
COLUMNS: Final = {
    "target": "目标 target",
    "name_zh": "名称 name",
    "clause": "条款 clause",
    "status": "状态 status",
    "Value #value": "完成值 value",
    "op": "要求 asks",
    "Value #threshold": "目标值 threshold",
    "unit": "单位 unit",
    "Value #ratio": "完成率 attainment",
}


def main() -> None:
    """Write the board."""
    FILE.write_text(text(), "utf-8")


def text() -> str:
    """Return the board as its file has it."""
    encoder = JSONEncoder(sort_keys=True, indent=2, ensure_ascii=False)
    return f"{encoder.encode(board())}\n"


def board() -> parts.Dashboard:
    """Return the board: the city's targets, then units, alerts, submissions, services."""
    made = (
        dashboard.Dashboard("对标 · 目标完成情况 Target attainment")
        .uid("duibiao-targets")
        .tags(["duibiao"])
        .timezone("Asia/Shanghai")
        .time("now-7d", "now")
        .refresh("1m")
        .readonly()
    )
    for variable in _variables():
        made.with_variable(variable)
    ids = count(1)
    for title, panels in _rows():
        made.with_row(dashboard.Row(title).id(next(ids)))
        for panel in panels:
            made.with_panel(panel.id(next(ids)))
    return made.build()


def _variables() -> Iterable[dashboard.DatasourceVariable | dashboard.QueryVariable]:
    yield dashboard.DatasourceVariable("datasource").label("数据源 Source").type("prometheus")
    yield (
        dashboard.QueryVariable("city")
        .label("城市 City")
        .datasource(SOURCE)
        .query("label_values(duibiao_notice_info, region)")
        .refresh(parts.VariableRefresh.ON_DASHBOARD_LOAD)
    )
    for name, label, metric in (
        ("target", "目标 Target", "duibiao_target_info"),
        ("org", "单位 Unit", 'duibiao_target_status{org!=""}'),
    ):
        yield (
            dashboard.QueryVariable(name)
            .label(label)
            .datasource(SOURCE)
            .query(f"label_values({metric}, {name})")
            .refresh(parts.VariableRefresh.ON_TIME_RANGE_CHANGED)
            .sort(parts.VariableSort.ALPHABETICAL_ASC)
            .multi(multi=True)
            .include_all(include_all=True)
            .all_value(".*")
        )


Panel = stat.Panel | table.Panel | timeseries.Panel


def _rows() -> Iterable[tuple[str, Iterable[Panel]]]:
    yield "全市 The city", (*_counts(), _targets(), _lines(ATTAINMENT))
    for title, panels in ROWS.items():
        yield title, map(_lines, panels)


def _counts() -> Iterable[stat.Panel]:
    for title, colour, statuses in (
        ("达标 Met", GOOD, "met|sustained"),
        ("进展正常 On track", GOOD, "on_track"),
        ("临近或滞后 At risk, behind", WATCHED, "at_risk|behind"),
        ("未达标 Missed", BAD, "missed|regressed"),
        ("暂无数据 No figure", NONE, "unknown"),
    ):
        yield _stat(
            title,
            "全市本期处于此状态的目标数。Targets with this status in the city's present period.",
            f'sum(max by (target, status) (duibiao_target_status{{{CITY}, target=~"$target", '
            f'status=~"{statuses}"}}))',
            colour,
        )
    yield _stat(
        "未结红牌 Red cards open",
        "所有未结的红牌。Red cards that are not closed, resolved or revoked.",
        f'sum(max by (state) (duibiao_alerts{{colour="red", {OPEN}}}))',
        BAD,
    )


def _targets() -> table.Panel:
    status = parts.ValueMap(
        {
            word: parts.ValueMappingResult(text=text, color=colour, index=place)
            for place, (word, (text, colour)) in enumerate(STATUSES.items())
        }
    )
    made = (
        table.Panel()
        .title("目标完成情况 Targets")
        .description("全市各目标本期数据与要求。The city's figure of the present period.")
        .datasource(SOURCE)
        .height(18)
        .span(24)
        .unit("none")
        .override_by_name(
            COLUMNS["status"],
            [
                parts.DynamicConfigValue("mappings", [status]),
                parts.DynamicConfigValue("custom.cellOptions", {"type": "color-text"}),
            ],
        )
        .override_by_name(
            COLUMNS["Value #ratio"],
            [
                parts.DynamicConfigValue("unit", "percentunit"),
                parts.DynamicConfigValue("decimals", 1),
            ],
        )
        .with_transformation(parts.DataTransformerConfig("joinByField", options=_joined()))
        .with_transformation(parts.DataTransformerConfig("organize", options=_organized()))
    )
    only = 'target=~"$target"'
    for letter, expression in (
        ("info", f"max by (target, name_zh, clause) (duibiao_target_info{{{only}}})"),
        ("status", f"max by (target, status) (duibiao_target_status{{{CITY}, {only}}}) == 1"),
        ("value", f"max by (target) (duibiao_target_value{{{CITY}, {only}}})"),
        ("threshold", f"max by (target, op, unit) (duibiao_target_threshold{{{only}}})"),
        ("ratio", f"max by (target) (duibiao_target_attainment_ratio{{{CITY}, {only}}})"),
    ):
        made.with_target(_query(expression, ref=letter, now=True).format(PromQueryFormat.TABLE))
    return made


def _joined() -> Mapping[str, str]:
    return {"byField": "target", "mode": "outer"}


def _organized() -> Mapping[str, object]:
    unwanted = ["Value #info", "Value #status", *(f"Time {n}" for n in range(1, 6)), "Time"]
    return {
        "excludeByName": dict.fromkeys(unwanted, True),
        "indexByName": {name: place for place, name in enumerate(COLUMNS)},
        "renameByName": COLUMNS,
    }


def _stat(title: str, description: str, expression: str, colour: str) -> stat.Panel:
    return (
        stat.Panel()
        .title(title)
        .description(description)
        .datasource(SOURCE)
        .height(4)
        .span(4)
        .unit("none")
        .no_value("0")
        .color_scheme(dashboard.FieldColor().mode(parts.FieldColorModeId.FIXED).fixed_color(colour))
        .graph_mode(kinds.BigValueGraphMode.NONE)
        .reduce_options(common.ReduceDataOptions().calcs(["lastNotNull"]))
        .with_target(_query(expression, ref="count", now=True))
    )


def _lines(panel: Lines) -> timeseries.Panel:
    made = (
        timeseries.Panel()
        .title(panel.title)
        .description(panel.description)
        .datasource(SOURCE)
        .height(9)
        .span(panel.span)
        .unit(panel.unit)
        .min(0)
        .legend(
            common.VizLegendOptions()
            .display_mode(kinds.LegendDisplayMode.LIST)
            .placement(kinds.LegendPlacement.BOTTOM)
            .show_legend(show_legend=True)
        )
    )
    for number, (legend, expression) in enumerate(panel.series.items()):
        made.with_target(_query(expression, ref=f"q{number}").legend_format(legend))
    return made


def _query(expression: str, *, ref: str, now: bool = False) -> prometheus.Dataquery:
    made = prometheus.Dataquery().expr(expression).ref_id(ref).datasource(SOURCE)
    return made.instant() if now else made.range()


if __name__ == "__main__":
    main()
