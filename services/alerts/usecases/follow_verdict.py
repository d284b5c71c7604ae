"""Follow a verdict that changed: keep it, and bring the alert of its series to what is known.

Rows speak at the levels their target names, and a breach of the city's always does. A row below the
city's says nothing while its inputs are the city's own; so it is held until the city's row is at
least as fresh, because the two may come in either order.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from itertools import islice, takewhile

from duibiao.register import Period, parse
from services.alerts.domain import rules
from services.alerts.domain.addressees import of_target
from services.alerts.domain.alert import Identity, Trigger
from services.alerts.domain.known import KnownSeries
from services.alerts.domain.news import Series, Verdict
from services.alerts.ports import AlertRepository
from services.alerts.usecases.context import AlertContext
from services.alerts.usecases.reconcile import reconcile

HELD_AT_MOST = timedelta(seconds=60)
"""How long a row waits for the city's, which need not change when it does."""


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
    if _must_wait(repository, context, verdict):
        repository.save_verdict(verdict, held_since=now)
        return True
    repository.save_verdict(verdict, held_since=None)
    period = verdict.period if _came_late(verdict, before) else None
    reconcile_series(repository, context, verdict.series, _evaluation(verdict), late=period)
    if below and _is_city(context, verdict.series):
        _settle_below(repository, context, verdict)
    return True


def reconcile_series(
    repository: AlertRepository,
    context: AlertContext,
    series: Series,
    evaluation: str,
    *,
    late: str | None = None,
    owed: Sequence[Trigger] = (),
) -> None:
    """Bring the alert of a series to everything that is known of it.

    Args:
        repository: of the transaction.
        context: register, clock and ids.
        series: whose alert.
        evaluation: names what led here.
        late: the period that a late or corrected figure has just turned bad.
        owed: what is found for figures that are not there.

    """
    rows = {row.period: row for row in repository.verdicts(series)}
    if not _is_city(context, series):
        for held, _ in repository.held_verdicts(series.target):
            if held.series == series:
                rows.pop(held.period)
    triggers = [
        replace(trigger, late=trigger.period == late)
        for trigger in _findings(repository, context, rows)
    ]
    known = KnownSeries(rows, [*triggers, *owed])
    reconcile(repository, context, of_target(context.register, series), known, evaluation)


def settle_held(
    repository: AlertRepository, context: AlertContext, series: Series | None = None
) -> None:
    """Judge what is held of one series, or whatever has been held long enough."""
    now = context.now()
    for verdict, since in repository.held_verdicts(series.target if series else None):
        due = now - since >= HELD_AT_MOST if series is None else verdict.series == series
        if due and _in_register(context, verdict):
            _release(repository, context, verdict)


def _settle_below(repository: AlertRepository, context: AlertContext, city: Verdict) -> None:
    for verdict, _ in repository.held_verdicts(city.series.target):
        if verdict.period == city.period and verdict.evaluated_at <= city.evaluated_at:
            _release(repository, context, verdict)


def _release(repository: AlertRepository, context: AlertContext, verdict: Verdict) -> None:
    repository.save_verdict(verdict, held_since=None)
    reconcile_series(repository, context, verdict.series, _evaluation(verdict))


def _evaluation(verdict: Verdict) -> str:
    # The rows of one sitting share its moment: together they are one evaluation.
    return f"evaluation {verdict.evaluated_at.isoformat()}"


def _came_late(verdict: Verdict, before: Verdict | None) -> bool:
    """Whether an ended period got its first figure after a later one, or a corrected figure."""
    corrected = before is not None and before.ended and before.has_figure and not before.breach
    return verdict.ended and verdict.breach and (corrected or not verdict.present)


def _in_register(context: AlertContext, verdict: Verdict) -> bool:
    return context.holds(Identity(verdict.series.target, None, None, None))


def _must_wait(repository: AlertRepository, context: AlertContext, verdict: Verdict) -> bool:
    if _is_city(context, verdict.series) or not _speaks(context, verdict):
        return False
    city = _city_row(repository, context, verdict)
    return city is None or city.evaluated_at < verdict.evaluated_at


def _is_city(context: AlertContext, series: Series) -> bool:
    return series.level(context.register.city) == "city"


def _speaks(context: AlertContext, verdict: Verdict) -> bool:
    level = verdict.series.level(context.register.city)
    levels = context.register.target(verdict.series.target).alert_levels
    heard = level in levels or (level == "city" and verdict.breach)
    return heard and rules.watched(verdict, context.register.window)


def _findings(
    repository: AlertRepository, context: AlertContext, rows: Mapping[str, Verdict]
) -> Iterator[Trigger]:
    for verdict in rows.values():
        if not _speaks(context, verdict) or _is_the_citys(repository, context, verdict):
            continue
        trigger = rules.of_verdict(
            context.register.alert_rules,
            context.verb(verdict.series.target),
            verdict,
            _earlier(context, rows, verdict),
        )
        if trigger is not None:
            yield trigger


def _is_the_citys(repository: AlertRepository, context: AlertContext, verdict: Verdict) -> bool:
    """Whether a row below the city's rests on the city's inputs."""
    if _is_city(context, verdict.series):
        return False
    city = _city_row(repository, context, verdict)
    return city is not None and city.inputs_digest == verdict.inputs_digest


def _earlier(context: AlertContext, rows: Mapping[str, Verdict], verdict: Verdict) -> Sequence[str]:
    """Statuses of the periods before, as far back as the rules look and anything is known."""
    asked = rules.periods_asked(context.register.alert_rules) - 1
    known = [rows.get(period.code) for period in islice(_before(context, verdict), asked)]
    return [row.status for row in takewhile(lambda row: row is not None, known) if row]


def _before(context: AlertContext, verdict: Verdict) -> Iterator[Period]:
    """Yield the periods of the watch window, or after it, that come before a row's."""
    period = parse(verdict.period)
    while period.first > context.register.window.first:
        period = period.previous()
        yield period


def _city_row(
    repository: AlertRepository, context: AlertContext, verdict: Verdict
) -> Verdict | None:
    city = Series(verdict.series.target, None, context.register.city)
    return next((row for row in repository.verdicts(city) if row.period == verdict.period), None)
