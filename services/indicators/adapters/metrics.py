"""What /metrics shows of targets and duties (contract section 5): the present period's rows.

A snapshot, read again at the first scrape after something was committed here, or every few seconds.
Labels are codes of the register only, so their number is bounded; `org=""` is the city's row, or a
region's over several.
"""

from collections.abc import Callable, Container, Iterable, Mapping
from datetime import date, datetime, time
from fractions import Fraction
from typing import Final, get_args

from prometheus_client.core import GaugeMetricFamily, InfoMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.utils import floatToGoString

from duibiao.register import Register, Target
from duibiao.store.snapshot import Snapshot
from duibiao.web.exposition import TextCollector, gauge, labels
from duibiao.web.numbers import to_number
from duibiao.workdays import SHANGHAI
from services.indicators.adapters.reading import Present, PresentDuty
from services.indicators.domain.decisive import decisive_of
from services.indicators.domain.rows import Status, Verdict

_INFO: Final = ("id", "indicator", "clause", "name", "name_zh", "basis")
_STATUSES: Final[tuple[Status, ...]] = get_args(Status)


_FAMILIES: Final = {
    "duibiao_target_value": "Figure of the present period, in the target's unit; absent without "
    "one.",
    "duibiao_target_attainment_ratio": "Attainment ratio: 1 or more = attained; at most 10.",
    "duibiao_target_period_end_timestamp_seconds": "Last second of the figure's period.",
    "duibiao_target_status": "1 for the status of the present period, 0 for the other eight.",
}
# The lines of one version of a verdict, for each family.
Lines = tuple[str, str, str, str]


class PresentCollector(TextCollector):
    """Shows how targets and duties stand. Collects on the scraping thread."""

    def __init__(
        self,
        register: Register,
        read: Callable[[Container[str]], Present],
        today: Callable[[], date],
    ) -> None:
        """`read` asks the store, and leaves out of the new verdicts those whose id is known."""
        self._register, self._targets, self._today = register, register.targets, today
        self._read = read
        self._lines: Mapping[str, Lines] = {}  # by the id of the version
        self._text = Snapshot[bytes](self._written, b"")
        self.mark_stale = self._text.mark_stale

    def describe(self) -> Iterable[Metric]:
        """Return no names, so that registering asks no database."""
        return ()

    def collect(self) -> Iterable[Metric]:
        """Return the families that speak of the register alone."""
        targets = self._register.on(self._today()).targets
        about = _about_notice(self._register), _about_orgs(self._register)
        return *about, *_about_targets(targets)

    def text(self) -> bytes:
        return self._text.get()

    def _written(self) -> bytes:
        present = self._read(self._lines.keys())
        new = {version: _lines(row) for version, row in present.new.items()}
        known = self._lines
        self._lines = {one: new[one] if one in new else known[one] for one in present.ids}
        columns = list(zip(*self._lines.values(), strict=True)) or [()] * len(_FAMILIES)
        shown = map(gauge, _FAMILIES, _FAMILIES.values(), columns)
        decisive, duties = _of_decisive(self._targets, present.city), _of_duties(present.duties)
        return "".join([*shown, decisive, duties]).encode()


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
        "duibiao_notice", "The watched notice and its city's region; always 1.", labels
    )


def _about_orgs(register: Register) -> Metric:
    info = InfoMetricFamily("duibiao_org", "Names of a unit; always 1.")
    for org in register.orgs.values():
        info.add_metric((), {"org": org.code, "name": org.name, "name_zh": org.name_zh})
    return info


def _about_targets(targets: Iterable[Target]) -> Iterable[Metric]:
    info = InfoMetricFamily("duibiao_target", "Names and clause of a target; always 1.")
    threshold = GaugeMetricFamily(
        "duibiao_target_threshold",
        "Threshold of a target, in its unit.",
        labels=("target", "op", "unit"),
    )
    due = GaugeMetricFamily(
        "duibiao_target_due_timestamp_seconds",
        "Last second of a target's due day.",
        labels=("target",),
    )
    for target in targets:
        named = {field: str(getattr(target, field)) for field in _INFO}
        info.add_metric((), {"target": named.pop("id"), **named})
        if target.threshold is not None:
            threshold.add_metric((target.id, target.op, target.unit), to_number(target.threshold))
        if target.due is not None:
            due.add_metric((target.id,), end_of(target.due))
    return info, threshold, due


def _lines(verdict: Verdict) -> Lines:
    row = verdict.row
    series = {"target": row.target, "org": row.org or "", "region": row.region}
    named = f"{{{labels(**series)}}}"
    value, ratio = row.value, row.attainment_ratio
    end = _written(end_of(verdict.period_end))
    value_name, ratio_name, end_name, status_name = _FAMILIES
    return (
        "" if value is None else f"{value_name}{named} {_figure(value)}\n",
        "" if ratio is None else f"{ratio_name}{named} {_figure(ratio)}\n",
        f"{end_name}{named} {end}\n",
        _one_hot(status_name, row.status, **series),
    )


def _of_decisive(targets: Iterable[Target], city: Iterable[Verdict]) -> str:
    rows = [verdict.row for verdict in city]
    lines = []
    for target in targets:
        status = decisive_of(target, (row for row in rows if row.target == target.id)).status
        lines.append(_one_hot("duibiao_target_decisive_status", status, target=target.id))
    return gauge(
        "duibiao_target_decisive_status",
        "1 for the status by which the notice judges a target, 0 for the other eight; of a "
        "standing target the worst of its ended periods.",
        lines,
    )


def _of_duties(duties: Iterable[PresentDuty]) -> str:
    return gauge(
        "duibiao_duty_status",
        "Status of a duty; always 1.",
        (
            f"duibiao_duty_status{{{labels(duty=duty, org=org, status=status)}}} 1.0\n"
            for duty, org, status in duties
        ),
    )


def _one_hot(family: str, status: str | None, **named: str) -> str:
    return "".join(
        f"{family}{{{labels(**named, status=word)}}} {float(word == status)}\n"
        for word in _STATUSES
    )


def _figure(exact: Fraction) -> str:
    return _written(to_number(exact))


def _written(number: float) -> str:
    # As the client library writes it.
    return str(floatToGoString(number))  # type: ignore[no-untyped-call]
