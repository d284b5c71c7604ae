"""What an alert stood as, from its steps: one after the other, without a gap."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest

from duibiao.register import AlertRule
from services.alerts.domain.alert import Colour, State, Step
from services.alerts.domain.spells import PastStep, Spell, spells
from tests.support.registers import register

RULES = {rule.id: rule for rule in register().alert_rules.rules}
BEGAN = datetime(2021, 4, 16, tzinfo=UTC)


def at(hour: int) -> datetime:
    return BEGAN + timedelta(hours=hour)


def history(*steps: str) -> list[PastStep]:
    """Return steps from words "step state colour rule", an hour apart; rule - for none."""
    found = []
    for hour, words in enumerate(steps):
        step, state, colour, rule = words.split()
        number = f"{Colour(colour).zh}-2021-000{hour}"
        cause = None if rule == "-" else rule
        found.append(PastStep(Step(step), State(state), Colour(colour), number, cause, at(hour)))
    return found


def of(*steps: str) -> list[Spell]:
    return spells(history(*steps), RULES.get)


def stood(found: Sequence[Spell]) -> list[tuple[str, str, int, int | None]]:
    """Return name, colour, and the hours of beginning and end of each spell."""
    hours = timedelta(hours=1)
    return [
        (
            one.name,
            one.colour.value,
            (one.since - BEGAN) // hours,
            None if one.until is None else (one.until - BEGAN) // hours,
        )
        for one in found
    ]


def test_an_answer_leaves_an_alert_what_it_was_until_it_is_closed() -> None:
    life = ["opened firing yellow yellow-breach", "acknowledged acknowledged yellow -"]
    life += ["replied replied yellow -", "recovered replied yellow -"]

    assert stood(of(*life)) == [("TargetBreached", "yellow", 0, None)]
    for step, state in (("closed", "closed"), ("revoked", "revoked"), ("resolved", "resolved")):
        ended = of(*life, f"{step} {state} yellow -")
        assert stood(ended) == [("TargetBreached", "yellow", 0, 4)]
        assert (ended[0].number, ended[0].rule) == ("黄-2021-0000", "yellow-breach")


def test_the_next_colour_begins_as_the_one_before_ends() -> None:
    found = of(
        "opened firing blue blue-short",
        "escalated firing yellow yellow-breach",
        "acknowledged acknowledged yellow -",
        "escalated firing red red-no-reply",
        "closed closed red -",
    )

    assert stood(found) == [
        ("TargetAtRisk", "blue", 0, 1),
        ("TargetBreached", "yellow", 1, 3),
        ("TargetBreached", "red", 3, 4),
    ]
    assert [one.number for one in found] == ["蓝-2021-0000", "黄-2021-0001", "红-2021-0003"]


def test_what_waits_for_its_hour_is_not_there_yet_and_what_stood_before_stays() -> None:
    waiting = ["opened pending yellow yellow-breach"]
    assert of(*waiting) == []
    assert of(*waiting, "revoked revoked yellow -") == []
    assert stood(of(*waiting, "fired firing yellow -")) == [("TargetBreached", "yellow", 1, None)]

    risen = ["opened firing blue blue-short", "escalated pending yellow yellow-breach"]
    assert stood(of(*risen)) == [("TargetAtRisk", "blue", 0, None)]
    assert stood(of(*risen, "fired firing yellow -")) == [
        ("TargetAtRisk", "blue", 0, 2),
        ("TargetBreached", "yellow", 2, None),
    ]
    assert stood(of(*risen, "revoked revoked yellow -")) == [("TargetAtRisk", "blue", 0, 2)]


def test_an_alert_that_is_reopened_begins_anew() -> None:
    found = of(
        "opened firing yellow yellow-breach", "closed closed yellow -", "reopened firing yellow -"
    )

    assert stood(found) == [
        ("TargetBreached", "yellow", 0, 1),
        ("TargetBreached", "yellow", 2, None),
    ]


def test_a_breach_stays_one_whatever_is_added_to_it_and_a_figure_owed_may_become_one() -> None:
    owed, breach = "figure-missing", "breach"
    assert stood(
        of(f"opened firing yellow yellow-{breach}", f"renewed firing yellow yellow-{owed}")
    ) == [("TargetBreached", "yellow", 0, None)]
    assert stood(
        of(f"opened firing yellow yellow-{owed}", f"renewed firing yellow yellow-{breach}")
    ) == [("FigureOwed", "yellow", 0, 1), ("TargetBreached", "yellow", 1, None)]


@pytest.mark.parametrize(
    ("rule", "name"),
    [
        ("blue-short", "TargetAtRisk"),
        ("blue-near-threshold", "TargetNearLimit"),
        ("blue-figure-missing", "FigureOwed"),
        ("blue-duty-due-soon", "DutyDueSoon"),
        ("yellow-duty-overdue", "DutyOverdue"),
        ("red-breach-twice", "TargetBreached"),
        ("rule-of-an-earlier-register", "Alert"),
    ],
)
def test_the_rule_names_the_matter(rule: str, name: str) -> None:
    assert stood(of(f"opened firing blue {rule}")) == [(name, "blue", 0, None)]


def test_the_rules_of_the_bundled_register_are_those_of_the_test() -> None:
    assert all(isinstance(rule, AlertRule) for rule in RULES.values())
    assert {"blue-short", "yellow-breach", "red-no-reply"} <= RULES.keys()
