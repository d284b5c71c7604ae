"""From what single units know to one row's figure (domain.md section 3, rolling up).

Three steps, each noting what it leaves out: one org in one region, one org for the whole city,
several orgs together. Nothing is dropped silently.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from services.indicators.domain.criterion import Criterion
from services.indicators.domain.figures import (
    LISTED,
    Figure,
    add_up,
    from_cases,
    of_spread,
    outermost,
    reported,
    totals,
)
from services.indicators.domain.histogram import EMPTY
from services.indicators.domain.leaves import Leaf, Leaves
from services.indicators.domain.rows import FigureStatement
from services.indicators.domain.totals import Total, summed_up
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
    """The figure of a row, how many units it comes from, how many were to report, and notes."""

    figure: Figure | None
    reporters: int
    expected: int
    notes: tuple[Note, ...] = field(default=())


def one_org(criterion: Criterion, org: str, region: str, leaves: Leaves) -> Combined:
    """Return the figure of one org for one region, or for the city."""
    part = _part(criterion, org, region, leaves)
    reporters = int(part.figure is not None)
    return Combined(part.figure, reporters, int(not part.not_applicable), part.notes)


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
    known = {part.org for part in parts if _spoke(criterion, part, region, leaves)}
    if in_city:
        known |= set(criterion.indicator.reported_by)
    figures = [part.figure for part in parts if part.figure is not None]
    if sum(len(figure.inputs) for figure in figures) > LISTED:
        figures = [summed_up(figure, criterion.city, criterion.period.code) for figure in figures]
    figure, reporters, more = _together(criterion, figures)
    return Combined(figure, reporters, len(known - out), (*notes, *more))


def has_data(criterion: Criterion, org: str, region: str, leaves: Leaves) -> bool:
    """Whether an org knows anything that makes a row of a region, or of the city."""
    statistic = criterion.target.statistic
    if region != criterion.city:
        return leaves.get(org, region).has_data(statistic)
    return any(leaf.has_data(statistic) for leaf in leaves.by_org.get(org, {}).values())


def _spoke(criterion: Criterion, part: Part, region: str, leaves: Leaves) -> bool:
    return part.figure is not None or has_data(criterion, part.org, region, leaves)


def _part(criterion: Criterion, org: str, region: str, leaves: Leaves) -> Part:
    own = leaves.by_org.get(org, {})
    name, totals_name = criterion.target.id, f"{criterion.target.id} totals"
    if region != criterion.city:
        totals = leaves.found(org, totals_name)
        return totals.of(region) if totals else _in_region(criterion, leaves.get(org, region))
    if len(own) > LISTED:
        totals = leaves.cached(org, totals_name, lambda: _Totals(criterion, org, own.values()))
        return leaves.cached(org, name, lambda: totals.part(criterion))
    return leaves.cached(org, name, lambda: _in_city(criterion, org, [*own.values()]))


def _in_region(criterion: Criterion, leaf: Leaf) -> Part:
    return _decided(criterion, _reported_part(criterion, leaf), _leaf_cases(criterion, leaf))


def _leaf_cases(criterion: Criterion, leaf: Leaf) -> Figure | None:
    return None if leaf.rollup is None else from_cases(criterion, (leaf.rollup,))


def _decided(criterion: Criterion, said: Part, cases: Figure | None) -> Part:
    if cases is None:
        return said
    return Part(said.org, cases, (*said.notes, *_overruled(criterion, said.org, cases, [said])))


def _in_city(criterion: Criterion, org: str, leaves: Sequence[Leaf]) -> Part:
    """All its cases, if any; else what it reported for the city; else its regions together."""
    leaves = sorted(leaves, key=lambda leaf: leaf.region)
    said = {leaf.region: _reported_part(criterion, leaf) for leaf in leaves if leaf.figures}
    notes = tuple(note for part in said.values() for note in part.notes)
    rollups = [leaf.rollup for leaf in leaves if leaf.rollup is not None]
    cases = from_cases(criterion, sorted(rollups, key=lambda rollup: rollup.key))
    if cases is not None:
        return Part(org, cases, (*notes, *_overruled(criterion, org, cases, [*said.values()])))
    whole = said.get(criterion.city)
    if whole is not None and whole.figure is not None:
        return Part(org, whole.figure, notes)
    figures = [part.figure for _, part in sorted(said.items()) if part.figure is not None]
    not_applicable = bool(said) and all(part.not_applicable for part in said.values())
    if not figures:
        return Part(org, None, notes, not_applicable)
    figure, more = _regions_together(criterion, figures)
    return Part(org, figure, (*notes, *more))


class _Totals:
    """An org's leaves of a period added up, corrected leaf by leaf: for an org of many regions."""

    def __init__(self, criterion: Criterion, org: str, leaves: Iterable[Leaf]) -> None:
        self._criterion = criterion
        self._org = org
        self._said: dict[str, Part] = {}
        self._noted: dict[str, Part] = {}
        self._counted: dict[str, Figure] = {}
        self._alone: dict[str, Figure] = {}
        self._reported, self._cases = Total(), Total()
        for leaf in leaves:
            self.put(leaf)

    def put(self, leaf: Leaf) -> None:
        """Take out what a region gave before, and add what it gives now."""
        region, criterion = leaf.region, self._criterion
        before = self._said.pop(region, None)
        if before is not None and before.figure is not None and not self._alone.pop(region, None):
            self._reported.take_out(before.figure)
        if counted := self._counted.pop(region, None):
            self._cases.take_out(counted)
        self._noted.pop(region, None)
        if leaf.figures:
            part = self._said[region] = _reported_part(criterion, leaf)
            if part.notes or part.not_applicable:
                self._noted[region] = part
            if part.figure is not None and not self._adds(part.figure):
                self._alone[region] = part.figure
            elif part.figure is not None:
                self._reported.add(part.figure)
        cases = _leaf_cases(criterion, leaf)
        if cases is not None:
            self._counted[region] = cases
            self._cases.add(cases)

    def of(self, region: str) -> Part:
        """Return the org's part of a region's figure."""
        said = self._said.get(region) or Part(self._org, None)
        return _decided(self._criterion, said, self._counted.get(region))

    def part(self, criterion: Criterion) -> Part:
        """Return the org's part of the city's figure, as `_in_city` does of few leaves."""
        city, period = criterion.city, criterion.period.code
        notes = tuple(note for _, part in sorted(self._noted.items()) for note in part.notes)
        if self._counted:
            statistic = criterion.target.statistic
            cases = self._cases.figure(statistic, "cases", self._org, city, period)
            told = [part for _, part in sorted(self._said.items())]
            return Part(self._org, cases, (*notes, *_overruled(criterion, self._org, cases, told)))
        whole = self._said.get(city)
        if whole is not None and whole.figure is not None:
            return Part(self._org, whole.figure, notes)
        alone = [figure for _, figure in sorted(self._alone.items())]
        if not self._reported.number:
            none = not alone and len(self._noted) == len(self._said) > 0
            out = none and all(part.not_applicable for part in self._noted.values())
            if len(alone) == 1:
                return Part(self._org, alone[0], notes)
            more = [_cannot_be_added(criterion, figure) for figure in alone]
            return Part(self._org, None, (*notes, *more), out)
        statistic = criterion.target.statistic
        figure = self._reported.figure(statistic, "reported", self._org, city, period)
        more = [_cannot_be_added(criterion, figure) for figure in alone]
        return Part(self._org, figure, (*notes, *more))

    def _adds(self, figure: Figure) -> bool:
        if self._criterion.target.statistic == "latest":
            return self._criterion.target.unit != "percent"
        return figure.addable


