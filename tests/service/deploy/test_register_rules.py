"""The rules made of the bundled register: up to date, and each fires when it should and only then.

The tests for promtool are made here, from the register's files and from dates worked out by hand.
Half of the targets and of the units stand one way and half the other, in turns, with two replicas,
so that what is said of one is seen not to be said of its neighbour.
"""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

import pytest
import yaml
from typer.testing import CliRunner

from services.cli import app
from tests.support.monitoring import REGISTER_RULES, Json, alert_rules, checked

NOTICE: Final = REGISTER_RULES.parents[1]
RUNBOOKS: Final = "https://duibiao.example.invalid/docs/runbooks"
# Last seconds in Asia/Shanghai: `date -d '2021-12-31 15:59:59Z' +%s`. The 10th working day after a
# quarter: the fourth quarter's, for one, after New Year, the 3rd of January off: 17 January.
MARCH, JUNE, SEPTEMBER, DECEMBER = 1617206399, 1625068799, 1633017599, 1640966399
QUARTERS: Final = {
    "2021Q1": (MARCH, 1618502399),  # 15 April
    "2021Q2": (JUNE, 1626278399),  # 14 July
    "2021Q3": (SEPTEMBER, 1634745599),  # 20 October
    "2021Q4": (DECEMBER, 1642435199),  # 17 January
}
THIRTY_DAYS: Final = 2592000
JUDGED: Final = {
    DECEMBER: (
        "2021年12月31日",
        "2021-12-31",
        ["T01", "T02", "T03", "T04", "T05", "T06", "T07", "T10"],
    ),
    MARCH: ("2021年3月31日", "2021-03-31", ["T13", "T14"]),
}
# Neither a figure nor a direction to compare with.
BARE: Final = {"T08", "T09", "T11", "T18"}


def named(part: str, key: str) -> dict[str, tuple[str, str]]:
    """Return the names of a part of the register by code: Chinese and English."""
    listed = yaml.safe_load((NOTICE / f"{part}.yaml").read_text("utf-8"))[part]
    return {one[key]: (one["name_zh"], one["name"]) for one in listed}


TARGETS: Final = named("targets", "target")
ORGS: Final = named("orgs", "code")
LEADS: Final = sorted(
    {
        org
        for one in yaml.safe_load((NOTICE / "measures.yaml").read_text("utf-8"))["measures"]
        for org in one["leads"]
    }
)
SAID: Final[dict[str, Callable[..., tuple[str, str]]]] = {
    "TargetMissed": lambda one, zh, en: (
        f"目标 {one} 未达标：{zh}",
        f"The city misses target {one} in the present period: {en}",
    ),
    "TargetBehind": lambda one, zh, en: (
        f"目标 {one} 进度滞后：{zh}",
        f"Target {one} is at risk or behind: {en}",
    ),
    "TargetUnseen": lambda one, zh, en: (
        f"采集不到目标 {one} 的数据：{zh}",
        f"The indicators service shows no metrics of target {one}: {en}",
    ),
    "FigureMissing": lambda one, zh, en, period: (
        f"目标 {one} {period} 数据到期未报：{zh}",
        f"The figure of target {one} for {period} is overdue: {en}",
    ),
    "TargetDueSoon": lambda one, zh, en, day_zh, day: (
        f"目标 {one} 将于{day_zh}到期，尚未达标：{zh}",
        f"Target {one} is judged by {day} and is not attained: {en}",
    ),
}
INFO: Final = {"TargetBehind", "TargetDueSoon"}


def alert(name: str, one: str, *more: str, **labels: str) -> Json:
    summary, description = SAID[name](one, *TARGETS[one], *more)
    return {
        "exp_labels": {
            "target": one,
            "severity": "info" if name in INFO else "warning",
            "owner": "operators" if name == "TargetUnseen" else "office",
            **labels,
        },
        "exp_annotations": {
            "summary": summary,
            "description": description,
            "runbook_url": f"{RUNBOOKS}/{name}.md",
        },
    }


