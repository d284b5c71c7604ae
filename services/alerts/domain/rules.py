"""When an alert is due: the register's alert rules, applied to what is known.

Pure. The rules, the caps and every number of days are the register's (domain.md section 7); this
module only says how a rule is read. Nothing here knows whether an alert is already open.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import date

from duibiao.register import (
    AlertRule,
    AlertRules,
    Period,
    PeriodType,
    Verb,
    Window,
    containing,
    parse,
)
from duibiao.workdays import Workdays
from services.alerts.domain.alert import Colour, Trigger
from services.alerts.domain.news import Duty, Verdict


def watched(verdict: Verdict, window: Window) -> bool:
    """Whether alerts follow a row: of the present period, or of one of the window that has ended.

    Periods before the window, history that was loaded, raise nothing.
    """
    first = parse(verdict.period).first
    if first < window.first:
        return False
    return verdict.present or (verdict.ended and first <= window.last)


def of_verdict(
    rules: AlertRules, verb: Verb | None, verdict: Verdict, earlier: Sequence[str]
) -> Trigger | None:
    """Return the highest trigger a watched verdict makes, or None.

    Blue speaks of the present period only, and of a breach that approvals would undo.

    Args:
        rules: the register's.
        verb: the target's; it may cap the colour.
        verdict: the row.
        earlier: statuses of the same series one, two, ... periods before, as far as known.

    """
    statuses = (verdict.status, *earlier)

    def holds(rule: AlertRule) -> bool:
        if rule.on == "near_threshold":
            return verdict.near_threshold
        return rule.on == "verdict" and _breached(rule, verdict, statuses)

    found = _highest(rules, verb, holds)
    if found is None:
        return None
    rule, colour = found
    if verdict.granting_attains:
        colour = Colour.BLUE
    if colour is Colour.BLUE and not (verdict.present or verdict.breach):
        return None
    period, ident = verdict.period, verdict.id
    trigger = Trigger(colour, rule.id, rule.on, period, ident, ident, figure=verdict.value)
    return replace(trigger, breach=verdict.breach)


def of_duty(rules: AlertRules, duty: Duty, cause: str) -> Trigger | None:
    """Return the highest trigger a duty's state makes, or None; `cause` names the event."""
    found = _highest(rules, None, lambda r: r.on == "duty" and duty.status in r.statuses)
    if found is None:
        return None
    rule, colour = found
    return Trigger(colour, rule.id, rule.on, duty.period, cause, None)


def of_missing_figure(
    rules: AlertRules,
    verb: Verb | None,
    period: Period,
    *,
    report_within: int,
    today: date,
    workdays: Workdays,
) -> Trigger | None:
    """Return the highest trigger that the figure of an ended period makes by still missing."""

    def holds(rule: AlertRule) -> bool:
        within = report_within + (rule.after_workdays or 0)
        return rule.on == "figure" and today > workdays.due(period.last, within).day

    found = _highest(rules, verb, holds)
    if found is None:
        return None
    rule, colour = found
    return Trigger(colour, rule.id, rule.on, period.code, f"figure {period.code}", None)


def of_missing_reply(
    rules: AlertRules, verb: Verb | None, reply_due: date, *, today: date, workdays: Workdays
) -> tuple[str, Colour] | None:
    """Return the rule and the colour that a reply makes by being overdue, or None."""

    def holds(rule: AlertRule) -> bool:
        return rule.on == "reply" and today > workdays.due(reply_due, rule.after_workdays or 0).day

    found = _highest(rules, verb, holds)
    return None if found is None else (found[0].id, found[1])


def periods_asked(rules: AlertRules) -> int:
    """Return how many periods running the rules look at, the present one among them."""
    return max((rule.periods for rule in rules.rules if rule.enabled), default=1)


def reply_due(rules: AlertRules, colour: Colour, sent: date, workdays: Workdays) -> date | None:
    """Return the last day to answer an alert sent on a day; None where no reply is asked for."""
    days = next((n for one, n in rules.reply_within.items() if one == str(colour)), None)
    return None if days is None else workdays.due(sent, days).day


def capped(rules: AlertRules, verb: Verb | None, colour: str) -> Colour:
    """Return a colour, or the highest that the verb allows (strive and promote: yellow)."""
    cap = rules.caps.get(verb) if verb is not None else None
    wanted = Colour(colour)
    return wanted if cap is None else min(wanted, Colour(cap), key=lambda c: c.rank)


def periods_begun(window: Window, kind: PeriodType) -> Iterator[Period]:
    """Yield the periods of a type that begin inside the watch window, oldest first."""
    period = containing(window.first, kind)
    if period.first < window.first:
        period = period.next()
    while period.first <= window.last:
        yield period
        period = period.next()


def _breached(rule: AlertRule, verdict: Verdict, statuses: Sequence[str]) -> bool:
    running = statuses[: rule.periods]
    if len(running) < rule.periods or any(status not in rule.statuses for status in running):
        return False
    if rule.attainment_below is None:
        return True
    ratio = verdict.attainment_ratio
    return ratio is not None and ratio < rule.attainment_below


def _highest(
    rules: AlertRules, verb: Verb | None, holds: Callable[[AlertRule], bool]
) -> tuple[AlertRule, Colour] | None:
    """Return the rule that holds with its colour: the highest once capped, of equals the first."""
    matching = (rule for rule in rules.rules if rule.enabled and holds(rule))
    found = ((rule, capped(rules, verb, rule.colour)) for rule in matching)
    return max(found, key=lambda one: one[1].rank, default=None)