def _regions_together(
    criterion: Criterion, figures: Sequence[Figure]
) -> tuple[Figure | None, list[Note]]:
    if criterion.target.statistic != "latest":
        figure, left_out = add_up(figures, criterion.target.statistic)
        return figure, [_cannot_be_added(criterion, other) for other in left_out]
    if len(figures) == 1:
        return figures[0], []
    if criterion.target.unit == "percent":
        return None, [_cannot_be_added(criterion, figure) for figure in figures]
    return totals(figures), []


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
    with_cases = [figure for figure in figures if figure.spread is not None]
    if statistic == "each" and with_cases:
        notes = [
            _average_left_out(criterion, figure) for figure in figures if figure.spread is None
        ]
        return _cases_together(with_cases), len(with_cases), notes
    figure, left_out = add_up(figures, statistic)
    notes = [_cannot_be_added(criterion, other) for other in left_out]
    return figure, len(figures) - len(left_out), notes


def _cases_together(figures: Sequence[Figure]) -> Figure:
    spread, overdue = EMPTY, 0
    for figure in figures:
        spread = spread.plus(figure.spread or EMPTY)
        overdue += figure.overdue
    inputs = tuple(made_from for figure in figures for made_from in figure.inputs)
    return of_spread("each", spread, inputs, overdue)


def _overruled(criterion: Criterion, org: str, cases: Figure, said: Sequence[Part]) -> list[Note]:
    """Note every reported figure that cases overrule, as a contradiction where it differs."""
    mean = cases.spread.mean if cases.spread is not None else cases.value
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
