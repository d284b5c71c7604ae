"""Judge the series that were touched, and those of their later periods that look back on them.

Owns which rows are judged, in which order, what counts as a change, and which row of a series is
the present one. What a row says is the domain's. Only the periods that are touched, or that the
rules look at, are read: a long history costs nothing.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cache, partial

from duibiao.register import Indicator, Period, Target, containing, parse
from services.indicators.domain.assess import Assessment, assess, gone, has_row, same_version
from services.indicators.domain.criterion import Criterion
from services.indicators.domain.decisions import Waiver, waivers_of
from services.indicators.domain.leaves import Leaves
from services.indicators.domain.rows import RollupKey, Series, Verdict, VerdictChange, rising
from services.indicators.domain.verdict import compared_with
from services.indicators.usecases.context import EvaluationContext
from services.indicators.usecases.evidence import Evidence

# Whose row: an org (None = over several) and a region.
Place = tuple[str | None, str]

# The period codes to be judged for each place.
Scope = Mapping[Place, Collection[str]]


def around(org: str, region: str, city: str) -> tuple[Place, ...]:
    """Return the places whose rows an org's data for a region enter."""
    return tuple(dict.fromkeys([(org, region), (org, city), (None, region), (None, city)]))


def scope_of(leaves: Iterable[RollupKey], city: str) -> Scope:
    """Return the scope of some orgs, regions and periods whose data changed."""
    scope: dict[Place, set[str]] = defaultdict(set)
    for _, period, org, region in leaves:
        for place in around(org, region, city):
            scope[place].add(period)
    return scope


def judge_scope(
    context: EvaluationContext, indicator: Indicator, scope: Scope, evidence: Evidence
) -> list[VerdictChange]:
    """Judge an indicator's targets in a scope, save what changed and return it in order."""
    periods = {code: parse(code) for codes in scope.values() for code in codes}
    evidence.load(periods.values())
    places = sorted(scope, key=lambda place: (place[0] is not None, place[0] or "", place[1]))
    changes: list[VerdictChange] = []
    decided = waivers_of(context.repository.decisions("waiver")).values()
    for target in context.register.targets_of(indicator.code):
        waivers = [one for one in decided if one.in_force and one.target == target.id]
        standing: dict[Series, dict[str, Verdict]] = defaultdict(dict)
        wanted = [Series(target.id, *place) for place in places]
        needed = _looked_at(target, indicator, periods.values())
        for verdict in context.repository.verdicts(target.id, wanted, *needed):
            standing[verdict.series][verdict.row.period] = verdict
        criteria_of = cache(partial(_criteria, context, target, indicator))
        with_own = {one.org for one in target.local}
        for series in wanted:
            criteria = criteria_of(series.org if series.org in with_own else None)
            rows = standing.get(series, {})
            evaluator = _SeriesEvaluator(
                context, criteria, evidence, waivers, series, rows, dict(rows)
            )
            changes += evaluator.judge(scope[series.org, series.region])
    context.repository.save_verdicts(changes)
    return changes


def withdraw(context: EvaluationContext, verdicts: Iterable[Verdict]) -> list[VerdictChange]:
    """Withdraw rows whose target the register holds no longer; save and return it."""
    rows = {(one.row.org or "", one.row.region, one.row.period): one for one in verdicts}
    changes = [
        _version(context, gone(kept, context.now), kept, removed=True)
        for _, kept in sorted(rows.items())
    ]
    context.repository.save_verdicts(changes)
    return changes


def _looked_at(
    target: Target, indicator: Indicator, touched: Collection[Period]
) -> tuple[set[str] | None, str | None]:
    """Return which standing rows of a series judging needs: some periods, and all from one on.

    (None, None): every one, since codes of different types have no order.
    """
    if any(period.type != indicator.period_type for period in touched):
        return None, None
    codes = {period.code for period in touched}
    codes |= {code for period in touched for code in compared_with(period)[-1:]}
    since = set()
    if (target.stated or target).op in ("rise", "fall"):
        since |= {code for period in touched for code in (period.code, *compared_with(period))}
    if target.judged_by is not None and any(p.last >= target.judged_by for p in touched):
        since.add(containing(target.judged_by, indicator.period_type).code)
    return codes, min(since, default=None)


def _criteria(
    context: EvaluationContext, target: Target, indicator: Indicator, org: str | None
) -> Callable[[str], Criterion]:
    """Return what makes a target's criterion of a period code, once for all series.

    `org`: whose rows they are; None where it has no threshold of its own.
    """

    @cache
    def criterion(code: str) -> Criterion:
        day, register, workdays = context.day, context.register, context.workdays
        period = parse(code)
        held = target.for_row(org, period.last)
        return Criterion(held, indicator, period, day, register, workdays)

    return criterion


