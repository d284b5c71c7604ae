"""What one file may hold: one wrong value, one fault, at its line, in words a clerk can act on."""

import pytest

from duibiao.register import PARTS
from tests.service.register.register_files import SOUND, RegisterFiles, told

WRONG = [
    ("tasks", "task: 2", 'task: "2"', "tasks.yaml:3: task: must be a whole number, is 2"),
    ("tasks", "task: 2", "task: 0", "tasks.yaml:3: task: must be at least 1, is 0"),
    ("tasks", "title_zh: 法治", "title_zh: law", "tasks.yaml:3: title_zh: must be Chinese, is law"),
    ("tasks", "title: Rule of law", "title: 法治", "tasks.yaml:3: title: must be English, is 法治"),
    ("tasks", "leads: [justice-bureau]", "leads: []", "tasks.yaml:3: leads: must not be empty"),
    (
        "tasks",
        "leads: [justice-bureau]",
        "leads: [justice-bureau, justice-bureau]",
        "tasks.yaml:3: leads: names one thing twice",
    ),
    (
        "tasks",
        "leads: [justice-bureau]",
        "leads: justice-bureau",
        "tasks.yaml:3: leads: must be a list, is justice-bureau",
    ),
    (
        "measures",
        '"1.2"',
        "1.2",
        "measures.yaml:7: measure: must be text (put it in quotes), is 1.2",
    ),
    (
        "measures",
        "leads: [tax-bureau]",
        "leads: [Tax Bureau]",
        "measures.yaml:10: leads: must be lower-case words joined by -, is Tax Bureau",
    ),
    (
        "regions",
        '"610102"',
        '"61010"',
        "regions.yaml:3: code: must be six digits in quotes, or capital letters and digits, is",
    ),
    (
        "orgs",
        "{code: justice-bureau, name_zh: 市司法局, name: Justice Bureau, kind: department}",
        "{code: justice-bureau, name_zh: 市司法局, name: Justice Bureau, kind: ministry}",
        "orgs.yaml:4: kind: ministry is not one of: department, district, zone, office, group",
    ),
    ("targets", "target: T02", "target: T2", "target: must be T and two or three digits, is T2"),
    ("targets", "verb: strive", "verb: hope", "verb: hope is not one of: ensure, strive, promote"),
    (
        "targets",
        "threshold: 5.5",
        'threshold: "5.5"',
        "targets.yaml:8: threshold: must be a number without quotes, is 5.5",
    ),
    (
        "targets",
        "threshold: 5.5",
        "threshold: -1",
        "targets.yaml:8: threshold: must be at least 0, is -1",
    ),
    (
        "targets",
        "basis: stated\n  - target: T02",
        "basis: local\n  - target: T02",
        "targets.yaml:10: basis: local is not one of: stated, interpreted, none",
    ),
    (
        "targets",
        "due: 2021-12-31",
        "due: 2021-12-32",
        "targets.yaml:18: due: must be a day YYYY-MM-DD of the calendar, is 2021-12-32",
    ),
    ("targets", '    op: ">="\n    unit: percent', "    unit: percent", "op is missing"),
    (
        "targets",
        "    due: 2021-12-31\n",
        "    deu: 2021-12-31\n",
        "targets.yaml:18: unknown key deu; due?",
    ),
    ("targets", "value: 10, ", "", "targets.yaml:31: value is missing"),
    (
        "indicators",
        "reported_by: [justice-bureau, finance-bureau]",
        "count_start_day: maybe",
        "indicators.yaml:25: count_start_day: must be true or false, is maybe",
    ),
    (
        "indicators",
        "reported_by: [justice-bureau, finance-bureau]",
        "report_within: 1000",
        "indicators.yaml:25: report_within: must be at most 250, is 1000",
    ),
    (
        "duties",
        "period: 2021Q2",
        "period: 2021Q5",
        "period: must be a period such as 2021Q1, is 2021Q5",
    ),
    (
        "duties",
        "period: 2021Q2",
        "period: 2021q2",
        "period: must be a period such as 2021Q1, is 2021q2",
    ),
    (
        "duties",
        "due: 2021-06-25, rule: keep",
        "due: 2021-06-25, rule: move",
        "rule: move is not one of",
    ),
    (
        "alerts",
        "colour: red",
        "colour: orange",
        "alerts.yaml:21: colour: orange is not one of: blue, yellow, red",
    ),
    (
        "alerts",
        "{strive: yellow}",
        "{strive: green}",
        "strive: green is not one of: blue, yellow, red",
    ),
    ("alerts", "{strive: yellow}", "{hope: yellow}", "alerts.yaml:26: unknown key hope"),
    ("alerts", '"09:00"', '"24:00"', "sending_hour: must be a time HH:MM, is 24:00"),
    ("alerts", '"09:00"', '"９:00"', "sending_hour: must be a time HH:MM, is ９:00"),
    (
        "alerts",
        "due_soon_within: 3\n",
        "due_soon_within: 3\nscorecard: {attainment: 101}\n",
        "alerts.yaml:29: attainment: must be at most 100, is 101",
    ),
    (
        "alerts",
        "due_soon_within: 3\n",
        "due_soon_within: 3\nscorecard: {quality: -1}\n",
        "alerts.yaml:29: quality: must be at least 0, is -1",
    ),
    (
        "alerts",
        "[missed, regressed]",
        "[failed]",
        "statuses: failed is not one of: unknown, on_track",
    ),
    (
        "alerts",
        "    statuses: [missed, regressed]\n",
        "    statuses: [missed]\n    attainment_below: 3/2\n",
        "attainment_below: must be a fraction such as 2/3 or 0.67, above 0 and at most 1, is 3/2",
    ),
    (
        "alerts",
        "    statuses: [missed, regressed]\n",
        "    statuses: [missed]\n    attainment_below: 2/0\n",
        "attainment_below: must be a fraction such as 2/3 or 0.67, above 0 and at most 1, is 2/0",
    ),
    (
        "alerts",
        "    statuses: [missed, regressed]\n",
        "    statuses: [missed]\n    periods: 0\n",
        "alerts.yaml:6: periods: must be at least 1, is 0",
    ),
]


