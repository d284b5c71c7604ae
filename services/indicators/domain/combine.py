"""From what single units know to one row's figure (domain.md section 3, rolling up).

Three steps, each noting what it leaves out: one org in one region, one org for the whole city,
several orgs together. Nothing is dropped silently.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from services.indicators.domain.criterion import Criterion
from services.indicators.domain.figures import (
    LISTED,
    Figure,
    Input,
    add_up,
    from_cases,
    of_histogram,
    outermost,
    reported,
)
from services.indicators.domain.histogram import EMPTY
from services.indicators.domain.leaves import Leaf, Leaves, Total, summed_up
from services.indicators.domain.submission import FigureStatement
from services.indicators.domain.wording import Note, show


@dataclass(frozen=True, slots=True)
class Part:
    """One org's figure, and what must be said of it. `not_applicable` takes the org out."""

    org: str
    figure: Figure | None
    notes: tuple[Note, ...] = ()
    not_applicable: bool = False


@dataclass(frozen=True, slots=True)
class Combined:
    """The figure of a row, how many units it comes from, how many were to report, and notes.

    `overdue_open`: open cases past the limit; None where there is no such limit.
    """

    figure: Figure | None
    reporters: int
    expected: int
    notes: tuple[Note, ...] = field(default=())
    overdue_open: int | None = None


def one_org(criterion: Criterion, org: str, region: str, leaves: Leaves) -> Combined:
    """Return the figure of one org for one region, or for the city."""
    part = _part(criterion, org, region, leaves)
    reporters = int(part.figure is not None)
    late = _overdue_open(criterion, part.figure, [org], region, leaves)
    notes = (*part.notes, *_hidden_by_mean(criterion, late))
    return Combined(part.figure, reporters, int(not part.not_applicable), notes, late)


def all_orgs(criterion: Criterion, region: str, leaves: Leaves) -> Combined:
    """Return the figure of every org together, for a region or for the city.

    For the city the units that are to report are those the register names, less those to whom it
    does not apply; for a region, those that said something there.
    """
    in_city = region == criterion.city
    found = leaves.by_org if in_city else leaves.by_region.get(region, {})
    here = {org for org in found if found[org]}
    order = [org for org in criterion.indicator.reported_by if org in here]
    order += sorted(here - set(order))
    parts = [_part(criterion, org, region, leaves) for org in order]
    notes = [note for part in parts for note in part.notes]
    out = {part.org for part in parts if part.not_applicable}
    known = {
        part.org
        for part in parts
        if part.figure is not None or has_data(criterion, part.org, region, leaves)
    }
    if in_city:
        known |= set(criterion.indicator.reported_by)
    figures = [part.figure for part in parts if part.figure is not None]
    if sum(len(figure.inputs) for figure in figures) > LISTED:
        figures = [summed_up(criterion, figure) for figure in figures]
    figure, reporters, more = _together(criterion, figures)
    late = _overdue_open(criterion, figure, order, region, leaves)
    notes += [*more, *_hidden_by_mean(criterion, late)]
    return Combined(figure, reporters, len(known - out), tuple(notes), late)


def has_data(criterion: Criterion, org: str, region: str, leaves: Leaves) -> bool:
    """Whether an org knows anything that makes a row of a region, or of the city."""
    statistic = criterion.target.statistic
    if region != criterion.city:
        return leaves.get(org, region).has_data(statistic)
    return any(leaf.has_data(statistic) for leaf in leaves.by_org.get(org, {}).values())


def _totals(criterion: Criterion, org: str, leaves: Leaves) -> "_OrgTotals":
    # Which open cases are late differs where an org has a threshold of its own: the row over
    # several orgs is held to another.
    name = f"{criterion.target.id} {criterion.threshold}"
    return leaves.followed(org, name, lambda: _OrgTotals(criterion, org))


def _part(criterion: Criterion, org: str, region: str, leaves: Leaves) -> Part:
    own = _totals(criterion, org, leaves)
    return own.in_city(criterion) if region == criterion.city else own.in_region(region)


def _overdue_open(
    criterion: Criterion, figure: Figure | None, orgs: Iterable[str], region: str, leaves: Leaves
) -> int | None:
    """Count the open cases past the limit: those in the figure, or those beside a mean."""
    if criterion.open_limit is None:
        limited = figure is not None and figure.histogram and criterion.case_limit is not None
        return figure.overdue if figure is not None and limited else None
    in_city = region == criterion.city
    totals = (_totals(criterion, org, leaves) for org in orgs)
    return sum(one.overdue_open(None if in_city else region) for one in totals)


def _hidden_by_mean(criterion: Criterion, late: int | None) -> list[Note]:
    if criterion.open_limit is None or not late:
        return []
    return [
        Note(
            f"另有 {late} 件在办已超过目标值，平均值未计入",
            f"{late} open cases are past the threshold already; the mean does not hold them",
        )
    ]


