"""For leaders: which promises are kept."""

from typing import Final

from deploy.grafana.panels import (
    BAD,
    CITY,
    DECISIVE,
    GOOD,
    NONE,
    OF_TARGET,
    OPEN,
    PRESENT,
    WATCHED,
    Board,
    Count,
    Lines,
    duties,
    targets,
    with_status,
)

LEADERS: Final = Board(
    "duibiao-leaders",
    "对标 · 领导 Leaders",
    {
        "承诺是否兑现 The promises": (
            Count(
                "已兑现 Kept",
                "按评判日期所在期间已达标的目标数。Targets met in the periods they are judged by.",
                with_status("met|sustained", *DECISIVE),
                GOOD,
            ),
            Count(
                "未兑现 Broken",
                "评判期间未达标的目标数。Targets missed in the periods they are judged by.",
                with_status("missed|regressed", *DECISIVE),
                BAD,
            ),
            *(
                Count(
                    title,
                    "全市本期处于此状态的目标数。Targets with this status in the present period.",
                    with_status(statuses, *PRESENT),
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
                duties("overdue"),
                BAD,
                span=8,
            ),
        ),
        "目标 Targets": (
            targets(CITY),
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
