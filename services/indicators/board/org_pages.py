"""The units' pages: all of them in a list, and one with its targets, reports and alerts."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from duibiao.register import Org, Register, Target
from duibiao.web.board.alerts import alert_lines, org_name, region_name, units
from duibiao.web.board.figures import asked, day, period_name, shown, with_unit
from duibiao.web.board.language import Language, name_of, title_of
from duibiao.web.board.marks import Mark, colour_mark
from duibiao.web.board.rendering import View
from duibiao.web.board.words import COLOUR, say
from services.indicators.board.data import OrgSheet, Overview
from services.indicators.board.lines import (
    Count,
    counted,
    mark_of,
    present_of,
    quarters,
    target_lines,
)
from services.indicators.board.marks import duty_mark, status_marks
from services.indicators.board.overview import by_target
from services.indicators.board.reports import report_parts
from services.indicators.board.words import ORG_KIND
from services.indicators.domain.rows import DutyRow, Verdict, VerdictRow


@dataclass(frozen=True, slots=True)
class OwnFigure:
    """A target the unit leads: the city's line, and the unit's own figure of the same period."""

    line: View
    value: str | None
    mark: Mark | None


def build_list(register: Register, data: Overview, language: Language) -> View:
    """Lay out all units of the register."""
    lines = _UnitLines(register, data, language)
    leading = set(register.lead_orgs)
    others: dict[str, list[View]] = defaultdict(list)
    for org in register.orgs.values():
        if org.code not in leading:
            others[org.kind].append(lines.line(org))
    return View(
        leads=tuple(lines.line(register.orgs[code]) for code in register.lead_orgs),
        others=tuple(
            (say(ORG_KIND, kind, language), tuple(others[kind]))
            for kind in ORG_KIND
            if others[kind]
        ),
    )


class _UnitLines:
    """Builds the list's lines from what was read once."""

    def __init__(self, register: Register, data: Overview, language: Language) -> None:
        self._register = register
        self._language = language
        self._duties: dict[str, list[str]] = defaultdict(list)
        for duty in data.duties:
            self._duties[duty.org].append(duty.status)
        self._alerts = data.alerts_of
        series = by_target(data.city)
        self._marks: dict[str, list[Mark]] = defaultdict(list)
        for target in register.targets:
            present = present_of(series.get(target.id, ()))
            mark = mark_of(None if present is None else present.row, language)
            for code in target.leads:
                self._marks[code].append(mark)

    def line(self, org: Org) -> View:
        language = self._language
        targets, alerts = Counter(self._marks[org.code]), self._alerts.get(org.code, {})
        return View(
            name=name_of(org, language),
            href=f"/board/orgs/{org.code}",
            kind=say(ORG_KIND, org.kind, language),
            measures=len({duty.measure for duty in self._register.duties_of(org.code)}),
            targets=tuple(Count(m, targets[m]) for m in status_marks(language) if targets[m]),
            duties=counted(self._duties[org.code], language),
            alerts=tuple(Count(colour_mark(c, language), alerts[c]) for c in COLOUR if c in alerts),
        )


def build_unit(register: Register, org: Org, sheet: OrgSheet, language: Language) -> View:
    """Lay one unit out."""
    series, own = by_target(sheet.city), by_target(sheet.own)
    concerned = [
        target
        for target in register.targets
        if org.code in (*target.leads, *register.indicators[target.indicator].reported_by)
    ]
    also = {org.code, *(one.code for one in register.orgs.values() if org.code in one.members)}
    lines = target_lines(concerned, series, language, sheet.alerts)
    periods = tuple(dict.fromkeys(d.period for d in sorted(sheet.duties, key=lambda d: d.due)))
    return View(
        code=org.code,
        name=name_of(org, language),
        kind=say(ORG_KIND, org.kind, language),
        region=region_name(register, org.region, language) if org.region else None,
        here=_region_lines(register, sheet.here, language),
        targets=tuple(
            _own_figure(lines[t.id], t, series.get(t.id, ()), own.get(t.id, ()), language)
            for t in concerned
        ),
        supported=[
            (measure, title_of(measure, language), units(register, measure.leads, language))
            for measure in register.measures
            if not also.isdisjoint(measure.supports)
        ],
        quarters=quarters(sheet.duties, language),
        rows=_duty_rows(register, sheet.duties, periods, language),
        alerts=alert_lines(register, sheet.alerts, language),
        reports=report_parts(register, sheet.reports, language),
    )


def _region_lines(
    register: Register, verdicts: Sequence[Verdict], language: Language
) -> tuple[View, ...]:
    """List rows in the order of the notice; of one target several units together come first."""
    order = {target.id: place for place, target in enumerate(register.targets)}
    rows = [verdict.row for verdict in verdicts if verdict.row.target in order]
    return tuple(
        View(
            name=name_of(target, language),
            href=f"/board/targets/{target.id}?{urlencode({'verdict': row.id})}#proof",
            who=None if row.org is None else org_name(register, row.org, language),
            value=_with_unit(target, row, language),
            asked=asked(target, language),
            period=period_name(row.period, language),
            mark=mark_of(row, language),
        )
        for row in sorted(rows, key=lambda row: (order[row.target], row.org or ""))
        for target in (register.target(row.target),)
    )


def _own_figure(
    line: View, target: Target, city: Sequence[Verdict], own: Sequence[Verdict], language: Language
) -> OwnFigure:
    present = present_of(city)
    same = [v.row for v in own if present is not None and v.row.period == present.row.period]
    if not same:
        return OwnFigure(line, None, None)
    row = same[0]
    return OwnFigure(line, _with_unit(target, row, language), mark_of(row, language))


def _with_unit(target: Target, row: VerdictRow, language: Language) -> str | None:
    value = shown(row.value, row.threshold)
    return None if value is None else with_unit(value, target.counted_in, language)


def _duty_rows(
    register: Register, states: Sequence[DutyRow], periods: Sequence[str], language: Language
) -> tuple[View, ...]:
    owed: dict[str, Mapping[str, DutyRow]] = {}
    for measure in register.measures:
        found = {state.period: state for state in states if state.measure == measure.no}
        if found:
            owed[measure.no] = found
    return tuple(
        View(
            measure=no,
            title=title_of(register.measure(no), language),
            cells=tuple(_cell(found.get(period), language) for period in periods),
        )
        for no, found in owed.items()
    )


def _cell(state: DutyRow | None, language: Language) -> View | None:
    if state is None:
        return None
    return View(
        mark=duty_mark(state.status, language),
        due=day(state.effective_due),
        moved_from=day(state.due) if state.effective_due != state.due else None,
        received=day(state.received_on) if state.received_on else None,
    )
