"""What a clerk gets wrong between the files, and the one line that says so."""

import re

import pytest

from tests.support.register_files import RegisterFiles, told

CHINESE = re.compile("[\u4e00-\u9fff]")
SECOND_ONLINE = """\
  - code: online-share
    name_zh: 网办比例
    name: Share online
    unit: item
    statistic: latest
    direction: up
"""

# (part, what stood there, what the clerk wrote, what is told)
MISTAKES = [
    (
        "measures",
        "leads: [tax-bureau, finance-bureau]",
        "leads: [tax-buro, finance-bureau]",
        "measures.yaml:5: unknown org tax-buro; tax-bureau?",
    ),
    (
        "tasks",
        "leads: [justice-bureau]",
        "leads: [police]",
        "tasks.yaml:3: unknown org police",
    ),
    (
        "measures",
        "supports: [xincheng-district]",
        "supports: [lianhu-district]",
        "measures.yaml:11: unknown org lianhu-district; xincheng-district?",
    ),
    (
        "measures",
        "supports: [xincheng-district]",
        "supports: [tax-bureau]",
        "measures.yaml:11: tax-bureau both leads and supports",
    ),
    (
        "tasks",
        "leads: [justice-bureau]",
        "leads: [departments]",
        "tasks.yaml:3: departments is a collective name, which never leads",
    ),
    ("tasks", "task: 3", "task: 4", "tasks.yaml:4: task 3 should stand here, not 4"),
    ("tasks", "task: 2", "task: 1", "tasks.yaml:3: task 1 stands twice, first in line 2"),
    (
        "measures",
        '"1.2"',
        '"1.3"',
        "measures.yaml:7: 1.3 does not follow 1.1: a gap, or out of order",
    ),
    (
        "measures",
        '"1.2"',
        '"1.1"',
        "measures.yaml:7: measure 1.1 stands twice, first in line 2",
    ),
    ("measures", '"3.1"', '"4.1"', "measures.yaml:12: a measure of unknown task 4"),
    (
        "milestones",
        'measure: "1.2"',
        'measure: "1.7"',
        "milestones.yaml:3: unknown measure 1.7",
    ),
    (
        "milestones",
        "code: 1.2-plan",
        "code: 1.1-plan",
        "milestones.yaml:2: the code 1.1-plan does not begin with its measure 1.2",
    ),
    (
        "milestones",
        "2021-06-30",
        "2022-06-30",
        "milestones.yaml:6: due: 2022-06-30 lies outside the notice (2021-01-09 to 2021-12-31)",
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
        "targets.yaml:13: out of the notice's order: task 1 after task 3",
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
    (
        "targets",
        "    threshold: 5.5\n",
        "",
        "targets.yaml:9: basis stated needs a threshold",
    ),
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
        "threshold: 74",
        "threshold: 74.5",
        "targets.yaml:26: threshold: 74.5, yet items are counted whole",
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
        "targets.yaml:19: a baseline is for statistic latest",
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
        "statistic: latest",
        "indicators.yaml:14: the statistic latest is in item, not percent",
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
        "orgs",
        "code: finance-bureau",
        "code: tax-bureau",
        "orgs.yaml:3: code tax-bureau stands twice, first in line 2",
    ),
    ("orgs", "市财政局", "市税务局", "orgs.yaml:3: name_zh 市税务局 stands twice, first in line 2"),
    ("orgs", '"610102"', '"610103"', "orgs.yaml:5: unknown region 610103"),
    ("orgs", ', region: "610102"', "", "orgs.yaml:5: a district needs its region"),
    (
        "orgs",
        "name: Tax Bureau, kind: department",
        "name: Tax Bureau, kind: department, region: GAOXIN",
        "orgs.yaml:2: a department governs no region",
    ),
    (
        "regions",
        'code: "610102"',
        'code: "610100"',
        "regions.yaml:3: code 610100 stands twice, first in line 2",
    ),
    (
        "regions",
        "code: GAOXIN",
        'code: "610177"',
        "regions.yaml:4: 610177: districts and counties carry digits, a new area or zone letters",
    ),
    (
        "notice",
        'city: "610100"',
        'city: "610199"',
        "notice.yaml:10: unknown region 610199",
    ),
    (
        "regions",
        "kind: district",
        "kind: city",
        "regions.yaml:3: the one city is 610100 (notice.yaml), 610102 is given as city",
    ),
    (
        "notice",
        "issued: 2021-01-13",
        "issued: 2021-01-08",
        "notice.yaml:9: issued 2021-01-08, before it was dated 2021-01-09",
    ),
    (
        "notice",
        "first: 2021-01-01",
        "first: 2022-01-01",
        "notice.yaml:13: the window ends 2021-12-31, before it begins 2022-01-01",
    ),
    (
        "duties",
        "2021-06-25",
        "2021-02-25",
        "duties.yaml:3: due: 2021-02-25 lies before 2021Q2 begins",
    ),
    (
        "duties",
        "2021-06-25",
        "2021-03-25",
        "duties.yaml:3: due: 2021-03-25 does not come after 2021-03-25 before it",
    ),
    (
        "duties",
        "period: 2021Q2",
        "period: 2021Q1",
        "duties.yaml:3: period 2021Q1 stands twice, first in line 2",
    ),
    (
        "duties",
        "2021-06-25",
        "2022-06-25",
        "duties.yaml:3: due: 2022-06-25 lies outside the notice (2021-01-09 to 2021-12-31)",
    ),
    (
        "duties",
        "exceptions: []",
        'exceptions:\n  - {measure: "1.2", org: finance-bureau, period: 2021Q1, rule: next}',
        "duties.yaml:5: finance-bureau does not lead 1.2, so it owes no report",
    ),
    (
        "duties",
        "exceptions: []",
        'exceptions:\n  - {measure: "1.2", period: 2021Q3, rule: next}',
        "duties.yaml:5: unknown report period 2021Q3",
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
]


def test_the_small_register_is_sound(files: RegisterFiles) -> None:
    assert files.faults() == ()


@pytest.mark.parametrize(("part", "stood", "wrote", "message"), MISTAKES)
def test_a_mistake_is_told_with_its_line(
    files: RegisterFiles, part: str, stood: str, wrote: str, message: str
) -> None:
    files.change(part, stood, wrote)
    faults = files.faults()
    assert message in told(faults)
    assert all(CHINESE.search(fault.message_zh) for fault in faults)


def test_all_mistakes_are_told_at_once_in_the_order_of_the_files(files: RegisterFiles) -> None:
    files.change("alerts", "colour: red", "colour: green")
    files.change("measures", "leads: [tax-bureau]", "leads: [tax]")
    files.change("targets", "due: 2021-12-31", "due: 2031-12-31")
    files.change("notice", "issued: 2021-01-13", "issued: 2021-01-08")
    assert told(files.faults()) == [
        "notice.yaml:9: issued 2021-01-08, before it was dated 2021-01-09",
        "measures.yaml:10: unknown org tax",
        "targets.yaml:18: due: 2031-12-31 lies outside the notice (2021-01-09 to 2021-12-31)",
        "alerts.yaml:21: colour: green is not one of: blue, yellow, red",
    ]


def test_a_file_that_cannot_be_read_makes_nothing_else_unknown(files: RegisterFiles) -> None:
    files.write("orgs", "orgs: [\n")
    faults = files.faults()
    assert [fault.file for fault in faults] == ["orgs.yaml"]


def test_a_file_with_a_wrong_heading_makes_nothing_else_unknown(files: RegisterFiles) -> None:
    files.change("orgs", "orgs:\n", "units:\n")
    assert told(files.faults()) == [
        "orgs.yaml:1: unknown key units",
        "orgs.yaml:1: orgs is missing",
    ]
