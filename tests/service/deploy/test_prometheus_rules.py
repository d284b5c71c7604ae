"""The rules that ship: they parse, do what they say, and speak of metrics that exist."""

import re
from typing import Final

import yaml

from tests.support import project
from tests.support.monitoring import (
    DEPLOY,
    REGISTER_RULES,
    RULES,
    Json,
    alert_rules,
    checked,
    documented_labels,
    metrics_in,
)

RUNBOOKS: Final = "https://duibiao.example.invalid/docs/runbooks/"
# Prometheus' own, and those that our configuration sets.
OTHER_LABELS: Final = {"le", "job", "instance"}
MATCHERS: Final = re.compile(r"\b(duibiao_[a-z_]+)\{([^}]*)\}")
BY: Final = re.compile(r"\bby \(([^)]*)\)")
CHINESE: Final = re.compile(r"[\u4e00-\u9fff]")
TESTS: Final = [RULES.with_name(name) for name in ("rules.test.yml", "rules.day.test.yml")]
UNITS: Final = {"h": 3600, "m": 60, "s": 1}


def seconds(duration: str) -> int:
    """Return a duration of Prometheus' in seconds: 24h10m -> 87000."""
    return sum(int(number) * UNITS[unit] for number, unit in re.findall(r"(\d+)([hms])", duration))


def all_rules() -> list[Json]:
    """Return the rules for any register, and those of the bundled one."""
    return [*alert_rules(), *alert_rules(REGISTER_RULES)]


def test_configuration_and_rules_are_sound() -> None:
    said = checked("promtool", "check", "config", str(DEPLOY / "prometheus" / "prometheus.yml"))

    assert f"{len(alert_rules())} rules found" in said


def test_every_rule_fires_when_it_should_and_only_then() -> None:
    checked("promtool", "test", "rules", *map(str, TESTS))


def test_every_rule_is_seen_silent_a_step_before_firing_and_over() -> None:
    began: set[str] = set()
    over: set[str] = set()
    unscraped: set[str] = set()
    for content in (yaml.safe_load(file.read_text("utf-8")) for file in TESTS):
        for group in content["tests"]:
            steps = [seconds(group["interval"]), seconds(content["evaluation_interval"])]
            times: dict[str, dict[int, bool]] = {}
            for case in group["alert_rule_test"]:
                of_rule = times.setdefault(case["alertname"], {})
                of_rule[seconds(case["eval_time"])] = bool(case["exp_alerts"])
            for name, fires in times.items():
                first = min((at for at, firing in fires.items() if firing), default=0)
                before = [fires.get(first - step) for step in steps]
                began |= {name} if False in before else set()
                over |= {name} if any(fires.values()) and not fires[max(fires)] else set()
            unscraped |= set() if group["input_series"] else times.keys()

    names = {rule["alert"] for rule in alert_rules()}
    assert began == over == names
    assert unscraped == names - {"ServiceAbsent"}


def test_rules_ask_only_for_metrics_and_labels_that_are_documented() -> None:
    documented = documented_labels()
    for rule in all_rules():
        asked = metrics_in(rule["expr"])
        assert asked <= documented.keys(), rule["alert"]
        known = OTHER_LABELS.union(*(documented[name] for name in asked))
        known |= {"target", "status"} if "duibiao:city_" in rule["expr"] else set()  # recorded
        by = {label.strip() for part in BY.findall(rule["expr"]) for label in part.split(",")}
        assert by <= known, rule["alert"]
        for metric, matchers in MATCHERS.findall(rule["expr"]):
            assert set(re.findall(r"([a-z_]+)\s*[=!]", matchers)) <= documented[metric]


def test_a_rule_says_whose_it_is_how_bad_and_in_both_languages_what() -> None:
    for rule in all_rules():
        labels, words = rule["labels"], rule["annotations"]
        assert labels["owner"] in {"office", "operators"}, rule["alert"]
        assert labels["severity"] in {"info", "warning", "critical"}, rule["alert"]
        assert CHINESE.search(words["summary"]), rule["alert"]
        assert not CHINESE.search(words["description"]), rule["alert"]
        assert words["runbook_url"] == f"{RUNBOOKS}{rule['alert']}.md"


def test_every_rule_has_a_runbook_and_every_runbook_a_rule() -> None:
    folder = project.ROOT / "docs" / "runbooks"
    pages = {path.stem: path.read_text("utf-8") for path in folder.iterdir()}

    assert set(pages) == {rule["alert"] for rule in all_rules()}
    for name, text in pages.items():
        title, meaning = text.splitlines()[0], text.splitlines()[2]
        assert title.startswith(f"# {name} "), name
        assert CHINESE.search(title), name
        assert meaning.startswith("**含义**："), name


def test_the_guide_lists_every_rule_with_its_owner() -> None:
    rows = {row[0]: row[1] for row in project.table("deploy.md", "Monitoring 监控")[5:]}
    listed = {row.strip("[").partition("]")[0]: owner for row, owner in rows.items()}

    wanted = {rule["alert"]: rule["labels"]["owner"] for rule in all_rules()}
    assert wanted.items() <= listed.items()
    assert {name for name in listed if name[0].isupper()} == set(wanted)


def test_each_service_is_scraped_by_a_job_of_the_name_that_the_rules_know() -> None:
    config = yaml.safe_load((DEPLOY / "prometheus" / "prometheus.yml").read_text("utf-8"))
    jobs = {job["job_name"]: job["static_configs"] for job in config["scrape_configs"]}

    assert jobs == {
        f"duibiao-{name}": [{"targets": [f"{name}:8080"]}]
        for name in ("ingest", "indicators", "alerts")
    }