@pytest.mark.parametrize(("part", "stood", "wrote", "message"), WRONG)
def test_a_wrong_value_is_told(
    files: RegisterFiles, part: str, stood: str, wrote: str, message: str
) -> None:
    files.change(part, stood, wrote)
    assert any(message in fault for fault in told(files.faults()))


def test_a_value_that_breaks_two_rules_is_one_fault(files: RegisterFiles) -> None:
    files.change("targets", 'op: "<="', "op: 5")
    faults = told(files.faults())
    assert [fault for fault in faults if fault.startswith("targets.yaml:7:")] == [
        "targets.yaml:7: op: 5 is not one of: <=, >=, rise, fall"
    ]


def test_all_that_an_entry_lacks_is_told(files: RegisterFiles) -> None:
    files.write("milestones", "milestones:\n  - code: 1.2-plan\n    due: 2021-06-30\n")
    assert told(files.faults()) == [
        "milestones.yaml:2: measure is missing",
        "milestones.yaml:2: title_zh is missing",
        "milestones.yaml:2: title is missing",
    ]


@pytest.mark.parametrize("part", PARTS)
def test_an_empty_file_is_told(files: RegisterFiles, part: str) -> None:
    files.write(part, "")
    assert f"{part}.yaml:1: must be a mapping, is null" in told(files.faults())


@pytest.mark.parametrize("part", PARTS)
def test_a_missing_file_is_told(files: RegisterFiles, part: str) -> None:
    (files.folder / f"{part}.yaml").unlink()
    message = f"{part}.yaml:1: cannot be read: No such file or directory"
    assert message in told(files.faults())


def test_a_file_with_a_misspelt_name_is_told(files: RegisterFiles) -> None:
    (files.folder / "targtes.yaml").write_text(SOUND["targets"], encoding="utf-8")
    assert told(files.faults()) == ["targtes.yaml:1: no file of a register, nor the overlay given"]
