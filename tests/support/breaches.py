"""What the invariant of domain.md section 7 speaks of, read from what indicators holds."""

from collections.abc import Iterable, Iterator
from datetime import date

from duibiao.register import Register, parse
from services.alerts.domain.alert import Alert
from services.indicators.domain.rows import DutyRow, Verdict
from tests.support.history import Card


def breaches_of_targets(
    register: Register, verdicts: Iterable[Verdict]
) -> Iterator[tuple[str, str]]:
    """Yield identity and period of each missed city row that may not go without a card."""
    window = register.window
    for verdict in verdicts:
        row = verdict.row
        first = parse(row.period).first
        city = row.org is None and row.region == register.city
        begun = window.first <= first <= window.last
        followed = (begun and verdict.ended) or (verdict.present and first >= window.first)
        if city and followed and row.status in ("missed", "regressed"):
            yield f"{row.target}//{row.region}", row.period


def breaches_of_duties(duties: Iterable[DutyRow], watch_from: date) -> Iterator[tuple[str, str]]:
    """Yield identity and period of each overdue report or milestone that was watched."""
    for duty in duties:
        if duty.status == "overdue" and duty.effective_due >= watch_from:
            yield f"{duty.duty}/{duty.org}", duty.period


def card(alert: Alert) -> Card:
    periods = [named.period for named in alert.named]
    return Card(alert.identity.key, periods, alert.state.value)
