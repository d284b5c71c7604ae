"""What the boards show: one entry a panel, in its order, by board and row.

They name no city and no unit: names come from the metrics. Gauges are taken by max, because every
replica of a service shows them; what a replica counts for itself is summed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

GOOD, WATCHED, BAD, NONE = "green", "orange", "red", "gray"
STATUSES: Final[Mapping[str, tuple[str, str]]] = {
    "met": ("达标 met", GOOD),
    "sustained": ("持续达标 sustained", GOOD),
    "on_track": ("正常推进 on track", GOOD),
    "at_risk": ("临近预警 at risk", WATCHED),
    "behind": ("滞后 behind", WATCHED),
    "missed": ("未达标 missed", BAD),
    "regressed": ("回落 regressed", BAD),
    "waived": ("豁免 waived", NONE),
    "unknown": ("无数据 unknown", NONE),
}
DUTIES: Final = {
    "on_time": "按时 on time",
    "zero_report": "零报告 zero report",
    "late": "迟报 late",
    "overdue": "逾期未报 overdue",
    "due_soon": "临期 due soon",
    "not_due": "未到期 not due",
    "exempt": "免报 exempt",
}
COLOURS: Final = {"red": "红牌 red", "yellow": "黄牌 yellow", "blue": "蓝色提醒 blue"}
STATES: Final = {
    "pending": "待发送 pending",
    "firing": "已发出 firing",
    "acknowledged": "已签收 acknowledged",
    "replied": "已回复 replied",
    "closed": "已销号 closed",
    "resolved": "已自行解除 resolved",
    "revoked": "已撤销 revoked",
}
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


def _targets(rows: str) -> Targets:
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


def _with_status(statuses: str, metric: str, of: str) -> str:
    found = f'{metric}{{{of}status=~"{statuses}"}}'
    return f"sum(max by (target, status) ({found})) or vector(0)"


def _duties(status: str, of: str = "") -> str:
    found = f'duibiao_duty_status{{status="{status}"{of}}}'
    return f"count(max by (duty, org) ({found})) or vector(0)"


def _a_second(metric: str, by: str, of: str = "") -> str:
    return f"sum by ({by}) (rate({metric}{{{of}}}[$__rate_interval]))".replace("{}", "")


_PRESENT: Final = ("duibiao_target_status", f'{CITY}, target=~"$target", ')
_DECISIVE: Final = ("duibiao_target_decisive_status", 'target=~"$target", ')
_SENT_IN: Final = (
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

LEADERS: Final = Board(
    "duibiao-leaders",
    "对标 · 领导 Leaders",
    {
        "承诺是否兑现 The promises": (
            Count(
                "已兑现 Kept",
                "按评判日期所在期间已达标的目标数。Targets met in the periods they are judged by.",
                _with_status("met|sustained", *_DECISIVE),
                GOOD,
            ),
            Count(
                "未兑现 Broken",
                "评判期间未达标的目标数。Targets missed in the periods they are judged by.",
                _with_status("missed|regressed", *_DECISIVE),
                BAD,
            ),
            *(
                Count(
                    title,
                    "全市本期处于此状态的目标数。Targets with this status in the present period.",
                    _with_status(statuses, *_PRESENT),
                    colour,
                )
                for title, colour, statuses in (
                    ("达标或正常推进 Met, on track", GOOD, "met|sustained|on_track"),
                    ("临近或滞后 At risk, behind", WATCHED, "at_risk|behind"),
                    ("本期未达标 Missed now", BAD, "missed|regressed"),
                    ("暂无数据 No figure", NONE, "unknown"),
                )
            ),
            Count(
                "未结红牌 Red cards open",
                "所有未结的红牌。Red cards that are not closed, resolved or revoked.",
                f'sum(max by (state) (duibiao_alerts{{colour="red", {OPEN}}})) or vector(0)',
                BAD,
                span=8,
            ),
            Count(
                "未结黄牌 Yellow cards open",
                "所有未结的黄牌。Yellow cards that are not closed, resolved or revoked.",
                f'sum(max by (state) (duibiao_alerts{{colour="yellow", {OPEN}}})) or vector(0)',
                WATCHED,
                span=8,
            ),
            Count(
                "逾期未报 Reports overdue",
                "各单位逾期未报送的进展。Reports of progress that units owe and have not sent.",
                _duties("overdue"),
                BAD,
                span=8,
            ),
        ),
        "目标 Targets": (
            _targets(CITY),
            Lines(
                "完成率 Attainment",
                "全市各目标完成率，100% 为达标。How much of each target the city has attained.",
                "percentunit",
                {
                    "{{target}} {{name_zh}}": "max by (target) (duibiao_target_attainment_ratio"
                    f'{{{CITY}, target=~"$target"}}){OF_TARGET}'
                },
                span=24,
            ),
        ),
    },
    filters=("city", "target"),
    since="now-90d",
)

OFFICE: Final = Board(
    "duibiao-office",
    "对标 · 值班室 Duty office",
    {
        "预警 Cards": (
            Lines(
                "未结预警 Open alerts",
                "按颜色统计的未结预警。Alerts that are open, by colour.",
                "none",
                {
                    "{{colour}}": "sum by (colour) (max by (colour, state) ("
                    f"duibiao_alerts{{{OPEN}}}))"
                },
                names=COLOURS,
            ),
            Lines(
                "办理状态 By state",
                "各办理状态的预警数。Alerts by how far they have been dealt with.",
                "none",
                {"{{state}}": "sum by (state) (max by (colour, state) (duibiao_alerts))"},
                names=STATES,
            ),
            Lines(
                "通知 Notifications",
                "通知尝试次数，按渠道和结果。Tries to notify a receiver, by how they ended.",
                "none",
                {
                    "{{channel}} {{result}}": "sum by (channel, result) ("
                    "increase(duibiao_notifications_total[$__rate_interval]))"
                },
            ),
            Lines(
                "暂缓发送的通知 Notifications held",
                "因静默等原因暂缓发送的通知。Held by a silence, another alert or a flood.",
                "none",
                {"暂缓 held": "max(duibiao_notifications_held)"},
            ),
        ),
        "报送 Reports": (
            Lines(
                "报送任务 Duties",
                "各状态的报送任务数。Reports that units owe, by status.",
                "none",
                {
                    "{{status}}": "count by (status) (max by (duty, org, status) ("
                    'duibiao_duty_status{org=~"$org"}))'
                },
                span=8,
                names=DUTIES,
            ),
            *(
                Lines(
                    title,
                    told,
                    "none",
                    {
                        "{{name_zh}}": "count by (org) (max by (duty, org) (duibiao_duty_status{"
                        f'status="{status}", org=~"$org"}})){OF_ORG}'
                    },
                    span=8,
                )
                for title, told, status in (
                    (
                        "逾期未报单位 Overdue by unit",
                        "各单位逾期未报的任务数。Overdue reports of each unit.",
                        "overdue",
                    ),
                    (
                        "迟报单位 Late by unit",
                        "各单位迟报的任务数。Reports that came late, of each unit.",
                        "late",
                    ),
                )
            ),
        ),
        "数据 Figures": (
            Lines(
                "数据截止至今 Age of figures",
                "各目标最新数据所属期间结束至今。Time since the newest figure's period ended.",
                "s",
                {"{{target}} {{name_zh}}": f"({OLD % (CITY, CITY)}){OF_TARGET}"},
                span=24,
            ),
            *_SENT_IN,
        ),
    },
    filters=("city", "units"),
)

UNIT: Final = Board(
    "duibiao-unit",
    "对标 · 单位 One unit",
    {
        "报送 Reports": (
            *(
                Count(
                    title,
                    "本单位处于此状态的报送任务数。Reports of this unit with this status.",
                    _duties(status, ', org="$org"'),
                    colour,
                )
                for title, status, colour in (
                    ("逾期未报 Overdue", "overdue", BAD),
                    ("临期 Due soon", "due_soon", WATCHED),
                    ("迟报 Late", "late", WATCHED),
                    ("按时 On time", "on_time", GOOD),
                    ("零报告 Zero reports", "zero_report", NONE),
                    ("未到期 Not due", "not_due", NONE),
                )
            ),
        ),
        "目标 Targets": (
            _targets(OWN),
            Lines(
                "完成率 Attainment",
                "本单位各目标完成率，100% 为达标。How much of each target the unit has attained.",
                "percentunit",
                {
                    "{{target}} {{name_zh}}": "max by (target) ("
                    f"duibiao_target_attainment_ratio{{{OWN}}}){OF_TARGET}"
                },
                span=24,
            ),
        ),
        "数据 Figures": _SENT_IN,
    },
    filters=("city", "unit"),
    since="now-90d",
)

PLATFORM: Final = Board(
    "duibiao-platform",
    "对标 · 平台运行 Platform health",
    {
        "服务 Services": (
            Lines(
                "在线副本 Replicas up",
                "有应答的进程数。Processes that answer to a scrape.",
                "none",
                {"{{job}}": 'sum by (job) (up{job=~"duibiao-.+"})'},
                span=8,
            ),
            Lines(
                "数据库 Databases",
                "各库有应答为 1，否则为 0。Databases that respond show 1, the others none.",
                "none",
                {"{{schema}}": "min by (schema) (duibiao_database_up)"},
                span=8,
            ),
            Lines(
                "承担工作的副本 Replicas at work",
                "未处于只读状态的进程数。Processes that are not read-only.",
                "none",
                {"{{service}}": "sum by (service) (duibiao_acting)"},
                span=8,
            ),
            Lines(
                "内存 Memory",
                "各进程占用的内存。Resident memory of each process.",
                "bytes",
                {"{{job}} {{instance}}": 'process_resident_memory_bytes{job=~"duibiao-.+"}'},
                span=8,
            ),
            Lines(
                "处理器 Processor",
                "各进程占用的处理器核数。Processor cores that each process uses.",
                "none",
                {
                    "{{job}} {{instance}}": "rate(process_cpu_seconds_total{"
                    'job=~"duibiao-.+"}[$__rate_interval])'
                },
                span=8,
            ),
            Lines(
                "审计记录 Audit records",
                "各审计链的记录数，只增不减。Records in each audit chain; they never fall.",
                "none",
                {"{{chain}}": "max by (chain) (duibiao_audit_records)"},
                span=8,
            ),
        ),
        "消息 Messages": (
            Lines(
                "待发消息滞留 Outbox age",
                "最早一条未写入日志的消息的等待时间。Age of the oldest message not yet on the log.",
                "s",
                {"{{service}}": "max by (service) (duibiao_outbox_age_seconds)"},
                span=8,
            ),
            Lines(
                "消费积压 Lag",
                "尚未处理的消息条数。Records not yet processed.",
                "none",
                {"{{service}} {{topic}}": "sum by (service, topic) (duibiao_consumer_lag_records)"},
                span=8,
            ),
            Lines(
                "死信与重新分配 Dead letters, rebalances",
                "死信与分区重新分配次数。Dead letters and partition reassignments.",
                "none",
                {
                    "死信 dead {{service}}": "sum by (service) ("
                    "increase(duibiao_dead_letters_total[$__rate_interval]))",
                    "重分配 rebalances {{service}}": "sum by (service) ("
                    "increase(duibiao_rebalances_total[$__rate_interval]))",
                },
                span=8,
            ),
            Lines(
                "报送到预警的时间 Post to alert",
                "从收到报送到生成预警。From the receipt of a figure to the alert it raised.",
                "s",
                {
                    f"{share:.0%}": f"histogram_quantile({share}, sum by (le) ("
                    "rate(duibiao_post_to_alert_seconds_bucket[$__rate_interval])))"
                    for share in (0.5, 0.99)
                },
                span=8,
            ),
            Lines(
                "未核定的报送 Unsettled receipts",
                "重发三次后仍未评估的报送。Submissions not evaluated after three resends.",
                "none",
                {"报送 receipts": "max(duibiao_receipts_unsettled)"},
                span=8,
            ),
            Lines(
                "自查不一致 Self-check differences",
                "重算后不一致的汇总与结论。Roll-ups and verdicts that differed when recomputed.",
                "none",
                {"不一致 differences": "max(duibiao_self_check_differences)"},
                span=8,
            ),
        ),
    },
)

BOARDS: Final = (LEADERS, OFFICE, UNIT, PLATFORM)
