"""The run of every morning at the sending hour, in one transaction.

Looks again at everything the invariant of domain.md section 7 speaks of, asks for figures and
replies that are overdue, and on working days sends out what waited for the morning. A run that was
missed is made up at the next tick.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Final

from duibiao.register import Period, Target, parse
from duibiao.workdays import SHANGHAI
from services.alerts.domain import life, rules
from services.alerts.domain.alert import Alert, Colour, Identity, State, Trigger
from services.alerts.domain.news import Series, Verdict
from services.alerts.ports import AlertRepository
from services.alerts.usecases.context import AlertContext
from services.alerts.usecases.follow_duty import reconcile_duty, settle_duties
from services.alerts.usecases.follow_verdict import reconcile_series, settle_held
from services.alerts.usecases.reconcile import Reconciler

REMOVED: Final = "登记册中已无该目标或报送任务。The target or duty is no longer in the register."


def tick(repository: AlertRepository, context: AlertContext) -> None:
    """Do whatever the clock asks for now; often nothing."""
    last, newest = repository.last_run(), _newest_run(context)
    if last is None or last < newest:
        if last is not None:
            settle_duties(repository, context, at_once=True)
            _daily_run(Reconciler(repository, context))
        repository.set_last_run(newest)
    settle_held(repository, context)
    settle_duties(repository, context)


def revoke_removed(repository: AlertRepository, context: AlertContext) -> list[Alert]:
    """Revoke the open alerts whose target or duty the register no longer has; return them.

    Their periods are not handled: a register that has the target again raises a new alert.
    """
    removed = [alert for alert in repository.open_alerts() if not context.holds(alert.identity)]
    made = [life.revoked(alert, context.stamp(), REMOVED) for alert in removed]
    for step in made:
        repository.record(step)
    return [step.alert for step in made]


def _held(work: Reconciler) -> list[Alert]:
    """Return the open alerts of what the register has; the others are about to be revoked."""
    return [one for one in work.repository.open_alerts() if work.context.holds(one.identity)]


def _daily_run(work: Reconciler) -> None:
    context, repository = work.context, work.repository
    evaluation = f"run {context.today()}"
    for target in context.register.targets:
        series = context.city_series(target.id)
        owed = list(_figures_owed(context, target, repository.verdicts(series)))
        reconcile_series(work, series, evaluation, owed=owed)
    for alert in _held(work):
        _look_again(work, alert.identity, evaluation)
    for alert in _held(work):
        trigger = _missing_reply(context, alert)
        if trigger is not None:
            work.escalate(alert, [trigger])
    # One that is made up before the hour sends nothing: the next is due at the hour.
    if context.workdays.is_workday(context.today()) and _newest_run(context) == context.today():
        for alert in repository.open_alerts():
            if alert.state is State.PENDING:
                due = context.reply_due(alert.colour)
                repository.record(life.fired(alert, due, context.stamp()))


def _look_again(work: Reconciler, identity: Identity, evaluation: str) -> None:
    """Reconcile an open alert that is not on a row of the city's: those have been already."""
    if identity.target is not None and identity.region is not None:
        series = Series(identity.target, identity.org, identity.region)
        if not work.context.is_city(series):
            reconcile_series(work, series, evaluation)
    elif identity.duty is not None and identity.org is not None:
        known = work.repository.duty(identity.duty, identity.org)
        if known is not None:
            reconcile_duty(work, *known, evaluation)


def _newest_run(context: AlertContext) -> date:
    # The day whose sending hour was the last to strike.
    hour = context.register.alert_rules.sending_hour
    struck = datetime.combine(context.today(), hour, SHANGHAI) <= context.now()
    return context.today() if struck else context.today() - timedelta(days=1)


def _figures_owed(
    context: AlertContext, target: Target, rows: Sequence[Verdict]
) -> Iterator[Trigger]:
    """Yield what is due for periods that have ended and come after the newest with a figure."""
    if "city" not in target.alert_levels:
        return
    ids = {row.period: row.id for row in rows}
    newest = max((parse(row.period).last for row in rows if row.has_figure), default=date.min)
    kind = context.register.indicators[target.indicator].period_type
    for period in rules.periods_begun(context.register.window, kind):
        if newest < period.last < context.today():
            trigger = _missing_figure(context, target, period)
            if trigger is not None:
                yield replace(trigger, verdict_id=ids.get(period.code))


def _missing_figure(context: AlertContext, target: Target, period: Period) -> Trigger | None:
    within = context.register.indicators[target.indicator].report_within
    if context.workdays.due(period.last, within).day < context.watch_from:
        return None
    return rules.of_missing_figure(
        context.register.alert_rules,
        target.verb,
        period,
        report_within=within,
        today=context.today(),
        workdays=context.workdays,
    )


def _missing_reply(context: AlertContext, alert: Alert) -> Trigger | None:
    due = alert.reply_due
    answered = alert.appealed or alert.recovered_at is not None or not alert.owes_reply
    if alert.colour is not Colour.YELLOW or answered or due is None:
        return None
    found = rules.of_missing_reply(
        context.register.alert_rules,
        context.verb(alert.identity.target),
        due,
        today=context.today(),
        workdays=context.workdays,
    )
    if found is None or found[1].rank <= alert.colour.rank:
        return None
    rule, colour = found
    return replace(alert.trigger, rule=rule, colour=colour, occasion="reply", cause=f"reply {due}")