def owed(org: str, count: int) -> Json:
    zh, en = ORGS[org]
    return {
        "exp_labels": {"org": org, "severity": "warning", "owner": "office"},
        "exp_annotations": {
            "summary": f"{zh}有 {count} 项报送逾期未报",
            "description": f"Reports that {en} owes are overdue: {count}",
            "runbook_url": f"{RUNBOOKS}/ReportsOverdue.md",
        },
    }


def at(time: str, name: str, *alerts: Json) -> Json:
    return {"eval_time": time, "alertname": name, "exp_alerts": list(alerts)}


def series(name: str, values: str, **labels: str) -> Json:
    text = ", ".join(f'{key}="{value}"' for key, value in labels.items())
    return {"series": f"{name}{{{text}}}", "values": values}


def of_city(name: str, values: str, **labels: str) -> list[Json]:
    """Return a series of the city as two replicas show it."""
    city = {"org": "", "region": "610100", **labels}
    return [series(f"duibiao_target_{name}", values, **city, instance=one) for one in "ab"]


def halves(codes: list[str], turn: int) -> tuple[list[str], list[str]]:
    return (codes[1::2], codes[::2]) if turn else (codes[::2], codes[1::2])


def statuses(turn: int) -> Json:
    """Half are missed, half are behind; eight scrapes fail meanwhile; units and districts apart."""
    missed, behind = halves(sorted(TARGETS.keys() - BARE), turn)
    values = "0 0 1x9 stale _x7 1x4 0x4"  # true from 2m to 24m, unknown from 12m to 19m
    status = {code: "regressed" if code in ("T10", "T12") else "missed" for code in missed}
    status |= {code: "at_risk" if code in ("T01", "T02") else "behind" for code in behind}
    shown = [
        one
        for code, word in status.items()
        for one in of_city("status", values, target=code, status=word)
    ]
    for code in TARGETS:  # of no alert's: a unit's row, a district's, another city's
        for org, region in (("tax-bureau", "610100"), ("", "610102"), ("", "990100")):
            row = {"target": code, "org": org, "region": region, "status": "missed"}
            shown.append(series("duibiao_target_status", "1x40", **row))
    cases = []
    for name, codes in (("TargetMissed", missed), ("TargetBehind", behind)):
        fires = [alert(name, code) for code in codes]
        cases += [at("2m", name), at("3m", name, *fires), at("19m", name, *fires), at("25m", name)]
    return {"interval": "1m", "input_series": shown, "alert_rule_test": cases}


def unseen(turn: int) -> Json:
    """Half are no longer shown; the last sample stands for ten minutes, and ten pass in doubt."""
    gone, there = halves(list(TARGETS), turn)
    shown = [
        one for code in gone for one in of_city("status", "1x8 _x40 1x9", target=code, status="met")
    ]
    shown += [
        one for code in there for one in of_city("status", "1x80", target=code, status="unknown")
    ]
    shown.append(series("up", "1x80", job="duibiao-indicators", instance="a"))
    fires = [alert("TargetUnseen", code) for code in gone]
    cases = [
        at("25m", "TargetUnseen"),
        at("26m", "TargetUnseen", *fires),
        at("33m", "TargetUnseen"),
    ]
    return {"interval": "40s", "input_series": shown, "alert_rule_test": cases}


def nothing_scraped() -> Json:
    """No series at all, and the service down: that is another rule's."""
    names = {rule["alert"] for rule in alert_rules(REGISTER_RULES)}
    down = [series("up", "0x60", job="duibiao-indicators")]
    cases = [at("50m", name) for name in sorted(names)]
    return {"interval": "1m", "input_series": down, "alert_rule_test": cases}


