"""The rules that ship: they parse, do what they say, and speak of metrics that exist."""

import re
from typing import Final

import yaml

from tests.support import project
from tests.support.monitoring import (
    DEPLOY,
    RULES,
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


def test_configuration_and_rules_are_sound() -> None:
    said = checked("promtool", "check", "config", str(DEPLOY / "prometheus" / "prometheus.yml"))

    assert f"{len(alert_rules())} rules found" in said


def test_every_rule_fires_when_it_should_and_only_then() -> None:
    checked("promtool", "test", "rules", str(RULES.with_name("rules.test.yml")))


def test_every_rule_is_seen_firing_and_seen_silent() -> None:
    groups = yaml.safe_load(RULES.with_name("rules.test.yml").read_text("utf-8"))["tests"]
    cases = [case for group in groups for case in group["alert_rule_test"]]
    names = {rule["alert"] for rule in alert_rules()}

    assert {case["alertname"] for case in cases if case["exp_alerts"]} == names
    assert {case["alertname"] for case in cases if not case["exp_alerts"]} == names


def test_rules_ask_only_for_metrics_and_labels_that_are_documented() -> None:
    documented = documented_labels()
    for rule in alert_rules():
        asked = metrics_in(rule["expr"])
        assert asked <= documented.keys(), rule["alert"]
        known = OTHER_LABELS.union(*(documented[name] for name in asked))
        by = {label.strip() for part in BY.findall(rule["expr"]) for label in part.split(",")}
        assert by <= known, rule["alert"]
        for metric, matchers in MATCHERS.findall(rule["expr"]):
            assert set(re.findall(r"([a-z_]+)\s*[=!]", matchers)) <= documented[metric]


def test_a_rule_says_whose_it_is_how_bad_and_in_both_languages_what() -> None:
    for rule in alert_rules():
        labels, words = rule["labels"], rule["annotations"]
        assert labels["owner"] in {"office", "operators"}, rule["alert"]
        assert labels["severity"] in {"warning", "critical"}, rule["alert"]
        assert CHINESE.search(words["summary"]), rule["alert"]
        assert not CHINESE.search(words["description"]), rule["alert"]
        assert words["runbook_url"] == f"{RUNBOOKS}{rule['alert']}.md"


def test_every_rule_has_a_runbook_and_every_runbook_a_rule() -> None:
    folder = project.ROOT / "docs" / "runbooks"
    pages = {path.stem: path.read_text("utf-8") for path in folder.iterdir()}

    assert set(pages) == {rule["alert"] for rule in alert_rules()}
    for name, text in pages.items():
        title, meaning = text.splitlines()[0], text.splitlines()[2]
        assert title.startswith(f"# {name} "), name
        assert CHINESE.search(title), name
        assert meaning.startswith("**含义**："), name


def test_the_guide_lists_every_rule_with_its_owner() -> None:
    rows = {row[0]: row[1] for row in project.table("deploy.md", "Monitoring 监控")[5:]}
    listed = {row.strip("[").partition("]")[0]: owner for row, owner in rows.items()}

    wanted = {rule["alert"]: rule["labels"]["owner"] for rule in alert_rules()}
    assert wanted.items() <= listed.items()
    assert {name for name in listed if name[0].isupper()} == set(wanted)


def test_each_service_is_scraped_by_a_job_of_the_name_that_the_rules_know() -> None:
    config = yaml.safe_load((DEPLOY / "prometheus" / "prometheus.yml").read_text("utf-8"))
    jobs = {job["job_name"]: job["static_configs"] for job in config["scrape_configs"]}

    assert jobs == {
        f"duibiao-{name}": [{"targets": [f"{name}:8080"]}]
        for name in ("ingest", "indicators", "alerts")
    }
