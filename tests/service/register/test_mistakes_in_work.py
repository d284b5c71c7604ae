"""What a clerk gets wrong about units, tasks, measures and dates, and the line that says so."""

import re

import pytest

from tests.service.register.register_files import RegisterFiles, told

CHINESE = re.compile("[\u4e00-\u9fff]")

# (part, what stood there, what the clerk wrote, what is told)
MISTAKES = [
    (
        "measures",
        "leads: [tax-bureau, finance-bureau]",
        "leads: [tax-buro, finance-bureau]",
        "measures.yaml:5: unknown org tax-buro; tax-bureau?",
    ),
    ("tasks", "leads: [justice-bureau]", "leads: [police]", "tasks.yaml:3: unknown org police"),
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
    ("measures", '"1.2"', '"1.1"', "measures.yaml:7: measure 1.1 stands twice, first in line 2"),
    ("measures", '"3.1"', '"4.1"', "measures.yaml:12: a measure of unknown task 4"),
    ("milestones", 'measure: "1.2"', 'measure: "1.7"', "milestones.yaml:3: unknown measure 1.7"),
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
        "orgs",
        "name: Tax Bureau, kind: department",
        "name: Tax Bureau, kind: department, members: [finance-bureau]",
        "orgs.yaml:2: a department has no members",
    ),
    (
        "orgs",
        "code: justice-bureau",
        "code: office",
        "orgs.yaml:4: office is a role of keys; no org may be called so",
    ),
    (
        "regions",
        'code: "610102"',
        'code: "610100"',
        "regions.yaml:3: code 610100 stands twice, first in line 2",
    ),
    (
        "regions",
        "kind: district",
        "kind: district, tile: [0, 1]",
        "regions.yaml:3: tile: must be at least 1, is 0",
    ),
    (
        "regions",
        "kind: district",
        "kind: district, tile: 7",
        "regions.yaml:3: tile: must be a list, is 7",
    ),
    (
        "regions",
        "kind: city",
        "kind: city, tile: [1, 1]",
        "regions.yaml:2: the city has no tile: it is the whole map",
    ),
    ("notice", 'city: "610100"', 'city: "610199"', "notice.yaml:10: unknown region 610199"),
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
        "notice",
        "last: 2021-12-31",
        "last: 2021-01-08",
        "notice.yaml:13: the window ends 2021-01-08, before the notice of 2021-01-09",
    ),
    (
        "tasks",
        "title_zh: 法治",
        "title_zh: 减税",
        "tasks.yaml:3: title_zh 减税 stands twice, first in line 2",
    ),
    (
        "measures",
        "title_zh: 网上办税",
        "title_zh: 退税提速",
        "measures.yaml:8: title_zh 退税提速 stands twice, first in line 3",
    ),
    (
        "milestones",
        "2021-06-30",
        "2021-01-08",
        "milestones.yaml:6: due: 2021-01-08 lies outside the notice (2021-01-09 to 2021-12-31)",
    ),
    (
        "orgs",
        'kind: district, region: "610102"',
        (
            'kind: zone, region: "610102"}\n  - {code: b, name_zh: 乙, name: B, kind: zone, '
            'region: "610102"'
        ),
        "orgs.yaml:6: region 610102 stands twice, first in line 5",
    ),
    (
        "regions",
        "kind: zone",
        "kind: county",
        "regions.yaml:4: GAOXIN: a county carries its six digits of GB/T 2260",
    ),
    (
        "tasks",
        "tasks:",
        "chapters:\n  - {title_zh: 其余, title: Others, first: 2}\ntasks:",
        "tasks.yaml:2: first: 2, yet chapters begin at task 1 and go on in order",
    ),
    (
        "tasks",
        "tasks:",
        (
            "chapters:\n  - {title_zh: 甲, title: A, first: 1}\n"
            "  - {title_zh: 乙, title: B, first: 4}\ntasks:"
        ),
        "tasks.yaml:3: unknown task 4",
    ),
    (
        "duties",
        "exceptions: []",
        'exceptions:\n  - {measure: "1.9", period: 2021Q1, rule: next}',
        "duties.yaml:5: unknown measure 1.9",
    ),
    (
        "duties",
        "exceptions: []",
        'exceptions:\n  - {measure: "1.2", org: tax, period: 2021Q1, rule: next}',
        "duties.yaml:5: unknown org tax",
    ),
    (
        "duties",
        "exceptions: []",
        (
            'exceptions:\n  - {measure: "1.2", period: 2021Q1, rule: next}\n'
            '  - {measure: "1.2", period: 2021Q1, rule: previous}'
        ),
        "duties.yaml:6: the same exception twice",
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


def test_two_regions_on_one_tile_are_told_once(files: RegisterFiles) -> None:
    files.change("regions", "kind: district", "kind: district, tile: [2, 1]")
    files.change("regions", "kind: zone", "kind: zone, tile: [2, 1]")
    (found,) = files.faults()
    assert (found.file, found.line) == ("regions.yaml", 4)
    assert found.message == "GAOXIN and 610102 have the same tile"
    assert found.message_zh == "GAOXIN 与 610102 的 tile 相同"
