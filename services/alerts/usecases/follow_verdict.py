"""Follow a verdict that changed: keep it, and bring the alert of its series to what is known.

Rows speak at the levels their target names, and a breach of the city's always does. A row below the
city's says nothing while its inputs are the city's own; so it is held until the city's row is at
least as fresh, because the two may come in either order.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta

from duibiao.register import parse
from services.alerts.domain import rules
from services.alerts.domain.addressees import of_target
from services.alerts.domain.alert import Identity, Trigger
from services.alerts.domain.known import KnownSeries
from services.alerts.domain.news import Series, Verdict
from services.alerts.ports import AlertRepository
from services.alerts.usecases.context import AlertContext
from services.alerts.usecases.reconcile import Reconciler

# How long a row waits for the city's, which need not change when it does.
HELD_AT_MOST = timedelta(seconds=60)


def follow_verdict(
    repository: AlertRepository,
    context: AlertContext,
    verdict: Verdict,
    event_id: str,
    *,
    late: bool = False,
) -> bool:
    """Take one verdict event; return whether it is new. A redelivered one changes nothing.

    Nor does a verdict that stands already (indicators publishes it again where the log may have
    lost it), or a `late` one, told out of its order, where a newer one is known. That of a target
    which the register does not have, no longer or not yet, is held.

    Raises:
        ValueError: the period has no code.

    """
    parse(verdict.period)
    now = context.now()
    if not repository.note_event(event_id, now):
        return False
    rows = repository.verdicts(verdict.series)
    before = next((row for row in rows if row.period == verdict.period), None)
    if before == verdict:
        return False
    if late and before is not None and before.evaluated_at > verdict.evaluated_at:
        return True
    if not _in_register(context, verdict):
        repository.save_verdict(verdict, held_since=now)
        return True
    below = context.register.target(verdict.series.target).alert_levels != ("city",)
    if below:
        settle_held(repository, context, verdict.series)
    work = Reconciler(repository, context)
    if _must_wait(work, verdict):
        repository.save_verdict(verdict, held_since=now)
        return True
    period = verdict.period if _came_late(verdict, before) else None
    _release(work, verdict, late=period)
    if below and context.is_city(verdict.series):
        for held, _ in repository.held_verdicts(verdict.series.target):
            if held.period == verdict.period and held.evaluated_at <= verdict.evaluated_at:
                _release(work, held)
    return True


def reconcile_series(
    work: Reconciler,
    series: Series,
    evaluation: str,
    *,
    late: str | None = None,
    owed: Sequence[Trigger] = (),
) -> None:
    """Bring the alert of a series to everything that is known of it.

    Args:
        work: on alerts, in the transaction.
        series: whose alert.
        evaluation: names what led here.
        late: the period that a late or corrected figure has just turned bad.
        owed: what is found for figures that are not there.

    """
    rows = {row.period: row for row in work.repository.verdicts(series)}
    if not work.context.is_city(series):
        for held, _ in work.repository.held_verdicts(series.target):
            if held.series == series:
                rows.pop(held.period)
    found = (_trigger(work, rows, verdict) for verdict in rows.values())
    triggers = [replace(one, late=one.period == late) for one in found if one is not None]
    subject = of_target(work.context.register, series)
    work.reconcile(subject, KnownSeries(rows, [*triggers, *owed]), evaluation)


def settle_held(
    repository: AlertRepository, context: AlertContext, series: Series | None = None
) -> None:
    """Judge what is held of one series, or whatever has been held long enough."""
    now = context.now()
    for verdict, since in repository.held_verdicts(series.target if series else None):
        due = now - since >= HELD_AT_MOST if series is None else verdict.series == series
        if due and _in_register(context, verdict):
            _release(Reconciler(repository, context), verdict)


def _release(work: Reconciler, verdict: Verdict, *, late: str | None = None) -> None:
    work.repository.save_verdict(verdict, held_since=None)
    # The rows of one sitting share its moment: together they are one evaluation.
    evaluation = f"evaluation {verdict.evaluated_at.isoformat()}"
    reconcile_series(work, verdict.series, evaluation, late=late)


def _came_late(verdict: Verdict, before: Verdict | None) -> bool:
    """Whether an ended period got its first figure after a later one, or a corrected figure."""
    was = before if before is not None and before.status != "waived" else None
    corrected = was is not None and was.ended and was.has_figure and not was.breach
    return verdict.ended and verdict.breach and (corrected or not verdict.present)


def _in_register(context: AlertContext, verdict: Verdict) -> bool:
    return context.holds(Identity(verdict.series.target, None, None, None))


def _must_wait(work: Reconciler, verdict: Verdict) -> bool:
    if work.context.is_city(verdict.series) or not _speaks(work.context, verdict):
        return False
    city = _city_row(work, verdict)
    return city is None or city.evaluated_at < verdict.evaluated_at


def _speaks(context: AlertContext, verdict: Verdict) -> bool:
    level = verdict.series.level(context.register.city)
    levels = context.register.target(verdict.series.target).alert_levels
    heard = level in levels or (level == "city" and verdict.breach)
    return heard and rules.watched(verdict, context.register.window)


def _trigger(work: Reconciler, rows: Mapping[str, Verdict], verdict: Verdict) -> Trigger | None:
    """Return what a row is due; nothing where it rests on the inputs of the city's."""
    context = work.context
    if not _speaks(context, verdict):
        return None
    if not context.is_city(verdict.series):
        city = _city_row(work, verdict)
        if city is not None and city.inputs_digest == verdict.inputs_digest:
            return None
    verb = context.verb(verdict.series.target)
    earlier = _earlier(context, rows, verdict)
    return rules.of_verdict(context.register.alert_rules, verb, verdict, earlier)


def _earlier(context: AlertContext, rows: Mapping[str, Verdict], verdict: Verdict) -> list[str]:
    """Statuses of the periods before, as far back as the rules look and anything is known."""
    statuses: list[str] = []
    period = parse(verdict.period)
    asked = rules.periods_asked(context.register.alert_rules) - 1
    while len(statuses) < asked and period.first > context.register.window.first:
        period = period.previous()
        if period.code not in rows:
            break
        statuses.append(rows[period.code].status)
    return statuses


def _city_row(work: Reconciler, verdict: Verdict) -> Verdict | None:
    rows = work.repository.verdicts(work.context.city_series(verdict.series.target))
    return next((row for row in rows if row.period == verdict.period), None)