@dataclass(slots=True)
class _SeriesEvaluator:
    """One series: the rows that stand, and what comes in their place."""

    context: EvaluationContext
    criterion: Callable[[str], Criterion]
    evidence: Evidence
    waivers: Sequence[Waiver]
    series: Series
    standing: dict[str, Verdict]
    rows: dict[str, Verdict]
    assessed: dict[str, Assessment | None] = field(default_factory=dict)

    def judge(self, codes: Iterable[str]) -> list[VerdictChange]:
        waiting = {code: self.criterion(code) for code in codes}
        while waiting:
            criterion = min(waiting.values(), key=lambda one: one.period.first)
            del waiting[criterion.period.code]
            if self._judge_period(criterion):
                later = self._looking_back_on(criterion.period)
                self.evidence.load([one.period for one in later if one.is_own])
                waiting |= {one.period.code: one for one in later}
        return self._changes() if self.assessed else []

    def _judge_period(self, criterion: Criterion) -> bool:
        """Judge one period; return whether later ones may have to be judged again."""
        code = criterion.period.code
        leaves = self.evidence.leaves(criterion.period) if criterion.is_own else Leaves()
        old = self.rows.pop(code, None)
        if has_row(criterion, self.series, leaves):
            day = criterion.judged_day
            waiver = next((one for one in self.waivers if one.covers(self.series, day)), None)
            now = self.context.now
            assessment = assess(criterion, self.series, leaves, self.rows, now, waiver)
            self.rows[code] = assessment.verdict
            self.assessed[code] = assessment
        elif old is not None or code in self.assessed:
            self.assessed[code] = None
        return _outcome(old) != _outcome(self.rows.get(code))

    def _looking_back_on(self, period: Period) -> list[Criterion]:
        """Return those of later periods that stand and whose verdict may depend on this one."""
        target = self.criterion(period.code).target
        keeps = target.judged_by is not None and period.last >= target.judged_by
        if not (keeps or target.op in ("rise", "fall")):
            return []
        rows = map(self.criterion, self.rows)
        return [later for later in rows if later.period.first > period.first]

    def _changes(self) -> list[VerdictChange]:
        present = self._present()
        known = self.standing.keys() | self.assessed.keys()
        codes = sorted(known, key=lambda code: (self._begins(code), code))
        changes = (self._change(code, present=code == present) for code in codes)
        return [change for change in changes if change is not None]

    def _present(self) -> str | None:
        """Return the newest period with a figure; else, for the city, the window's last begun.

        Where rows that were not read may decide, they are read now.
        """
        was = next((code for code, kept in self.standing.items() if kept.present), None)
        newest = self._newest_with_figure()
        if was is not None and not self._settles(was, newest):
            series = self.series
            for verdict in self.context.repository.verdicts(series.target, [series]):
                code = verdict.row.period
                if code not in self.standing:
                    self.standing[code] = self.rows[code] = verdict
            newest = self._newest_with_figure()
        if newest is not None:
            return newest
        window = self.context.register.window
        watched = [code for code in self.rows if window.first <= self._begins(code) <= window.last]
        return max(watched or self.rows, key=self._begins, default=None)

    def _settles(self, was: str, newest: str | None) -> bool:
        """Whether no row but those read can be the present one; `was` stood as that.

        Rows newer than `was` had no figure, and none had one where `was` had not.
        """
        if newest is None:
            return False
        had_figure = self.standing[was].row.value is not None
        return not had_figure or self._begins(newest) >= self._begins(was)

    def _newest_with_figure(self) -> str | None:
        codes = (code for code, kept in self.rows.items() if kept.row.value is not None)
        return max(codes, key=self._begins, default=None)

    def _begins(self, code: str) -> date:
        return self.criterion(code).period.first

    def _change(self, code: str, *, present: bool) -> VerdictChange | None:
        old = self.standing.get(code)
        if code not in self.assessed:
            if old is None or old.present == present:
                return None
            return VerdictChange(old._replace(present=present), None)
        assessment = self.assessed[code]
        if assessment is None:
            last = None if old is None else gone(old, self.context.now)
            return None if last is None else _version(self.context, last, old, removed=True)
        new = assessment.verdict._replace(present=present)
        if old is None or not same_version(old, assessment):
            return _version(self.context, Assessment(new, assessment.proof), old)
        if (old.present, old.ended) == (new.present, new.ended):
            return None
        return VerdictChange(new._replace(row=old.row, proof_digest=old.proof_digest), None)


def _version(
    context: EvaluationContext,
    assessment: Assessment,
    old: Verdict | None,
    *,
    removed: bool = False,
) -> VerdictChange:
    """Name a version; its id is above that of the version that it follows."""
    verdict, ident = assessment.verdict, context.new_id()
    named = verdict._replace(
        row=verdict.row._replace(id=ident if old is None else rising(ident, old.row.id))
    )
    return VerdictChange(named, assessment.proof, removed)


def _outcome(verdict: Verdict | None) -> tuple[object, ...]:
    return () if verdict is None else (verdict.row.value, verdict.row.status)
