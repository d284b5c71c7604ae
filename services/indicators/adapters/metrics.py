"""What /metrics shows of targets and duties (contract section 5): the present period's rows.

A snapshot, read again at the first scrape after something was committed here, or every few seconds.
Labels are codes of the register only, so their number is
bounded; `org=""` is the city's row, or a region's over several.
"""

from collections.abc import Callable, Iterable
from datetime import date, datetime, time
from decimal import Decimal
from fractions import Fraction
from typing import Final, get_args

from prometheus_client.core import GaugeMetricFamily, InfoMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from duibiao.register import Register, Target
from duibiao.store.snapshot import Snapshot
from duibiao.web.numbers import to_number
from duibiao.workdays import SHANGHAI
from services.indicators.adapters.reading import Present
from services.indicators.domain.decisive import decisive_of
from services.indicators.domain.rows import DutyRow, DutyStatus, Status, Verdict

_SERIES: Final = ("target", "org", "region")
_INFO: Final = {
    "target": "id",
    "indicator": "indicator",
    "clause": "clause",
    "name": "name",
    "name_zh": "name_zh",
    "basis": "basis",
}
_STATUSES: Final = get_args(Status)
_DUTY_STATUSES: Final = get_args(DutyStatus)


class StandingCollector(Collector):
    """Shows how targets and duties stand. Collects on the scraping thread."""

    def __init__(self, register: Register, read: Callable[[], Present]) -> None:
        """`read` asks the store."""
        self._about = (_about_notice(register), *_about_targets(register.targets))
        self._standing = Snapshot[tuple[Metric, ...]](lambda: _of_present(register, read()), ())
        self.mark_stale = self._standing.mark_stale

    def describe(self) -> Iterable[Metric]:
        """Return no names, so that registering asks no database."""
        return ()

    def collect(self) -> Iterable[Metric]:
        """Return all families."""
        return (*self._about, *self._standing.get())


def end_of(day: date) -> float:
    """Return the last second of a day in Asia/Shanghai, in seconds since 1970."""
    return datetime.combine(day, time(23, 59, 59), SHANGHAI).timestamp()


def _about_notice(register: Register) -> Metric:
    city = register.regions[register.city]
    labels = {
        "notice": register.notice.code,
        "region": city.code,
        "name": city.name,
        "name_zh": city.name_zh,
    }
    return InfoMetricFamily(
        "duibiao_notice", "The notice that is watched, and its city's region; always 1.", labels
    )


def _about_targets(targets: Iterable[Target]) -> Iterable[Metric]:
    info = InfoMetricFamily(
        "duibiao_target", "What a target is called and where it stands in the notice; always 1."
    )
    threshold = GaugeMetricFamily(
        "duibiao_target_threshold",
        "The figure that a target sets, in its unit.",
        labels=("target", "op", "unit"),
    )
    due = GaugeMetricFamily(
        "duibiao_target_due_timestamp_seconds",
        "Last second of the day by which the notice wants a target met.",
        labels=("target",),
    )
    for target in targets:
        info.add_metric((), {label: str(getattr(target, field)) for label, field in _INFO.items()})
        if target.threshold is not None:
            threshold.add_metric((target.id, target.op, target.unit), _float(target.threshold))
        if target.due is not None:
            due.add_metric((target.id,), end_of(target.due))
    return info, threshold, due


def _of_present(register: Register, present: Present) -> tuple[Metric, ...]:
    return (
        *_of_verdicts(present.verdicts),
        _of_decisive(register.targets, present.city),
        _of_duties(present.duties),
    )


def _of_verdicts(verdicts: Iterable[Verdict]) -> Iterable[Metric]:
    value = GaugeMetricFamily(
        "duibiao_target_value",
        "The figure of the present period, in the target's unit; missing where there is none.",
        labels=_SERIES,
    )
    ratio = GaugeMetricFamily(
        "duibiao_target_attainment_ratio",
        "How much of a target is attained, 1 or more = all; at most 10.",
        labels=_SERIES,
    )
    period_end = GaugeMetricFamily(
        "duibiao_target_period_end_timestamp_seconds",
        "Last second of the present period: how old its figure is.",
        labels=_SERIES,
    )
    status = GaugeMetricFamily(
        "duibiao_target_status",
        "1 for the status that the present period has, 0 for the other eight.",
        labels=(*_SERIES, "status"),
    )
    for verdict in verdicts:
        row = verdict.row
        labels = (row.target, row.org or "", row.region)
        if row.value is not None:
            value.add_metric(labels, _float(row.value))
        if row.attainment_ratio is not None:
            ratio.add_metric(labels, _float(row.attainment_ratio))
        period_end.add_metric(labels, end_of(verdict.period_end))
        for word in _STATUSES:
            status.add_metric((*labels, word), float(word == row.status))
    return value, ratio, period_end, status


def _of_decisive(targets: Iterable[Target], city: Iterable[Verdict]) -> Metric:
    family = GaugeMetricFamily(
        "duibiao_target_decisive_status",
        "1 for the status by which the notice judges a target, 0 for the other eight; of a "
        "standing target the worst of its ended periods.",
        labels=("target", "status"),
    )
    rows = [verdict.row for verdict in city]
    for target in targets:
        status = decisive_of(target, (row for row in rows if row.target == target.id)).status
        for name in _STATUSES:
            family.add_metric((target.id, name), float(name == status))
    return family


def _of_duties(duties: Iterable[DutyRow]) -> Metric:
    status = GaugeMetricFamily(
        "duibiao_duty_status",
        "1 for the status that a unit's duty to report has, 0 for the other six.",
        labels=("duty", "org", "status"),
    )
    for duty in duties:
        for word in _DUTY_STATUSES:
            status.add_metric((duty.duty, duty.org, word), float(word == duty.status))
    return status


def _float(figure: Fraction | Decimal) -> float:
    return float(to_number(figure))
