"""What an alert stood as, and for how long, before those who know it by name and colour alone.

Alertmanager has no history and no escalation: there, each name and colour is an alert of its own.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from duibiao.register import AlertRule
from services.alerts.domain.alert import OPEN_STATES, Colour, State, Step
from services.alerts.domain.news import BREACHES

BREACHED: Final = "TargetBreached"

_BEGIN: Final = (Step.OPENED, Step.FIRED, Step.ESCALATED, Step.RENEWED, Step.REOPENED)


@dataclass(frozen=True, slots=True)
class PastStep:
    """A step as the history keeps it; `rule` is the id of the rule that made it, if one did."""

    step: Step
    state: State
    colour: Colour
    number: str
    rule: str | None
    at: datetime


@dataclass(frozen=True, slots=True)
class Spell:
    """The time from `since` to `until` (None: it lasts) under one name and colour."""

    name: str
    colour: Colour
    number: str
    rule: str | None
    since: datetime
    until: datetime | None = None


def spells(history: Iterable[PastStep], rule_of: Callable[[str], AlertRule | None]) -> list[Spell]:
    """Return the spells of one alert, from its steps in order; the next begins as one ends.

    While an alert waits for its sending hour, what it stood as before stands on.
    """
    found: list[Spell] = []
    name, why = "", None
    for step in history:
        if step.rule is not None:
            name, why = _name(step, rule_of(step.rule), name), step.rule
        if step.state is State.PENDING:
            continue
        last = found[-1] if found and found[-1].until is None else None
        ended = step.state not in OPEN_STATES
        if last and (ended or (last.name, last.colour) != (name, step.colour)):
            found[-1], last = replace(last, until=step.at), None
        if last is None and not ended and step.step in _BEGIN:
            found.append(Spell(name, step.colour, step.number, why, step.at))
    return found


def _name(step: PastStep, rule: AlertRule | None, before: str) -> str:
    """Return the name that a rule gives: what the card is about, however bad it is.

    A missing reply is no other matter than the card itself, nor is a period added to a breach.
    """
    if rule is None or rule.on == "reply" or (step.step is Step.RENEWED and before == BREACHED):
        return before or "Alert"
    if rule.on == "verdict":
        return "TargetAtRisk" if BREACHES.isdisjoint(rule.statuses) else BREACHED
    if rule.on == "duty":
        return "DutyOverdue" if "overdue" in rule.statuses else "DutyDueSoon"
    return {"figure": "FigureOwed", "near_threshold": "TargetNearLimit"}[rule.on]
