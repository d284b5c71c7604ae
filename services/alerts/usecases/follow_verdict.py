"""Follow a verdict that changed: keep it, and let it raise or ease the alert of its series.

Only the row of the present period speaks, and only at the levels its target names. A row below the
city's says nothing while its inputs are the city's own; so it is held until the city's row is at
least as fresh, because the two may come in either order.
"""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from itertools import islice

from duibiao.register import Period, parse
from services.alerts.domain import rules
from services.alerts.domain.addressees import of_target
from services.alerts.domain.alert import Alert, Finding
from services.alerts.domain.news import Series, Verdict
from services.alerts.ports import Book
from services.alerts.usecases.desk import Desk, raise_alert, recover, relapse

HELD_AT_MOST = timedelta(seconds=60)
"""How long a row waits for the city's, which need not change when it does."""


def follow_verdict(
    book: Book, desk: Desk, verdict: Verdict, event_id: str, *, late: bool = False
) -> bool:
    """Take one verdict event; return whether it is new. A redelivered one changes nothing.

    Nor does a `late` one, told out of its order, where a newer one is known.

    Raises:
        KeyError: the register knows no such target.
        ValueError: the period has no code.

    """
    below = desk.register.target(verdict.series.target).alert_levels != ("city",)
    parse(verdict.period)
    now = desk.now()
    if not book.first_hearing(event_id, now):
        return False
    if late and _overtaken(book, verdict):
        return True
    if below:
        settle_held(book, desk, verdict.series)
    if _must_wait(book, desk, verdict):
        book.keep_verdict(verdict, held_since=now)
        return True
    book.keep_verdict(verdict, held_since=None)
    _judge(book, desk, verdict, event_id)
    if below and verdict.series.level(desk.register.city) == "city":
        _settle_below(book, desk, verdict)
    return True


def settle_held(book: Book, desk: Desk, series: Series | None = None) -> None:
    """Judge what is held of one series, or whatever has been held long enough."""
    now = desk.now()
    for verdict, since in book.held_verdicts(series.target if series else None):
        due = now - since >= HELD_AT_MOST if series is None else verdict.series == series
        if due:
            _release(book, desk, verdict)


def _overtaken(book: Book, verdict: Verdict) -> bool:
    return any(
        kept.period == verdict.period and kept.evaluated_at > verdict.evaluated_at
        for kept in book.verdicts(verdict.series)
    )


def _settle_below(book: Book, desk: Desk, city: Verdict) -> None:
    for verdict, _ in book.held_verdicts(city.series.target):
        if verdict.period == city.period and verdict.evaluated_at <= city.evaluated_at:
            _release(book, desk, verdict)


def _release(book: Book, desk: Desk, verdict: Verdict) -> None:
    book.keep_verdict(verdict, held_since=None)
    _judge(book, desk, verdict, verdict.id)


def _must_wait(book: Book, desk: Desk, verdict: Verdict) -> bool:
    if not _speaks(desk, verdict) or verdict.series.level(desk.register.city) == "city":
        return False
    city = _city_row(book, desk, verdict)
    return city is None or city.evaluated_at < verdict.evaluated_at


def _speaks(desk: Desk, verdict: Verdict) -> bool:
    levels = desk.register.target(verdict.series.target).alert_levels
    return verdict.present and verdict.series.level(desk.register.city) in levels


def _judge(book: Book, desk: Desk, verdict: Verdict, evaluation: str) -> None:
    if not _speaks(desk, verdict):
        return
    subject = of_target(desk.register, verdict.series)
    alert = book.open_alert(subject.identity)
    finding = _finding(book, desk, verdict)
    if alert is not None and _eases(alert, verdict, finding):
        recover(book, desk, alert, evaluation)
    elif finding is not None:
        raise_alert(book, desk, subject, finding)
    elif alert is not None and not verdict.good:
        relapse(book, alert)


def _finding(book: Book, desk: Desk, verdict: Verdict) -> Finding | None:
    if verdict.series.level(desk.register.city) != "city":
        city = _city_row(book, desk, verdict)
        if city is not None and city.inputs_digest == verdict.inputs_digest:
            return None
    return rules.of_verdict(
        desk.register.alert_rules,
        desk.verb(verdict.series.target),
        verdict,
        _earlier(book, desk, verdict),
    )


def _eases(alert: Alert, verdict: Verdict, finding: Finding | None) -> bool:
    """Whether a verdict speaks for the end of an alert.

    A good figure of an earlier period says nothing of the alert's own. A figure that was owed has
    come even where there is nothing to compare it with. `near_threshold` is good for every alert
    but one of its own kind.
    """
    if parse(verdict.period).last < parse(alert.finding.period).last:
        return False
    if alert.finding.occasion == "figure" and verdict.status == "unknown":
        return verdict.has_figure
    near = finding is not None and alert.finding.occasion == "near_threshold"
    return verdict.good and not near


def _earlier(book: Book, desk: Desk, verdict: Verdict) -> Sequence[str]:
    """Statuses of the periods before, as far back as the rules look and anything is known."""
    asked = rules.periods_asked(desk.register.alert_rules) - 1
    known = {kept.period: kept.status for kept in book.verdicts(verdict.series)}
    statuses: list[str] = []
    for back, period in enumerate(islice(_before(parse(verdict.period)), asked)):
        told = verdict.previous_status if back == 0 else None
        status = told or known.get(period.code)
        if status is None:
            break
        statuses.append(status)
    return statuses


def _before(period: Period) -> Iterator[Period]:
    while True:
        period = period.previous()
        yield period


def _city_row(book: Book, desk: Desk, verdict: Verdict) -> Verdict | None:
    city = Series(verdict.series.target, None, desk.register.city)
    return next((row for row in book.verdicts(city) if row.period == verdict.period), None)
