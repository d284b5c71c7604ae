"""Who is told: Alertmanager takes our configuration, and every rule's alert finds its owner."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import pytest
import yaml

from tests.support.monitoring import (
    DEPLOY,
    REGISTER_RULES,
    Json,
    alert_rules,
    alertmanager,
    checked,
)
from tests.support.waiting import until as wait

CONFIG: Final = DEPLOY / "alertmanager" / "alertmanager.yml"
# Of the many rules of a register one of each name, as they differ in the target or the unit alone.
RULES: Final = [
    *alert_rules(),
    *{rule["alert"]: rule for rule in alert_rules(REGISTER_RULES)}.values(),
]
SENT: Final = {
    *("TargetBreached", "TargetAtRisk", "TargetNearLimit"),
    *("FigureOwed", "DutyOverdue", "DutyDueSoon"),
}
"""The names of the alerts that the product itself sends."""


def receiver(labels: Mapping[str, str]) -> str:
    """Return whom Alertmanager would tell of an alert with these labels."""
    pairs = [f"{name}={value}" for name, value in labels.items()]
    return checked(
        "amtool", "config", "routes", "test", f"--config.file={CONFIG}", *pairs
    ).splitlines()[-1]


def test_the_configuration_is_sound() -> None:
    assert "SUCCESS" in checked("amtool", "check-config", str(CONFIG))


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule["alert"])
def test_every_alert_goes_to_its_owner(rule: Json) -> None:
    labels = {"alertname": rule["alert"], **rule["labels"]}

    assert receiver(labels) == rule["labels"]["owner"]


def test_what_nobody_owns_goes_to_the_operators() -> None:
    assert receiver({"alertname": "Unheard", "severity": "warning"}) == "operators"


@pytest.mark.parametrize("name", sorted(SENT))
def test_what_the_product_itself_sends_has_a_receiver(name: str) -> None:
    labels = {"alertname": name, "severity": "critical", "colour": "red", "owner": "office"}

    assert receiver(labels) == "office"


def test_only_alerts_of_ours_silence_others() -> None:
    config = yaml.safe_load(CONFIG.read_text("utf-8"))
    words = " ".join(
        matcher
        for rule in config["inhibit_rules"]
        for matcher in rule["source_matchers"] + rule["target_matchers"]
    )
    named = {
        name
        for matcher in words.replace('"', " ").replace("|", " ").split()
        if (name := matcher)[0].isupper()
    }

    assert named <= {rule["alert"] for rule in RULES} | SENT
    for rule in config["inhibit_rules"]:
        sources = {name for name in SENT if name in rule["source_matchers"][0]}
        targets = " ".join(rule["target_matchers"])
        hidden = {rule["alert"] for rule in RULES if rule["labels"]["owner"] == "office"}
        # What is the office's is hidden by a card of the same target or unit, and by nothing else.
        assert sources or not any(name in targets for name in hidden)


def test_a_card_hides_what_the_rules_say_of_its_target_or_unit_alone(tmp_path: Path) -> None:
    until = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    cards = [
        ("TargetBreached", {"target": "T16"}),
        ("DutyOverdue", {"org": "tax-bureau", "duty": "6.3/2021Q1"}),
    ]
    said = [("TargetMissed", {"target": "T16"}), ("TargetMissed", {"target": "T01"})]
    said += [("ReportsOverdue", {"org": "tax-bureau"}), ("ReportsOverdue", {"org": "customs"})]
    said += [("FigureMissing", {"target": "T16"})]
    alerts = [
        {"labels": {"alertname": name, "owner": "office", **labels}, "endsAt": until}
        for name, labels in cards + said
    ]
    for name in ("alertmanager.yml", "words.tmpl"):
        (tmp_path / name).write_text(CONFIG.with_name(name).read_text("utf-8"), "utf-8")
    with alertmanager(tmp_path / "alertmanager.yml") as server:
        answer = server.client.post("/api/v2/alerts", json=alerts)
        assert answer.status_code == 200, answer.text

        def hidden() -> set[tuple[str, str]]:
            found = server.get("/api/v2/alerts", inhibited="true")
            return {
                (one["labels"]["alertname"], one["labels"].get("target") or one["labels"]["org"])
                for one in found
                if one["status"]["inhibitedBy"]
            }

        wanted = {("TargetMissed", "T16"), ("ReportsOverdue", "tax-bureau")}
        wait(lambda: hidden() == wanted, what="Alertmanager hides what a card says")
