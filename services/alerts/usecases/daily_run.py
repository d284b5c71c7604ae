"""The run of every morning at the sending hour, in one transaction.

Resolves what is still good, asks for figures and replies that are overdue, and on working days
sends out what waited for the morning. A run that was missed is made up at the next tick.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta

from duibiao.register import Period, Target, parse
from duibiao.workdays import SHANGHAI
from services.alerts.domain import life, rules
from services.alerts.domain.addressees import of_target
from services.alerts.domain.alert import Alert, Colour, Finding, State
from services.alerts.domain.news import Series, Verdict
from services.alerts.ports import Book
from services.alerts.usecases.desk import Desk, raise_alert
from services.alerts.usecases.follow_duty import settle_duties
from services.alerts.usecases.follow_verdict import settle_held


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
    for alert in book.open_alerts():
        if alert.recovering is not None:
            book.record(life.resolved(alert, desk.stamp()))
    settle_duties(book, desk, at_once=True)
    _ask_for_figures(book, desk)
    _ask_for_replies(book, desk)
    if desk.workdays.is_workday(desk.today()):
        _send_what_waited(book, desk)
    book.set_last_run(_newest_run(desk))


def _newest_run(desk: Desk) -> date:
    # The day whose sending hour was the last to strike.
    hour = desk.register.alert_rules.sending_hour
    struck = datetime.combine(desk.today(), hour, SHANGHAI) <= desk.now()
    return desk.today() if struck else desk.today() - timedelta(days=1)


def _ask_for_figures(book: Book, desk: Desk) -> None:
    for target in desk.register.targets:
        if "city" not in target.alert_levels:
            continue
        series = Series(target.id, None, desk.register.city)
        rows = book.verdicts(series)
        findings = [
            finding
            for period in _without_figure(desk, target, rows)
            for finding in (_missing_figure(desk, target, period),)
            if finding is not None
        ]
        if findings:
            # The newest of those of the highest colour: one alert stands for them all.
            worst = max(reversed(findings), key=lambda finding: finding.colour.rank)
            row = next((row for row in rows if row.period == worst.period), None)
            worst = replace(worst, verdict_id=row.id if row else None)
            raise_alert(book, desk, of_target(desk.register, series), worst)


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
            raise_alert(book, desk, alert.subject, finding)


def _missing_reply(desk: Desk, alert: Alert) -> Finding | None:
    due = alert.reply_due
    if alert.colour is not Colour.YELLOW or alert.answered or due is None:
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
