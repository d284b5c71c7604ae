"""All that is wrong is listed at once: an empty key, and a mistake beside which others stand."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from duibiao.register.documents import read_document, table
from duibiao.register.reading import schema
from tests.service.register.register_files import SOUND, RegisterFiles, told
from tests.service.register.test_declared import WRONG
from tests.service.register.test_mistakes_in_targets import MISTAKES as IN_TARGETS
from tests.service.register.test_mistakes_in_work import MISTAKES as IN_WORK

# Shapes that the small register does not hold, and one of each.
OPTIONAL_SHAPES = {
    "    min_sample: 5\n": (
        "indicators",
        (
            "    usual: {minimum: 1, maximum: 2}\n    clock: {max_extension: 5}\n"
            "    doubts: {at_limit: 60}\n"
        ),
    ),
    'sending_hour: "09:00"\n': (
        "alerts",
        'sending_hour: "09:00"\nscorecard: {attainment: 3, quality: 1}\n',
    ),
    "exceptions: []": ("duties", 'exceptions:\n  - {measure: "1.1", period: 2021Q1, rule: next}'),
    "indicators:\n": (
        "indicators",
        "units:\n  - {unit: firm, name_zh: 户, name: firms}\nindicators:\n",
    ),
}


def full(files: RegisterFiles) -> RegisterFiles:
    for stood, (part, wrote) in OPTIONAL_SHAPES.items():
        files.change(part, stood, wrote)
    return files


def mappings(part: str) -> Iterator[tuple[str, Any]]:
    """Yield the name of each mapping of a file, and its shape."""
    whole = schema(part)
    yield "", whole
    for name, shape in whole["$defs"].items():
        yield name, shape
    for name, shape in whole["properties"].items():
        if "propertyNames" in shape:
            yield name, {"properties": dict.fromkeys(shape["propertyNames"]["enum"]), **shape}


OPTIONAL = [
    (part, name, key)
    for part in SOUND
    for name, shape in mappings(part)
    for key in shape["properties"]
    if key not in shape.get("required", ())
]
# The line behind which a key of the mapping may stand, and how far in.
BEHIND = {
    ("alerts", "AlertRule"): ("    name: No reply\n", "    "),
    ("checks", "FieldRule"): ("    message: Due before it was accepted\n", "    "),
    ("indicators", "Indicator"): ("    name: Items\n", "    "),
    ("targets", "Target"): ("    name: Mostly online\n", "    "),
}
INSIDE = {
    ("alerts", "caps"): "caps: {",
    ("alerts", "reply_within"): "reply_within: {",
    ("alerts", "ScorecardWeights"): "scorecard: {",
    ("duties", "DutyException"): '{measure: "1.1", ',
    ("indicators", "ClockRules"): "clock: {",
    ("indicators", "DoubtRules"): "doubts: {",
    ("indicators", "Unit"): "{unit: firm, ",
    ("orgs", "Org"): "{code: tax-bureau, ",
    ("regions", "Region"): "{code: GAOXIN, ",
}


def without(text: str, place: int, key: str) -> str:
    """Return a file without the key of the entry around a place, if it stands there."""
    start = text.rfind("\n  - ", 0, place) + 1
    end = text.find("\n  - ", place) + 1 or len(text)
    entry = re.sub(rf"\n    {key}: .*", "", text[start:end])
    return text[:start] + entry + text[end:]


@pytest.mark.parametrize(("part", "mapping", "key"), OPTIONAL)
@pytest.mark.parametrize("value", ["", '""'])
def test_an_optional_key_left_empty_is_told(
    files: RegisterFiles, part: str, mapping: str, key: str, value: str
) -> None:
    text = full(files).text(part)
    if mapping == "":
        text = re.sub(rf"(?m)^{key}:.*\n([ -].*\n)*", "", text) + f"{key}: {value}\n"
    elif (part, mapping) in BEHIND:
        line, indent = BEHIND[part, mapping]
        text = without(text, text.index(line), key)
        text = text.replace(line, f"{line}{indent}{key}: {value}\n")
    else:
        start = INSIDE[part, mapping]
        assert text.count(start) == 1
        head, tail = text.split(start)
        text = head + start + f"{key}: {value}, " + re.sub(rf"{key}: \w+(, )?", "", tail, count=1)
    files.write(part, text)
    assert read_document(part, text.encode()).errors == []
    left = re.compile(rf"{key}: *{value}(,|$)")
    stands = next(n for n, row in enumerate(text.splitlines(), 1) if left.search(row))
    errors = [one for one in files.faults() if (one.file, one.line) == (f"{part}.yaml", stands)]
    assert f"{key} is empty; fill it in or leave the key out" in [one.message for one in errors]
    assert f"{key} 未填写，不需要时请删去此行" in [one.message_zh for one in errors]


def test_a_required_key_left_empty_is_one_error(files: RegisterFiles) -> None:
    files.change("tasks", "title: Rule of law", 'title: ""')
    assert told(files.faults()) == ["tasks.yaml:3: title is empty; fill it in or leave the key out"]


@pytest.mark.parametrize(
    ("part", "stood", "wrote"), [one[:3] for one in [*WRONG, *IN_TARGETS, *IN_WORK]]
)
def test_every_mistake_has_words_of_its_own(
    files: RegisterFiles, part: str, stood: str, wrote: str
) -> None:
    files.change(part, stood, wrote)
    assert not [line for line in told(files.faults()) if "is invalid" in line]


@pytest.mark.parametrize(
    ("part", "stood", "wrote", "message"),
    [
        ("orgs", "name: Tax Bureau", "name: " + "x" * 161, "must be at most 160 characters"),
        ("alerts", "caps: {strive: yellow}", "caps: [a]", "caps: must be a mapping, is […]"),
        ("targets", "basis: none", "basis: nobe", "nobe is not one of: stated, interpreted, none"),
        ("alerts", "caps: {strive:", "caps: {strve:", "unknown key strve; strive?"),
        ("alerts", "{yellow: 5,", "{yelow: 5,", "unknown key yelow; yellow?"),
        ("alerts", "{yellow: 5,", "{yelow: 5,", "yellow is missing"),
        ("measures", "measures:\n", "measurez:\n", "unknown key measurez; measures?"),
        ("targets", "baseline: {value:", "baseline: {valu:", "unknown key valu; value?"),
        (
            "alerts",
            "    statuses: [overdue]\n",
            "    statuses: [overdue]\n    periods: 1\n",
            "periods means nothing on duty",
        ),
        ("checks", "not_before: accepted_at", 'needs: ""', "needs is empty"),
    ],
)
def test_a_mistake_is_told(
    files: RegisterFiles, part: str, stood: str, wrote: str, message: str
) -> None:
    files.change(part, stood, wrote)
    lines = told(files.faults())
    assert any(
        line.endswith(message) or f"{message}, is" in line or f"{message};" in line
        for line in lines
    )


@pytest.mark.parametrize(
    ("part", "stood", "wrote", "errors"),
    [
        (  # `due` is a key of a target, not of its baseline
            "targets",
            "baseline: {value:",
            "baseline: {dues: 1, value:",
            ["targets.yaml:31: unknown key dues"],
        ),
        (
            "alerts",
            "wait_for_morning:",
            '"[key]": 1\nwait_for_morning:',
            ["alerts.yaml:30: unknown key [key]"],
        ),
        (
            "alerts",
            "caps: {strive: yellow}",
            'caps: {"[key]": yellow}',
            ["alerts.yaml:26: unknown key [key]"],
        ),
        (
            "alerts",
            "caps: {strive: yellow}",
            'caps: {"[key]": green}',
            [
                "alerts.yaml:26: unknown key [key]",
                "alerts.yaml:26: [key]: green is not one of: blue, yellow, red",
            ],
        ),
    ],
)
def test_an_unknown_key_is_told_as_such(
    files: RegisterFiles, part: str, stood: str, wrote: str, errors: list[str]
) -> None:
    files.change(part, stood, wrote)
    assert told(files.faults()) == errors


WITHOUT_REPORTER = """\
  - {code: others, name_zh: 其他, name: Others, unit: item, statistic: latest, direction: up}
