"""For the duty office: what is owed, sent and answered."""

from typing import Final

from deploy.grafana.panels import (
    CITY,
    COLOURS,
    DUTIES,
    OF_ORG,
    OF_TARGET,
    OLD,
    OPEN,
    SENT_IN,
    STATES,
    Board,
    Lines,
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
            *SENT_IN,
        ),
    },
    filters=("city", "units"),
)
