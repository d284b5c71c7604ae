"""The run of every morning at the sending hour, in one transaction.

Looks again at everything the invariant of domain.md section 7 speaks of, asks for figures and
replies that are overdue, and on working days sends out what waited for the morning. A run that was
missed is made up at the next tick.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta

from duibiao.register import Period, Target, parse
from duibiao.workdays import SHANGHAI
from services.alerts.domain import life, rules
from services.alerts.domain.alert import Alert, Colour, Finding, Identity, State
from services.alerts.domain.news import Series, Verdict
from services.alerts.ports import Book
from services.alerts.usecases.desk import Desk
from services.alerts.usecases.follow_duty import reconcile_duty, settle_duties
from services.alerts.usecases.follow_verdict import reconcile_series, settle_held
from services.alerts.usecases.reconcile import escalate


def tick(book: Book, desk: Desk) -> None:
    """Do whatever the clock asks for now; often nothing."""
    last = book.last_run()
    if last is None:
        book.set_last_run(_newest_run(desk))
    elif last < _newest_run(desk):
        daily_run(book, desk)
    settle_held(book, desk)
    settle_duties(book, desk)


def daily_run(book: Book, desk: Desk) -> None:
    """Make the run of this morning."""
    settle_duties(book, desk, at_once=True)
    evaluation = f"run {desk.today()}"
    for target in desk.register.targets:
        series = Series(target.id, None, desk.register.city)
        owed = list(_figures_owed(book, desk, target, series))
        reconcile_series(book, desk, series, evaluation, owed=owed)
    for alert in book.open_alerts():
        _look_again(book, desk, alert.identity, evaluation)
    _ask_for_replies(book, desk)
    if desk.workdays.is_workday(desk.today()):
        _send_what_waited(book, desk)
    book.set_last_run(_newest_run(desk))


def _look_again(book: Book, desk: Desk, identity: Identity, evaluation: str) -> None:
    """Reconcile an open alert that is not on a row of the city's: those have been already."""
    if identity.target is not None and identity.region is not None:
        series = Series(identity.target, identity.org, identity.region)
        if series.level(desk.register.city) != "city":
            reconcile_series(book, desk, series, evaluation)
    elif identity.duty is not None and identity.org is not None:
        known = book.duty(identity.duty, identity.org)
        if known is not None:
            reconcile_duty(book, desk, *known, evaluation)


def _newest_run(desk: Desk) -> date:
    # The day whose sending hour was the last to strike.
    hour = desk.register.alert_rules.sending_hour
    struck = datetime.combine(desk.today(), hour, SHANGHAI) <= desk.now()
    return desk.today() if struck else desk.today() - timedelta(days=1)


def _figures_owed(book: Book, desk: Desk, target: Target, series: Series) -> Iterator[Finding]:
    if "city" not in target.alert_levels:
        return
    rows = book.verdicts(series)
    for period in _without_figure(desk, target, rows):
        finding = _missing_figure(desk, target, period)
        if finding is not None:
            row = next((row for row in rows if row.period == period.code), None)
            yield replace(finding, verdict_id=row.id if row else None)


def _without_figure(desk: Desk, target: Target, rows: Sequence[Verdict]) -> Iterator[Period]:
    """Periods of the window that have ended, and after the newest one with a figure."""
    newest = max((parse(row.period).last for row in rows if row.has_figure), default=date.min)
    kind = desk.register.indicators[target.indicator].period_type
    for period in rules.periods_begun(desk.register.window, kind):
        if newest < period.last < desk.today():
            yield period


def _missing_figure(desk: Desk, target: Target, period: Period) -> Finding | None:
    within = desk.register.indicators[target.indicator].report_within
    if desk.workdays.due(period.last, within).day < desk.watch_from:
        return None
    return rules.of_missing_figure(
        desk.register.alert_rules,
        target.verb,
        period,
        report_within=within,
        today=desk.today(),
        workdays=desk.workdays,
    )


def _ask_for_replies(book: Book, desk: Desk) -> None:
    for alert in book.open_alerts():
        finding = _missing_reply(desk, alert)
        if finding is not None:
            escalate(book, desk, alert, [finding])


def _missing_reply(desk: Desk, alert: Alert) -> Finding | None:
    due = alert.reply_due
    answered = alert.appealed or alert.recovered_at is not None or not alert.owes_reply
    if alert.colour is not Colour.YELLOW or answered or due is None:
        return None
    found = rules.of_missing_reply(
        desk.register.alert_rules,
        desk.verb(alert.identity.target),
        due,
        today=desk.today(),
        workdays=desk.workdays,
    )
    if found is None or found[1].rank <= alert.colour.rank:
        return None
    rule, colour = found
    return replace(alert.finding, rule=rule, colour=colour, occasion="reply", cause=f"reply {due}")


def _send_what_waited(book: Book, desk: Desk) -> None:
    for alert in book.open_alerts():
        if alert.state is State.PENDING:
            book.record(life.fired(alert, desk.reply_due(alert.colour), desk.stamp()))
