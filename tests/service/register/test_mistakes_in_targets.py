"""What a clerk gets wrong about indicators, targets and alert rules, and the line that says so."""

import re

import pytest

from tests.service.register.register_files import RegisterFiles, told

CHINESE = re.compile("[\u4e00-\u9fff]")

SECOND_ONLINE = """\
  - code: online-share
    name_zh: 网办比例
    name: Share online
    unit: item
    statistic: latest
    direction: up
"""

TWICE = "{value: 9, day: 2021-06-30}"

# (part, what stood there, what the clerk wrote, what is told)
MISTAKES = [
    (
        "alerts",
        "due_soon_within: 3\n",
        "due_soon_within: 3\nscorecard: {attainment: 0, timeliness: 0, quality: 0}\n",
        "alerts.yaml:29: every weight is 0, so that no scorecard has a score",
    ),
    (
        "targets",
        "due: 2021-12-31",
        "due: 2020-12-31",
        "targets.yaml:18: due: 2020-12-31 lies outside the notice (2021-01-09 to 2021-12-31)",
    ),
    (
        "targets",
        "    judged_by: 2021-12-31\n",
        "    judged_by: 2021-12-31\n    due: 2021-12-31\n",
        "targets.yaml:28: judged_by is for targets to which the notice gives no date; it gives due",
    ),
    (
        "targets",
        "indicator: online-share",
        "indicator: on-line-share",
        "targets.yaml:12: unknown indicator on-line-share; online-share?",
    ),
    ("targets", '    clause: "1.1"\n', "", "targets.yaml:2: clause is missing"),
    ("targets", 'clause: "1.1"', 'clause: "1.9"', "targets.yaml:4: unknown clause 1.9"),
    (
        "targets",
        'clause: "1.1"',
        'clause: "3.1"',
        "targets.yaml:13: out of the notice's order: task 1 after task 3; move it before T01",
    ),
    (
        "targets",
        "    threshold: 5.5\n    unit: workday",
        "    threshold: 5.5\n    unit: percent",
        "targets.yaml:9: two units for one indicator: rebate-days is in workday, here percent",
    ),
    (
        "indicators",
        "  - code: items\n",
        SECOND_ONLINE + "  - code: items\n",
        "indicators.yaml:22: two units for one indicator: online-share is in percent, here item",
    ),
    (
        "targets",
        'op: "<="',
        'op: ">="',
        "targets.yaml:7: >= does not go with the direction down of rebate-days",
    ),
    ("targets", "    threshold: 5.5\n", "", "targets.yaml:9: basis stated needs a threshold"),
    (
        "targets",
        "    unit: percent\n",
        "    unit: percent\n    threshold: 90\n",
        "targets.yaml:18: basis none, yet a threshold stands here",
    ),
    (
        "targets",
        'op: "<="',
        "op: fall",
        "targets.yaml:8: fall compares with an earlier period and has no threshold",
    ),
    (
        "targets",
        "threshold: 5.5",
        "threshold: 550",
        "targets.yaml:8: threshold: 550 lies outside the plausible 0..100",
    ),
    (
        "targets",
        "day: 2020-12-31",
        "day: 2021-12-31",
        "targets.yaml:31: day: 2021-12-31 does not come before 2021-12-31",
    ),
    (
        "targets",
        "    judged_by: 2021-12-31\n",
        "",
        "targets.yaml:30: a pace needs a date to reach: due or judged_by",
    ),
    (
        "targets",
        "    due: 2021-12-31\n",
        "    due: 2021-12-31\n    baseline: {value: 1, day: 2020-12-31}\n",
        "targets.yaml:19: a baseline is for statistic latest, and so is a plan",
    ),
    (
        "targets",
        "    due: 2021-12-31\n",
        "    due: 2021-12-31\n    plan: [{value: 1, day: 2021-06-30}]\n",
        "targets.yaml:19: a baseline is for statistic latest, and so is a plan",
    ),
    (
        "targets",
        "    judged_by: 2021-12-31\n",
        "    judged_by: 2021-12-31\n    plan: [{value: 9, day: 2021-12-31}]\n",
        "targets.yaml:29: plan: its days ascend, from after the baseline's to before 2021-12-31",
    ),
    (
        "targets",
        "    judged_by: 2021-12-31\n",
        f"    judged_by: 2021-12-31\n    plan: [{TWICE}, {TWICE}]\n",
        "targets.yaml:29: plan: its days ascend, from after the baseline's to before 2021-12-31",
    ),
    (
        "targets",
        "target: T02",
        "target: T01",
        "targets.yaml:11: target T01 stands twice, first in line 2",
    ),
    (
        "indicators",
        "statistic: share",
        "statistic: each",
        "indicators.yaml:14: the statistic each is in workday / day, not percent",
    ),
    (
        "indicators",
        "statistic: share",
        "statistic: share\n    clock: {limit: deadline}",
        "indicators.yaml:16: only days of cases can be limited by a deadline",
    ),
    (
        "indicators",
        "minimum: 0\n    maximum: 100\n    min_sample",
        "minimum: 10\n    maximum: 1\n    min_sample",
        "indicators.yaml:8: minimum 10 is above maximum 1",
    ),
    (
        "indicators",
        "direction: up\n    minimum: 0\n    maximum: 100\n",
        "direction: up\n    minimum: 0\n    maximum: 1000\n",
        "indicators.yaml:18: maximum: a percentage lies between 0 and 100",
    ),
    (
        "indicators",
        "reported_by: [justice-bureau, finance-bureau]",
        "reported_by: [departments]",
        "indicators.yaml:25: departments is a collective name, which reports nothing",
    ),
    (
        "indicators",
        "reported_by: [justice-bureau, finance-bureau]",
        "reported_by: [justice-burau]",
        "indicators.yaml:25: unknown org justice-burau; justice-bureau?",
    ),
    (
        "targets",
        "indicator: rebate-days",
        "indicator: items",
        "indicators.yaml:2: nobody reports it: no reported_by, and no target with a known clause",
    ),
    (
        "alerts",
        "statuses: [missed, regressed]",
        "statuses: [missed, overdue]",
        "alerts.yaml:5: overdue is no status of a verdict",
    ),
    ("alerts", "    statuses: [overdue]\n", "", "alerts.yaml:10: a rule on duty needs statuses"),
    (
        "alerts",
        "    after_workdays: 5\n",
        "    after_workdays: 5\n    periods: 2\n",
        "alerts.yaml:18: periods means nothing on figure",
    ),
    (
        "alerts",
        "rule: yellow-duty",
        "rule: yellow-breach",
        "alerts.yaml:8: rule yellow-breach stands twice, first in line 2",
    ),
    (
        "alerts",
        "colour: red",
        "colour: blue",
        "alerts.yaml:21: a yellow left unanswered rises to red, not to less",
    ),
    (
        "targets",
        "name_zh: 基本网上办",
        "name_zh: 退税平均5.5个工作日",
        "targets.yaml:14: name_zh 退税平均5.5个工作日 stands twice, first in line 5",
    ),
    (
        "targets",
        "name: Mostly online",
        "name: Rebates in 5.5 working days",
        "targets.yaml:15: name Rebates in 5.5 working days stands twice, first in line 6",
    ),
    ("targets", 'clause: "1.1"', 'clause: "9"', "targets.yaml:4: unknown clause 9"),
    (
        "targets",
        'op: ">="\n    unit: percent\n    due: 2021-12-31\n    basis: none',
        "op: rise\n    unit: percent\n    due: 2021-12-31\n    basis: stated",
        "targets.yaml:19: a direction (rise) has no figure: basis none",
    ),
    (
        "targets",
        'op: ">="\n    unit: percent',
        "op: fall\n    unit: percent",
        "targets.yaml:16: fall does not go with the direction up of online-share",
    ),
    (
        "targets",
        "judged_by: 2021-12-31",
        "judged_by: 2022-06-30",
        "targets.yaml:28: judged_by: 2022-06-30 lies outside the notice (2021-01-09 to 2021-12-31)",
    ),
    (
        "indicators",
        "name: Online share",
        "name: Rebate days",
        "indicators.yaml:13: name Rebate days stands twice, first in line 4",
    ),
    (
        "indicators",
        "minimum: 0\n    maximum: 100\n  - code: items",
        "minimum: -1\n    maximum: 100\n  - code: items",
        "indicators.yaml:17: minimum: a percentage lies between 0 and 100",
    ),
    ("indicators", "unit: item", "unit: firm", "indicators.yaml:22: unknown unit firm"),
    (
        "indicators",
        "indicators:",
        "units:\n  - {unit: item, name_zh: 件, name: things}\nindicators:",
        "indicators.yaml:2: item is built in",
    ),
    (
        "alerts",
        "    after_workdays: 5\n",
        "",
        "alerts.yaml:16: a rule on figure needs after_workdays",
    ),
    (
        "alerts",
        "statuses: [overdue]",
        "statuses: [missed]",
        "alerts.yaml:11: missed is no status of a duty",
    ),
    (
        "alerts",
        "    statuses: [overdue]\n",
        "    statuses: [overdue]\n    attainment_below: 2/3\n",
        "alerts.yaml:12: attainment_below means nothing on duty",
    ),
    (
        "alerts",
        "occasion: reply\n",
        "occasion: near_threshold\n",
        "alerts.yaml:23: after_workdays means nothing on near_threshold",
    ),
]


@pytest.mark.parametrize(("part", "stood", "wrote", "message"), MISTAKES)
def test_a_mistake_is_told_with_its_line(
    files: RegisterFiles, part: str, stood: str, wrote: str, message: str
) -> None:
    files.change(part, stood, wrote)
    faults = files.faults()
    assert message in told(faults)
    assert all(CHINESE.search(fault.message_zh) for fault in faults)
