"""One target's page: its figure, its line over time, every row, and the proof of one verdict."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from duibiao.register import Register, Target, parse
from services.indicators.board.charts import Chart, chart
from services.indicators.board.data import TargetSheet
from services.indicators.board.figures import (
    day,
    difference,
    item_number,
    moment,
    period_name,
    share,
    shown,
)
from services.indicators.board.language import Language, title_of
from services.indicators.board.lines import (
    AlertLine,
    TargetLine,
    Unit,
    alert_line,
    by_severity,
    mark_of,
    org_name,
    present_of,
    region_name,
    target_line,
    units,
)
from services.indicators.board.marks import Mark
from services.indicators.board.overview import in_time
from services.indicators.board.whys import is_incomplete, notes, why
from services.indicators.board.words import STATISTIC, VERB, say
from services.indicators.domain.rows import Verdict, VerdictRow


@dataclass(frozen=True, slots=True)
class Row:
    """One verdict in the table; None where a column has nothing to say."""

    id: str
    period: str
    where: str
    value: str | None
    ratio: str | None
    gap: str | None
    sample: str | None
    within: str | None
    mean: str | None
    p90: str | None
    longest: str | None
    overdue: str | None
    reporters: int
    expected: int
    incomplete: bool
    mark: Mark
    why: str
    notes: tuple[str, ...]
    evaluated: str
    present: bool
    chosen: bool


@dataclass(frozen=True, slots=True)
class PeriodRows:
    """The rows of units and regions in one period."""

    period: str
    rows: tuple[Row, ...]

    @property
    def chosen(self) -> bool:
        """Whether the verdict that is proven is among them."""
        return any(row.chosen for row in self.rows)


@dataclass(frozen=True, slots=True)
class TargetPage:
    """Everything `/board/targets/{id}` says of a target, its proof apart."""

    line: TargetLine
    present: Row | None
    clause_title: str
    clause_href: str
    task_no: int
    task_number: str
    task_title: str
    one_by_one: bool
    statistic: str
    verb: str | None
    leads: tuple[Unit, ...]
    decided: tuple[str, str] | None
    chart: Chart
    city: tuple[Row, ...]
    parts: tuple[PeriodRows, ...]
    alerts: tuple[AlertLine, ...]
    chosen: Row | None


def build(
    register: Register, target: Target, sheet: TargetSheet, chosen: str | None, language: Language
) -> TargetPage:
    """Lay a target out; `chosen` is the verdict whose proof is shown, the present one if None."""
    city = [v for v in sheet.verdicts if v.row.org is None and v.row.region == register.city]
    series = in_time(city)
    present = present_of(series)
    proven = next((v for v in sheet.verdicts if v.row.id == chosen), present)
    rows = _Rows(register, target, None if proven is None else proven.row.id, language)
    task = register.task(int(target.clause.partition(".")[0]))
    return TargetPage(
        line=target_line(target, series, language),
        present=None if present is None else rows.row(present),
        clause_title=_clause_title(register, target.clause, language),
        clause_href=_clause_href(target.clause),
        task_no=task.no,
        task_number=item_number(task.no, language),
        task_title=title_of(task, language),
        one_by_one=target.statistic == "each",
        statistic=say(STATISTIC, target.statistic, language),
        verb=None if target.verb is None else say(VERB, target.verb, language),
        leads=units(register, target.leads, language),
        decided=_decided(target),
        chart=chart(target, series, language),
        city=tuple(rows.row(verdict) for verdict in reversed(series)),
        parts=rows.parts([verdict for verdict in sheet.verdicts if verdict not in city]),
        alerts=tuple(alert_line(register, a, language) for a in by_severity(sheet.alerts)),
        chosen=None if proven is None else rows.row(proven),
    )


def _clause_href(clause: str) -> str:
    return f"/board/{'measures' if '.' in clause else 'tasks'}/{clause}"


def _clause_title(register: Register, clause: str, language: Language) -> str:
    if "." in clause:
        return title_of(register.measure(clause), language)
    return title_of(register.task(int(clause)), language)


def _decided(target: Target) -> tuple[str, str] | None:
    if target.decided_by is None or target.decided_since is None:
        return None
    return target.decided_by, day(target.decided_since)


class _Rows:
    """Turns verdicts into rows of the page; `chosen` is the id of the one that is proven."""

    def __init__(
        self, register: Register, target: Target, chosen: str | None, language: Language
    ) -> None:
        self._register = register
        self._target = target
        self._chosen = chosen
        self._language = language

    def parts(self, verdicts: Sequence[Verdict]) -> tuple[PeriodRows, ...]:
        grouped: dict[str, list[Verdict]] = defaultdict(list)
        for verdict in verdicts:
            grouped[verdict.row.period].append(verdict)
        newest_first = sorted(grouped, key=lambda code: parse(code).first, reverse=True)
        return tuple(
            PeriodRows(
                period_name(code, self._language),
                tuple(self.row(verdict) for verdict in sorted(grouped[code], key=self._place)),
            )
            for code in newest_first
        )

    def _place(self, verdict: Verdict) -> tuple[bool, str, bool, str]:
        row = verdict.row
        return row.org is not None, row.org or "", row.region != self._register.city, row.region

    def row(self, verdict: Verdict) -> Row:
        row, language = verdict.row, self._language
        one_by_one = self._target.statistic == "each"
        return Row(
            id=row.id,
            period=period_name(row.period, language),
            where=self._where(row),
            value=shown(row.value, row.threshold),
            ratio=None if row.attainment_ratio is None else share(row.attainment_ratio),
            gap=_gap(self._target, row, language),
            sample=shown(row.sample_size),
            within=shown(row.within_limit) if one_by_one else None,
            mean=shown(row.mean),
            p90=shown(row.p90),
            longest=shown(row.max),
            overdue=shown(row.overdue_open),
            reporters=row.reporters,
            expected=row.expected,
            incomplete=is_incomplete(row),
            mark=mark_of(row, language),
            why=why(self._target, row, language),
            notes=notes(self._target, row, language),
            evaluated=moment(row.evaluated_at),
            present=verdict.present,
            chosen=row.id == self._chosen,
        )

    def _where(self, row: VerdictRow) -> str:
        region = region_name(self._register, row.region, self._language)
        if row.org is None:
            return region
        unit = org_name(self._register, row.org, self._language)
        return unit if row.region == self._register.city else f"{unit} · {region}"


def _gap(target: Target, row: VerdictRow, language: Language) -> str | None:
    if row.gap is None:
        return None
    sign = "+" if row.gap > 0 else "−" if row.gap < 0 else ""
    return sign + difference(row.gap, target.counted_in, language)