class _OrgTotals:
    """An org's leaves of a period added up, corrected leaf by leaf.

    So the cost of a figure does not depend on the number of regions. For the city: all its cases,
    if any; else what it reported for the city; else its regions together.
    """

    def __init__(self, criterion: Criterion, org: str) -> None:
        self._criterion = criterion
        self._org = org
        self._regions: set[str] = set()
        self._said: dict[str, Part] = {}
        self._noted: dict[str, Part] = {}
        self._counted: dict[str, Figure] = {}
        self._added: dict[str, Figure] = {}
        self._alone: dict[str, Figure] = {}
        self._reported, self._cases = Total(), Total()
        self._city: Part | None = None
        self._open: dict[str, int] = {}

    def overdue_open(self, region: str | None) -> int:
        """Count the open cases that a mean hides, in one region or in all."""
        return sum(self._open.values()) if region is None else self._open.get(region, 0)

    def put(self, leaf: Leaf) -> None:
        """Take out what a region gave before, and add what it gives now."""
        region, criterion, self._city = leaf.region, self._criterion, None
        if added := self._added.pop(region, None):
            self._reported.add(added, -1)
        if counted := self._counted.pop(region, None):
            self._cases.add(counted, -1)
        for found in (self._said, self._noted, self._alone, self._open):
            found.pop(region, None)
        if leaf.rollup is not None and leaf.rollup.open and criterion.open_limit is not None:
            self._open[region] = leaf.rollup.open.past(criterion.open_limit).count
        (self._regions.discard if leaf.empty else self._regions.add)(region)
        if leaf.figures:
            part = self._said[region] = _reported_part(criterion, leaf)
            if part.notes or part.not_applicable:
                self._noted[region] = part
            if part.figure is not None and self._adds(part.figure):
                self._added[region] = part.figure
                self._reported.add(part.figure)
            elif part.figure is not None:
                self._alone[region] = part.figure
        cases = None if leaf.rollup is None else from_cases(criterion, (leaf.rollup,))
        if cases is not None:
            self._counted[region] = cases
            self._cases.add(cases)

    def in_region(self, region: str) -> Part:
        """Return the org's part of a region's figure."""
        said, cases = self._said.get(region) or Part(self._org, None), self._counted.get(region)
        if cases is None:
            return said
        notes = _overruled(self._criterion, self._org, cases, [said])
        return Part(self._org, cases, (*said.notes, *notes))

    def in_city(self, criterion: Criterion) -> Part:
        """Return the org's part of the city's figure."""
        if self._city is None:
            self._city = self._in_city(criterion)
        return self._city

    def _in_city(self, criterion: Criterion) -> Part:
        notes = [note for _, part in sorted(self._noted.items()) for note in part.notes]
        if self._counted:
            cases = self._sum(criterion, self._cases, self._counted)
            said = [part for _, part in sorted(self._said.items())]
            notes += _overruled(criterion, self._org, cases, said)
            return Part(self._org, cases, tuple(notes))
        whole = self._said.get(criterion.city)
        if whole is not None and whole.figure is not None:
            return Part(self._org, whole.figure, tuple(notes))
        alone = [figure for _, figure in sorted(self._alone.items())]
        figure, out = None, False
        if self._added:
            figure = self._sum(criterion, self._reported, self._added)
        elif len(alone) == 1:
            figure = alone.pop()
        elif not alone:
            out = bool(self._said) and all(part.not_applicable for part in self._said.values())
        notes += [_cannot_be_added(criterion, other) for other in alone]
        return Part(self._org, figure, tuple(notes), out)

    def _sum(self, criterion: Criterion, total: Total, parts: Mapping[str, Figure]) -> Figure:
        made_from = total.input(self._org, criterion.city, criterion.period.code)
        inputs: tuple[Input, ...] = (made_from,)
        if len(self._regions) <= LISTED:
            inputs = tuple(one for _, figure in sorted(parts.items()) for one in figure.inputs)
        return total.figure(criterion.target.statistic, inputs)

    def _adds(self, figure: Figure) -> bool:
        if self._criterion.target.statistic == "latest":
            return self._criterion.target.unit != "percent"
        return figure.addable


def _reported_part(criterion: Criterion, leaf: Leaf) -> Part:
    """Return what an org reported for a region: its own period's figure, else the finer ones."""
    stated = [figure for figure in leaf.figures if not figure.content.not_applicable]
    without = [figure for figure in leaf.figures if figure.content.not_applicable]
    notes = [_does_not_apply(criterion, figure, stands=not stated) for figure in without]
    if not stated:
        return Part(leaf.org, None, tuple(notes), not_applicable=bool(without))
    outer = [reported(figure, criterion.target.statistic) for figure in outermost(stated)]
    if criterion.target.statistic == "latest":
        return Part(leaf.org, outer[-1], tuple(notes))
    figure, left_out = add_up(outer, criterion.target.statistic)
    notes += [_cannot_be_added(criterion, other) for other in left_out]
    return Part(leaf.org, figure, tuple(notes))


