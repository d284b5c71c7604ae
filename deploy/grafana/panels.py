"""What panels are, the words they use, and what several boards ask Prometheus.

They name no city and no unit: names come from the metrics. Gauges are taken by max, because every
replica of a service shows them; what a replica counts for itself is summed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from duibiao.web.board.words import ALERT_STATE, COLOUR, Words
from services.indicators.board.words import DUTY, STATUS

GOOD, WATCHED, BAD, NONE = "green", "orange", "red", "gray"
_COLOUR_OF: Final = {
    **dict.fromkeys(("met", "sustained", "on_track"), GOOD),
    **dict.fromkeys(("at_risk", "behind"), WATCHED),
    **dict.fromkeys(("missed", "regressed"), BAD),
}


def _names(words: Words) -> Mapping[str, str]:
    return {code: f"{word.zh} {word.en.lower()}" for code, word in words.items()}


STATUSES: Final[Mapping[str, tuple[str, str]]] = {
    status: (name, _COLOUR_OF.get(status, NONE)) for status, name in _names(STATUS).items()
}
DUTIES, COLOURS, STATES = _names(DUTY), _names(COLOUR), _names(ALERT_STATE)
REQUESTS: Final = {
    "accepted": "已接收 accepted",
    "partial": "部分接收 partial",
    "refused": "已拒绝 refused",
    "replayed": "重复请求 replayed",
    "dry_run": "试报 dry run",
}
OUTCOMES: Final = {
    "accepted": "新增 accepted",
    "duplicate": "重复 duplicate",
    "revised": "更正 revised",
    "rejected": "拒绝 rejected",
}
CITY: Final = 'org="", region="$city"'
OWN: Final = 'org="$org", region="$city"'
OPEN: Final = 'state=~"pending|firing|acknowledged|replied"'
OF_TARGET: Final = (
    " * on (target) group_left (name_zh) max by (target, name_zh) (duibiao_target_info)"
)
OF_ORG: Final = " * on (org) group_left (name_zh) max by (org, name_zh) (duibiao_org_info)"
OLD: Final = (
    "time() - (max by (target) (duibiao_target_period_end_timestamp_seconds{%s}) "
    "and on (target) max by (target) (duibiao_target_value{%s}))"
)


@dataclass(frozen=True, slots=True)
class Count:
    """One number; nothing counts 0."""

    title: str
    description: str
    expression: str
    colour: str = NONE
    span: int = 4


@dataclass(frozen=True, slots=True)
class Lines:
    """`series`: legend -> expression; `names`: what a legend is called; `span`: of 24 columns."""

    title: str
    description: str
    unit: str
    series: Mapping[str, str]
    span: int = 12
    names: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Targets:
    """A table of targets: letter of the query -> expression; columns in their order."""

    title: str
    description: str
    queries: Mapping[str, str]
    columns: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Board:
    """One board; `filters` names variables of it beside the source: `board.FILTERS`."""

    uid: str
    title: str
    rows: Mapping[str, Sequence[Count | Lines | Targets]]
    filters: Sequence[str] = ()
    since: str = "now-7d"


def targets(rows: str) -> Targets:
    only = 'target=~"$target"' if rows is CITY else 'target!=""'
    of = f"{rows}, {only}"
    decisive = f"max by (target, status) (duibiao_target_decisive_status{{{only}}}) == 1"
    queries = {
        "info": f"max by (target, name_zh, clause) (duibiao_target_info{{{only}}})",
        "status": f"max by (target, status) (duibiao_target_status{{{of}}}) == 1",
        "value": f"max by (target) (duibiao_target_value{{{of}}})",
        "threshold": f"max by (target, op, unit) (duibiao_target_threshold{{{only}}})",
        "ratio": f"max by (target) (duibiao_target_attainment_ratio{{{of}}})",
    }
    columns = {
        "target": "目标 target",
        "name_zh": "名称 name",
        "clause": "条款 clause",
        "status": "状态 status",
        "decisive": "是否兑现 decisive",
        "Value #value": "完成值 value",
        "op": "要求 asks",
        "Value #threshold": "目标值 threshold",
        "unit": "单位 unit",
        "Value #ratio": "完成率 attainment",
    }
    if rows is CITY:
        kept = f'label_replace({decisive}, "decisive", "$1", "status", "(.+)")'
        queries["decisive"] = f"max by (target, decisive) ({kept})"
        told = "全市各目标本期数据、要求，以及承诺是否兑现。The city's figures, and what was kept."
        return Targets("目标完成情况 Targets", told, queries, columns)
    del columns["decisive"]
    own = f"and on (target) max by (target) (duibiao_target_status{{{of}}})"
    queries |= {name: f"{queries[name]} {own}" for name in ("info", "threshold")}
    told = "本单位在全市范围报送的目标。The targets that this unit reports over the whole city."
    return Targets("本单位目标 Own targets", told, queries, columns)


def with_status(statuses: str, metric: str, of: str) -> str:
    found = f'{metric}{{{of}status=~"{statuses}"}}'
    return f"sum(max by (target, status) ({found})) or vector(0)"


def duties(status: str, of: str = "") -> str:
    found = f'duibiao_duty_status{{status="{status}"{of}}}'
    return f"count(max by (duty, org) ({found})) or vector(0)"


def _a_second(metric: str, by: str, of: str = "") -> str:
    return f"sum by ({by}) (rate({metric}{{{of}}}[$__rate_interval]))".replace("{}", "")


PRESENT: Final = ("duibiao_target_status", f'{CITY}, target=~"$target", ')
DECISIVE: Final = ("duibiao_target_decisive_status", 'target=~"$target", ')
SENT_IN: Final = (
    Lines(
        "报送次数 Requests",
        "每秒报送请求，按结果。Requests with rows a second, by what became of them.",
        "reqps",
        {"{{result}}": _a_second("duibiao_submissions_total", "result", 'org=~"$org"')},
        span=8,
        names=REQUESTS,
    ),
    Lines(
        "报送行数 Rows",
        "每秒报送数据行，按最终结果。Rows a second, by their final outcome.",
        "rowsps",
        {"{{result}}": _a_second("duibiao_rows_total", "result", 'org=~"$org"')},
        span=8,
        names=OUTCOMES,
    ),
    Lines(
        "拒绝 Refusals",
        "每秒被拒绝的请求，按原因。Requests answered with a problem a second, by its type.",
        "reqps",
        {"{{reason}}": _a_second("duibiao_refusals_total", "reason", 'org=~"$org"')},
        span=8,
    ),
)