"""


@pytest.mark.parametrize(
    ("mistake", "other", "message"),
    [
        (
            ("alerts", '"09:00"', '"24:00"'),
            ("alerts", "statuses: [overdue]", "statuses: [missed]"),
            "alerts.yaml:11: missed is no status of a duty",
        ),
        (
            ("alerts", "caps: {strive: yellow}", "caps: []"),
            ("alerts", "    after_workdays: 5\n", ""),
            "alerts.yaml:16: a rule on figure needs after_workdays",
        ),
        (
            ("checks", "factor: 3", "factor: 0"),
            ("checks", "not_before: accepted_at", "not_before: outcome"),
            "checks.yaml:6: not_before compares times; outcome holds none",
        ),
        (
            ("notice", "  issuer: Trial Office\n", ""),
            ("notice", "first: 2021-01-01", "first: 2022-01-01"),
            "notice.yaml:12: the window ends 2021-12-31, before it begins 2022-01-01",
        ),
        (
            ("notice", "  issuer: Trial Office\n", ""),
            ("regions", "kind: district", "kind: city"),
            "regions.yaml:3: the one city is 610100 (notice.yaml), 610102 is given as city",
        ),
        (
            ("notice", 'city: "610100"', 'city: "610199"'),
            ("notice", "first: 2021-01-01", "first: 2022-01-01"),
            "notice.yaml:13: the window ends 2021-12-31, before it begins 2022-01-01",
        ),
        (
            ("notice", 'city: "610100"', 'city: "610199"'),
            (
                "regions",
                "GAOXIN, name_zh: 高新区, name: Hi-tech Zone, kind: zone",
                "GAOXIN, name_zh: 高新区, name: Hi-tech Zone, kind: county",
            ),
            "regions.yaml:4: GAOXIN: a county carries its six digits of GB/T 2260",
        ),
        (
            ("measures", "leads: [tax-bureau]", "leads: [tax]"),
            ("measures", '"3.1"', '"3.2"'),
            "measures.yaml:12: 3.2 does not follow 1.2: a gap, or out of order",
        ),
        (
            ("tasks", "leads: [justice-bureau]", "leads: [justice]"),
            ("tasks", "task: 3", "task: 4"),
            "tasks.yaml:4: task 3 should stand here, not 4",
        ),
        (
            ("tasks", "leads: [justice-bureau]", "leads: [justice]"),
            ("measures", '"3.1"', '"4.1"'),
            "measures.yaml:12: a measure of unknown task 4",
        ),
        (
            ("targets", "basis: none", "basis: statd"),
            ("indicators", "  - code: items\n", WITHOUT_REPORTER + "  - code: items\n"),
            f"indicators.yaml:19: {table('messages')['nobody-reports'][0]}",
        ),
    ],
)
def test_a_mistake_hides_no_other(
    files: RegisterFiles, mistake: tuple[str, str, str], other: tuple[str, str, str], message: str
) -> None:
    files.change(*other)
    files.change(*mistake)
    lines = told(files.faults())
    assert message in lines
    assert len(lines) > 1


def test_nothing_is_out_of_order_beside_a_wrong_number(files: RegisterFiles) -> None:
    files.change("tasks", "task: 2", "task: 0")
    files.change("measures", '"1.2"', '"1.0"')
    lines = told(files.faults())
    assert not [line for line in lines if "should stand" in line or "does not follow" in line]


def test_a_chapter_that_is_invalid_puts_no_other_out_of_order(files: RegisterFiles) -> None:
    chapters = "  - {title_zh: 甲, title: 甲, first: 1}\n  - {title_zh: 乙, title: B, first: 2}\n"
    files.change("tasks", "tasks:", f"chapters:\n{chapters}tasks:")
    assert told(files.faults()) == ["tasks.yaml:2: title: must be English, is 甲"]


@pytest.mark.parametrize("content", [b"a: [1, 2\nb: 3\n", b"a: 1\n\tb: 2\n"])
def test_chinese_of_what_is_not_yaml_holds_no_english(content: bytes) -> None:
    [error] = read_document("file.yaml", content).errors
    assert error.message_zh == f"第 {error.line} 行不是有效的 YAML"


def test_chinese_of_a_missing_file_holds_no_english(files: RegisterFiles) -> None:
    (files.folder / "tasks.yaml").unlink()
    assert files.faults()[0].message_zh == "无法读取：文件不存在"


def test_chinese_of_a_file_that_may_not_be_read(
    files: RegisterFiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(_: Path) -> bytes:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "read_bytes", refused)
    assert {error.message_zh for error in files.faults() if "cannot" in error.message} == {
        "无法读取：没有读取权限"
    }


def test_the_shapes_added_are_valid(files: RegisterFiles) -> None:
    assert full(files).faults() == ()