def _together(
    criterion: Criterion, figures: Sequence[Figure]
) -> tuple[Figure | None, int, list[Note]]:
    """Return several orgs' figure, how many orgs it counts, and notes. In order of belief."""
    if not figures:
        return None, 0, []
    statistic = criterion.target.statistic
    if statistic == "latest":
        differing = [other for other in figures[1:] if other.value != figures[0].value]
        notes = [_differs(criterion, figures[0], other) for other in differing]
        return figures[0], len(figures), notes
    with_cases = [figure for figure in figures if figure.histogram is not None]
    if statistic == "each" and with_cases:
        notes = [
            _average_left_out(criterion, figure) for figure in figures if figure.histogram is None
        ]
        histogram = sum((figure.histogram or EMPTY for figure in with_cases), EMPTY)
        inputs = tuple(made_from for figure in with_cases for made_from in figure.inputs)
        overdue = sum(figure.overdue for figure in with_cases)
        return of_histogram("each", histogram, inputs, overdue), len(with_cases), notes
    figure, left_out = add_up(figures, statistic)
    notes = [_cannot_be_added(criterion, other) for other in left_out]
    return figure, len(figures) - len(left_out), notes


def _overruled(criterion: Criterion, org: str, cases: Figure, said: Sequence[Part]) -> list[Note]:
    """Note every reported figure that cases overrule, as a contradiction where it differs."""
    mean = cases.histogram.mean if cases.histogram is not None else cases.value
    notes = [
        _contradiction(criterion, org, part.figure, mean)
        for part in said
        if part.figure is not None and part.figure.value != mean
    ]
    if any(part.not_applicable for part in said):
        notes.append(_applies_after_all(criterion, org))
    return notes


def _contradiction(criterion: Criterion, org: str, other: Figure, by_cases: Fraction) -> Note:
    unit, where = criterion.org(org), criterion.region(other.inputs[0].region)
    return Note(
        f"{unit.zh}：{where.zh}另报 {show(other.value)}，与办件计得的 {show(by_cases)} 不一致，"
        "以办件为准",
        f"{unit.en}: {show(other.value)} reported for {where.en} contradicts {show(by_cases)} "
        "from its cases; the cases decide",
    )


def _applies_after_all(criterion: Criterion, org: str) -> Note:
    unit = criterion.org(org)
    return Note(
        f"{unit.zh}：报为不适用，但有办件，以办件为准",
        f"{unit.en}: not applicable was stated, yet there are cases; the cases decide",
    )


def _cannot_be_added(criterion: Criterion, figure: Figure) -> Note:
    unit, where = criterion.org(figure.inputs[0].org), criterion.region(figure.inputs[0].region)
    period = figure.inputs[0].period
    return Note(
        f"{unit.zh}：{where.zh} {period} 报送值 {show(figure.value)} 无样本量，不能合并，未计入",
        f"{unit.en}: {show(figure.value)} reported for {where.en}, {period}, has no sample size; "
        "it cannot be added up and is left out",
    )


def _average_left_out(criterion: Criterion, figure: Figure) -> Note:
    unit = criterion.org(figure.inputs[0].org)
    return Note(
        f"{unit.zh}：只报平均值 {show(figure.value)}，其他单位已有办件，未计入",
        f"{unit.en}: only an average, {show(figure.value)}, beside other units' cases; left out",
    )


def _differs(criterion: Criterion, first: Figure, other: Figure) -> Note:
    chosen, unit = criterion.org(first.inputs[0].org), criterion.org(other.inputs[0].org)
    return Note(
        f"{unit.zh}报 {show(other.value)}，{chosen.zh}报 {show(first.value)}，以{chosen.zh}为准",
        f"{unit.en} reports {show(other.value)}, {chosen.en} {show(first.value)}; "
        f"{chosen.en} comes first and stands",
    )


def _does_not_apply(criterion: Criterion, figure: FigureStatement, *, stands: bool) -> Note:
    unit, where = criterion.org(figure.key.org), criterion.region(figure.key.region)
    comment, period = figure.content.comment, figure.key.period
    if stands:
        return Note(
            f"{unit.zh}：{where.zh} {period} 不适用（{comment}）",
            f"{unit.en}: not applicable for {where.en}, {period} ({comment})",
        )
    return Note(
        f"{unit.zh}：{where.zh} {period} 报为不适用，但同期另有数值，以数值为准",
        f"{unit.en}: not applicable stated for {where.en}, {period}, beside a figure; "
        "the figure stands",
    )