def reports(turn: int) -> Json:
    """Half owe two reports, one of which comes; the others' are late, or not due."""
    owing, others = halves(LEADS, turn)
    shown = []
    for instance in "ab":
        for org in owing:
            first = {"duty": "1.1/2021Q1", "org": org, "instance": instance}
            second = {"duty": "1.2/2021Q1", "org": org, "instance": instance}
            values = "_ _ 1x9 stale _x40"  # overdue from 2m to 11m
            shown.append(series("duibiao_duty_status", values, **first, status="overdue"))
            shown.append(series("duibiao_duty_status", "_x12 1x40", **first, status="late"))
            values = "_ _ 1x9 stale _x7 1x4 stale"  # and this one to 24m
            shown.append(series("duibiao_duty_status", values, **second, status="overdue"))
            shown.append(series("duibiao_duty_status", "_x25 1x9", **second, status="on_time"))
        for org in others:
            late = {"duty": "1.1/2021Q1", "org": org, "status": "late", "instance": instance}
            shown.append(series("duibiao_duty_status", "1x40", **late))
    two, one = ([owed(org, count) for org in owing] for count in (2, 1))
    name = "ReportsOverdue"
    cases = [at("2m", name), at("3m", name, *two), at("11m", name, *two), at("12m", name, *one)]
    cases += [at("19m", name, *one), at("24m", name, *one), at("25m", name)]
    return {"interval": "1m", "input_series": shown, "alert_rule_test": cases}


def at_second(second: int, shown: list[Json], cases: list[tuple[str, list[Json]]]) -> Json:
    """Return a file of tests that look at one second since 1970: the first step is that long."""
    time = f"{second}s"
    group = {"interval": time, "input_series": shown}
    group["alert_rule_test"] = [at(time, name, *alerts) for name, alerts in cases]
    return {"evaluation_interval": time, "tests": [group]}


def near_dates() -> Iterator[Json]:
    """From thirty days before the date, to its last second, where the target is not attained."""
    for until, (day_zh, day, codes) in JUDGED.items():
        for turn in (0, 1):
            short, attained = halves(codes, turn)
            shown = []
            for code in codes:
                word = "unknown" if code in ("T01", "T13") else "behind"
                shown += of_city("status", "1x9", target=code, status=word)
                ratio = "1x9" if code in attained else "0.99x9"
                if word != "unknown" or code in attained:
                    shown += of_city("attainment_ratio", ratio, target=code)
            fires = [alert("TargetDueSoon", code, day_zh, day) for code in short]
            begins = until - THIRTY_DAYS
            for second, found in (
                (begins, []),
                (begins + 1, fires),
                (until, fires),
                (until + 1, []),
            ):
                yield at_second(second, shown, [("TargetDueSoon", found)])


def waived() -> Json:
    """A waived target asks for nothing."""
    shown = of_city("status", "1x9", target="T13", status="waived")
    return at_second(MARCH, shown, [("TargetDueSoon", [])])


def missing_figures() -> Iterator[Json]:
    """Half have a figure for the period; the rest one for the period before, or none at all."""
    before = 0
    for period, (end, due) in QUARTERS.items():
        for turn in (0, 1):
            late, there = halves(list(TARGETS), turn)
            shown = []
            for code in late if before else []:
                shown += of_city("period_end_timestamp_seconds", f"{before}x9", target=code)
                shown += of_city("value", "3x9", target=code)
            for code in late if not before else []:  # the present period is the last of the year
                shown += of_city("period_end_timestamp_seconds", f"{DECEMBER}x9", target=code)
            for code in there:
                shown += of_city("period_end_timestamp_seconds", f"{end}x9", target=code)
                shown += of_city("value", "0x9", target=code)
            fires = [alert("FigureMissing", code, period, period=period) for code in late]
            yield at_second(due, shown, [("FigureMissing", [])])
            yield at_second(due + 1, shown, [("FigureMissing", fires)])
        before = end


def a_figure_comes() -> Json:
    """Half a year without a figure, then the second quarter's: only the third's is owed."""
    second = QUARTERS["2021Q3"][1] + 1
    ends = f"{DECEMBER} {DECEMBER} {JUNE}"
    shown = of_city("period_end_timestamp_seconds", ends, target="T16")
    shown += of_city("value", "_ _ 5", target="T16")
    return {
        "evaluation_interval": f"{second - 60}s",
        "tests": [
            {
                "interval": f"{second - 60}s",
                "input_series": shown,
                "alert_rule_test": [
                    at(
                        f"{second - 60}s",
                        "FigureMissing",
                        *(
                            alert("FigureMissing", "T16", one, period=one)
                            for one in ("2021Q1", "2021Q2")
                        ),
                    ),
                    at(
                        f"{2 * (second - 60)}s",
                        "FigureMissing",
                        *(
                            alert("FigureMissing", "T16", one, period=one)
                            for one in ("2021Q3", "2021Q4")
                        ),
                    ),
                ],
            }
        ],
    }


