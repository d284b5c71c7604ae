"""What the board draws over time: one entry a panel, in its order.

Gauges are taken by max, because every replica of a service shows them; what a replica counts for
itself is summed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

CITY: Final = 'org="", region="$city"'
OPEN: Final = 'state=~"pending|firing|acknowledged|replied"'


@dataclass(frozen=True, slots=True)
class Lines:
    """One panel. `series`: legend -> expression; `span`: columns of Grafana's 24."""

    title: str
    description: str
    unit: str
    series: Mapping[str, str]
    span: int = 12


ATTAINMENT: Final = Lines(
    "完成率 Attainment",
    "全市各目标完成率，100% 为达标。How much of each target the city has attained.",
    "percentunit",
    {
        "{{target}}": f"max by (target) (duibiao_target_attainment_ratio{{{CITY}, "
        'target=~"$target"})'
    },
    span=24,
)

ROWS: Final[Mapping[str, Sequence[Lines]]] = {
    "单位 Units": (
        Lines(
            "各单位完成率 Attainment by unit",
            "各单位在全市范围的完成率。Each unit's own figures over the whole city.",
            "percentunit",
            {
                "{{target}} {{org}}": "max by (target, org) (duibiao_target_attainment_ratio{"
                'region="$city", org!="", org=~"$org", target=~"$target"})'
            },
        ),
        Lines(
            "逾期未报 Reports overdue",
            "各单位逾期未报送的工作进展。Reports of progress that a unit owes.",
            "none",
            {
                "{{org}}": "sum by (org) (max by (duty, org) (duibiao_duty_status{"
                'status="overdue", org=~"$org"})) > 0'
            },
        ),
    ),
    "预警 Alerts": (
        Lines(
            "未结预警 Open alerts",
            "按颜色统计的未结预警。Alerts that are open, by colour.",
            "none",
            {"{{colour}}": f"sum by (colour) (max by (colour, state) (duibiao_alerts{{{OPEN}}}))"},
            span=8,
        ),
        Lines(
            "通知 Notifications",
            "通知尝试次数，按结果。Tries to tell a receiver, by how they ended.",
            "none",
            {
                "{{channel}} {{result}}": "sum by (channel, result) ("
                "increase(duibiao_notifications_total[$__rate_interval]))"
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
    ),
    "报送 Submissions": (
        Lines(
            "报送次数 Requests",
            "每秒报送请求，按结果。Requests with rows a second, by what became of them.",
            "reqps",
            {
                "{{result}}": "sum by (result) ("
                'rate(duibiao_submissions_total{org=~"$org"}[$__rate_interval]))'
            },
            span=8,
        ),
        Lines(
            "报送行数 Rows",
            "每秒报送数据行，按最终结果。Rows a second, by their final outcome.",
            "rowsps",
            {
                "{{result}}": "sum by (result) ("
                'rate(duibiao_rows_total{org=~"$org"}[$__rate_interval]))'
            },
            span=8,
        ),
        Lines(
            "拒绝 Refusals",
            "每秒被拒绝的请求，按原因。Requests answered with a problem a second, by its type.",
            "reqps",
            {
                "{{reason}}": "sum by (reason) ("
                'rate(duibiao_refusals_total{org=~"$org"}[$__rate_interval]))'
            },
            span=8,
        ),
    ),
    "运行 Services": (
        Lines(
            "在线副本 Replicas up",
            "有应答的进程数。Processes that answer to a scrape.",
            "none",
            {"{{job}}": 'sum by (job) (up{job=~"duibiao-.+"})'},
            span=8,
        ),
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
            "内存 Memory",
            "各进程占用的内存。Resident memory of each process.",
            "bytes",
            {"{{job}} {{instance}}": 'process_resident_memory_bytes{job=~"duibiao-.+"}'},
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
}
