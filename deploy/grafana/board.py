"""Make Grafana's boards, boards/*.json: `python -m deploy.grafana.board`, part of `make docs`.

What they ask for stands in leaders.py, office.py, unit.py and platform.py; tests ask a real
Prometheus the same.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Final

from grafana_foundation_sdk.builders import common, dashboard, prometheus, stat, table, timeseries
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models import common as kinds
from grafana_foundation_sdk.models import dashboard as parts
from grafana_foundation_sdk.models.prometheus import PromQueryFormat

from deploy.grafana.leaders import LEADERS
from deploy.grafana.office import OFFICE
from deploy.grafana.panels import STATUSES, Board, Count, Lines, Targets
from deploy.grafana.platform import PLATFORM
from deploy.grafana.unit import UNIT

FOLDER: Final = Path(__file__).with_name("boards")
SOURCE: Final = kinds.DataSourceRef("prometheus", "${datasource}")


@dataclass(frozen=True, slots=True)
class Filter:
    """A variable; `regex` where its values are shown by name, `many` where several are chosen."""

    name: str
    label: str
    query: str
    regex: str = ""
    many: bool = False


_UNITS: Final = "query_result(max by (name_zh, org) (duibiao_org_info))"
_TARGETS: Final = "query_result(max by (name_zh, target) (duibiao_target_info))"
_BY_NAME: Final = '/name_zh="(?<text>[^"]+)".*(?:org|target)="(?<value>[^"]+)"/'
FILTERS: Final[Mapping[str, Filter]] = {
    "city": Filter("city", "城市 City", "label_values(duibiao_notice_info, region)"),
    "target": Filter("target", "目标 Targets", _TARGETS, _BY_NAME, many=True),
    "units": Filter("org", "单位 Units", _UNITS, _BY_NAME, many=True),
    "unit": Filter("org", "单位 Unit", _UNITS, _BY_NAME),
}
Panel = stat.Panel | table.Panel | timeseries.Panel


def main() -> None:
    """Write the boards."""
    FOLDER.mkdir(exist_ok=True)
    for name, text in texts().items():
        (FOLDER / name).write_text(text, "utf-8")


def texts() -> Mapping[str, str]:
    """Return the boards as their files have them, by file name."""
    encoder = JSONEncoder(sort_keys=True, indent=2, ensure_ascii=False)
    return {
        f"{board.uid.removeprefix('duibiao-')}.json": f"{encoder.encode(made(board))}\n"
        for board in (LEADERS, OFFICE, UNIT, PLATFORM)
    }


def made(board: Board) -> parts.Dashboard:
    """Return a board as Grafana has it."""
    grafana = (
        dashboard.Dashboard(board.title)
        .uid(board.uid)
        .tags(["duibiao"])
        .timezone("Asia/Shanghai")
        .time(board.since, "now")
        .refresh("1m")
        .readonly()
        .link(
            dashboard.DashboardLink("对标看板 Boards")
            .type(parts.DashboardLinkType.DASHBOARDS)
            .tags(["duibiao"])
            .as_dropdown(as_dropdown=True)
            .keep_time(keep_time=True)
        )
    )
    grafana.with_variable(
        dashboard.DatasourceVariable("datasource").label("数据源 Source").type("prometheus")
    )
    for name in board.filters:
        grafana.with_variable(_variable(FILTERS[name]))
    ids = count(1)
    for title, panels in board.rows.items():
        grafana.with_row(dashboard.Row(title).id(next(ids)))
        for panel in panels:
            grafana.with_panel(_panel(panel).id(next(ids)))
    return grafana.build()


def _variable(wanted: Filter) -> dashboard.QueryVariable:
    variable = (
        dashboard.QueryVariable(wanted.name)
        .label(wanted.label)
        .datasource(SOURCE)
        .query(wanted.query)
        .regex(wanted.regex)
        .refresh(parts.VariableRefresh.ON_TIME_RANGE_CHANGED)
        .sort(parts.VariableSort.ALPHABETICAL_ASC)
    )
    if wanted.many:
        variable.multi(multi=True).include_all(include_all=True).all_value(".*")
    return variable


def _panel(panel: Count | Lines | Targets) -> Panel:
    match panel:
        case Count():
            return _count(panel)
        case Lines():
            return _lines(panel)
        case Targets():
            return _targets(panel)


def _targets(panel: Targets) -> table.Panel:
    status = parts.ValueMap(
        {
            word: parts.ValueMappingResult(text=text, color=colour, index=place)
            for place, (word, (text, colour)) in enumerate(STATUSES.items())
        }
    )
    grafana = (
        table.Panel()
        .title(panel.title)
        .description(panel.description)
        .datasource(SOURCE)
        .height(18)
        .span(24)
        .unit("none")
    )
    for name in ("status", "decisive"):
        if name in panel.columns:
            grafana.override_by_name(
                panel.columns[name],
                [
                    parts.DynamicConfigValue("mappings", [status]),
                    parts.DynamicConfigValue("custom.cellOptions", {"type": "color-text"}),
                ],
            )
    grafana.override_by_name(
        panel.columns["Value #ratio"],
        [parts.DynamicConfigValue("unit", "percentunit"), parts.DynamicConfigValue("decimals", 1)],
    )
    joined = {"byField": "target", "mode": "outer"}
    grafana.with_transformation(parts.DataTransformerConfig("joinByField", options=joined))
    grafana.with_transformation(parts.DataTransformerConfig("organize", options=_organized(panel)))
    for letter, expression in panel.queries.items():
        query = _query(expression, ref=letter, now=True).format(PromQueryFormat.TABLE)
        grafana.with_target(query)
    return grafana


def _organized(panel: Targets) -> Mapping[str, object]:
    values = [f"Value #{letter}" for letter in panel.queries]
    times = ["Time", *(f"Time {n}" for n in range(1, len(values) + 1))]
    unwanted = [*times, *(value for value in values if value not in panel.columns)]
    return {
        "excludeByName": dict.fromkeys(unwanted, True),
        "indexByName": {name: place for place, name in enumerate(panel.columns)},
        "renameByName": panel.columns,
    }


def _count(panel: Count) -> stat.Panel:
    return (
        stat.Panel()
        .title(panel.title)
        .description(panel.description)
        .datasource(SOURCE)
        .height(4)
        .span(panel.span)
        .unit("none")
        .color_scheme(
            dashboard.FieldColor().mode(parts.FieldColorModeId.FIXED).fixed_color(panel.colour)
        )
        .graph_mode(kinds.BigValueGraphMode.NONE)
        .reduce_options(common.ReduceDataOptions().calcs(["lastNotNull"]))
        .with_target(_query(panel.expression, ref="count", now=True))
    )


def _lines(panel: Lines) -> timeseries.Panel:
    grafana = (
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
        grafana.with_target(_query(expression, ref=f"q{number}").legend_format(legend))
    for code, name in panel.names.items():
        grafana.override_by_name(code, [parts.DynamicConfigValue("displayName", name)])
    return grafana


def _query(expression: str, *, ref: str, now: bool = False) -> prometheus.Dataquery:
    query = prometheus.Dataquery().expr(expression).ref_id(ref).datasource(SOURCE)
    return query.instant() if now else query.range()


if __name__ == "__main__":
    main()
