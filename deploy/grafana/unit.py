"""For one unit, which is a variable."""

from typing import Final

from deploy.grafana.panels import (
    BAD,
    GOOD,
    NONE,
    OF_TARGET,
    OWN,
    SENT_IN,
    WATCHED,
    Board,
    Count,
    Lines,
    duties,
    targets,
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
                    duties(status, ', org="$org"'),
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
            targets(OWN),
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
        "数据 Figures": SENT_IN,
    },
    filters=("city", "unit"),
    since="now-90d",
)
