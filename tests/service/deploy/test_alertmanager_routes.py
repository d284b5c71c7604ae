"""Who is told: Alertmanager takes our configuration, and every rule's alert finds its owner."""

from collections.abc import Mapping
from typing import Final

import pytest
import yaml

from tests.support.monitoring import DEPLOY, REGISTER_RULES, Json, alert_rules, checked

CONFIG: Final = DEPLOY / "alertmanager" / "alertmanager.yml"
# Of the many rules of a register one of each name, as they differ in the target or the unit alone.
RULES: Final = [
    *alert_rules(),
    *{rule["alert"]: rule for rule in alert_rules(REGISTER_RULES)}.values(),
]


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


def test_what_the_product_itself_would_send_has_a_receiver() -> None:
    labels = {"alertname": "TargetBreached", "target": "T16", "colour": "red", "owner": "office"}

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

    assert named <= {rule["alert"] for rule in alert_rules()}
    assert not named & {r["alert"] for r in alert_rules() if r["labels"]["owner"] == "office"}
