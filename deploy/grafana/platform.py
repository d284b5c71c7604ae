"""For whoever runs it: the health of the services."""

from typing import Final

from deploy.grafana.panels import Board, Lines

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