def test_files() -> list[Json]:
    turns = [[make(turn) for turn in (0, 1)] for make in (statuses, unseen, reports)]
    by_minute = [{"evaluation_interval": "1m", "tests": groups} for groups in turns]
    nothing = {"evaluation_interval": "1m", "tests": [nothing_scraped()]}
    return [*by_minute, nothing, *near_dates(), waived(), *missing_figures(), a_figure_comes()]


test_files.__test__ = False  # type: ignore[attr-defined]


def subject(rule: Json) -> tuple[str, str]:
    labels = rule.get("exp_labels") or rule["labels"]
    return labels.get("target", ""), labels.get("org", "")


def test_the_file_is_what_the_register_gives() -> None:
    """`make docs` writes it again."""
    said = CliRunner().invoke(app, ["rules", "export"])

    assert said.exit_code == 0
    assert said.output == REGISTER_RULES.read_text("utf-8")


def test_the_rules_are_sound() -> None:
    said = checked("promtool", "check", "rules", str(REGISTER_RULES), folder=NOTICE)

    assert "SUCCESS" in said


def cut_to(names: set[str], whole: Json) -> Json:
    """Return the rules that a test looks at, and those that record: the rest costs time."""
    groups = [
        {**group, "rules": [one for one in group["rules"] if one.get("alert") in {*names, None}]}
        for group in whole["groups"]
    ]
    return {"groups": groups}


def test_every_rule_fires_at_its_time_and_resolves(tmp_path: Path) -> None:
    whole, files = yaml.safe_load(REGISTER_RULES.read_text("utf-8")), []
    for number, content in enumerate(test_files()):
        cases = [case for group in content["tests"] for case in group["alert_rule_test"]]
        rules, file = tmp_path / f"{number}.yml", tmp_path / f"{number}.test.yml"
        # JSON is YAML, and written sooner.
        rules.write_text(json.dumps(cut_to({case["alertname"] for case in cases}, whole)), "utf-8")
        file.write_text(json.dumps({"rule_files": [str(rules)], **content}), "utf-8")
        files.append(file)

    checked("promtool", "test", "rules", *map(str, files), folder=tmp_path)


def test_no_rule_is_without_a_test() -> None:
    """Each is seen firing; what is not listed is seen silent."""
    cases: list[Any] = [
        (case["alertname"], alert)
        for file in test_files()
        for group in file["tests"]
        for case in group["alert_rule_test"]
        for alert in case["exp_alerts"]
    ]
    fired = {(name, *subject(one)) for name, one in cases}

    assert fired == {(rule["alert"], *subject(rule)) for rule in alert_rules(REGISTER_RULES)}
    for _, one in cases:
        assert "{{" not in str(one)


def test_a_runbook_elsewhere_a_file_and_a_register_that_is_not_valid(tmp_path: Path) -> None:
    file = tmp_path / "rules.yml"
    wanted = [
        "rules",
        "export",
        "--output",
        str(file),
        "--runbooks",
        "https://wiki.example.invalid/x/",
    ]

    assert CliRunner().invoke(app, wanted).exit_code == 0
    urls = {rule["annotations"]["runbook_url"] for rule in alert_rules(file)}
    assert "https://wiki.example.invalid/x/TargetMissed.md" in urls
    assert all(url.startswith("https://wiki.example.invalid/x/") for url in urls)
    refused = CliRunner().invoke(app, [*wanted[:2], "--output", str(tmp_path / "no" / "rules.yml")])
    assert refused.exit_code == 1
    assert "无法写入" in refused.output
    assert CliRunner().invoke(app, ["rules", "export", "--register", str(tmp_path)]).exit_code == 1


@pytest.mark.parametrize("word", ["owner", "severity"])
def test_labels_are_those_that_routes_know(word: str) -> None:
    known = {"owner": {"office", "operators"}, "severity": {"info", "warning"}}

    assert {rule["labels"][word] for rule in alert_rules(REGISTER_RULES)} == known[word]
