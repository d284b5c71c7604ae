"""Judge the series that were touched, and those of their later periods that look back on them.

Owns which rows are judged, in which order, what counts as a change, and which row of a series is
the present one. What a row says is the domain's.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date

from duibiao.register import Indicator, Period, Target, parse
from services.indicators.domain.assess import Assessment, assess, gone, has_row, same_version
from services.indicators.domain.criterion import Criterion
from services.indicators.domain.leaves import Leaves
from services.indicators.domain.rows import Series, Verdict, VerdictChange
from services.indicators.usecases.context import EvaluationContext
from services.indicators.usecases.evidence import Evidence

Place = tuple[str | None, str]
"""Whose row: an org (None = over several) and a region."""

Scope = Mapping[Place, frozenset[str]]
"""The period codes to be judged for each place."""


def around(org: str, region: str, city: str) -> tuple[Place, ...]:
    """Return the places whose rows an org's data for a region enter."""
    return tuple(dict.fromkeys([(org, region), (org, city), (None, region), (None, city)]))


def scope_of(leaves: Iterable[tuple[str, str, str]], city: str) -> Scope:
    """Return the scope of some (org, region, period) whose data changed."""
    scope: dict[Place, set[str]] = defaultdict(set)
    for org, region, period in leaves:
        for place in around(org, region, city):
            scope[place].add(period)
    return {place: frozenset(periods) for place, periods in scope.items()}


def judge_scope(
    context: EvaluationContext, indicator: Indicator, scope: Scope, evidence: Evidence
) -> list[VerdictChange]:
    """Judge an indicator's targets in a scope, save what changed and return it in order."""
    codes = {code for periods in scope.values() for code in periods}
    evidence.load([parse(code) for code in codes])
    changes: list[VerdictChange] = []
    for target in context.register.targets_of(indicator.code):
        wanted = [Series(target.id, *place) for place in scope]
        kept: dict[Series, dict[str, Verdict]] = defaultdict(dict)
        for verdict in context.repository.verdicts(target.id, wanted):
            kept[verdict.series][verdict.row.period] = verdict
        for series in sorted(wanted, key=lambda s: (s.org is not None, s.org or "", s.region)):
            evaluator = _SeriesEvaluator(context, target, indicator, evidence, series, kept[series])
            changes += evaluator.judge(scope[series.org, series.region])
    context.repository.save_verdicts(changes)
    return changes


def withdraw(context: EvaluationContext, verdicts: Iterable[Verdict]) -> list[VerdictChange]:
    """Withdraw rows whose target the register holds no longer; save and return it."""
    changes = [_version(context, gone(kept, context.now), removed=True) for kept in verdicts]
    context.repository.save_verdicts(changes)
    return changes


class _SeriesEvaluator:
    """One series under judgement: what stands, what comes in its place."""

    def __init__(
        self,
        context: EvaluationContext,
        target: Target,
        indicator: Indicator,
        evidence: Evidence,
        series: Series,
        kept: Mapping[str, Verdict],
    ) -> None:
        self._context = context
        self._target = target
        self._indicator = indicator
        self._evidence = evidence
        self._series = series
        self._kept = kept
        self._rows = dict(kept)
        self._assessed: dict[str, Assessment | None] = {}

    def judge(self, codes: Iterable[str]) -> list[VerdictChange]:
        waiting = {code: parse(code) for code in codes}
        while waiting:
            period = min(waiting.values(), key=lambda p: p.first)
            del waiting[period.code]
            if self._judge_period(period):
                later = self._looking_back_on(period)
                self._evidence.load([found for found in later if self._is_own(found)])
                waiting |= {found.code: found for found in later}
        return self._changes()

    def _judge_period(self, period: Period) -> bool:
        """Judge one period; return whether later ones may have to be judged again."""
        criterion = self._criterion(period)
        leaves = self._evidence.leaves(period) if self._is_own(period) else Leaves()
        old = self._rows.pop(period.code, None)
        if has_row(criterion, self._series, leaves):
            assessment = assess(criterion, self._series, leaves, self._rows, self._context.now)
            self._rows[period.code] = assessment.verdict
            self._assessed[period.code] = assessment
        else:
            self._assessed[period.code] = None
        return _outcome(old) != _outcome(self._rows.get(period.code))

    def _criterion(self, period: Period) -> Criterion:
        context = self._context
        return Criterion(
            self._target,
            self._indicator,
            period,
            context.day,
            context.register,
            context.workdays,
        )

    def _is_own(self, period: Period) -> bool:
        return period.type == self._indicator.period_type

    def _looking_back_on(self, period: Period) -> list[Period]:
        """Return the later periods that stand and whose verdict may depend on this one."""
        judged_by = self._target.judged_by
        directed = self._target.op in ("rise", "fall")
        keeps = judged_by is not None and period.last >= judged_by
        if not (directed or keeps):
            return []
        return [later for later in map(parse, self._rows) if later.first > period.first]

    def _changes(self) -> list[VerdictChange]:
        present = self._present()
        changes = []
        for code in sorted(self._kept.keys() | self._assessed.keys(), key=_begins):
            change = self._change(code, present=code == present)
            if change is not None:
                changes.append(change)
        return changes

    def _present(self) -> str | None:
        """Return the newest period with a figure; else, for the city, the window's last begun."""
        window = self._context.register.window
        newest = sorted(self._rows, key=_begins, reverse=True)
        with_figure = (code for code in newest if self._rows[code].row.value is not None)
        watched = (code for code in newest if window.first <= _begins(code) <= window.last)
        return next(with_figure, None) or next(watched, None) or next(iter(newest), None)

    def _change(self, code: str, *, present: bool) -> VerdictChange | None:
        old = self._kept.get(code)
        if code not in self._assessed:
            if old is None or old.present == present:
                return None
            return VerdictChange(replace(old, present=present), None)
        assessment = self._assessed[code]
        if assessment is None:
            last = None if old is None else gone(old, self._context.now)
            return None if last is None else _version(self._context, last, removed=True)
        new = replace(assessment.verdict, present=present)
        if old is None or not same_version(old, new):
            return _version(self._context, Assessment(new, assessment.proof))
        if (old.present, old.ended) == (new.present, new.ended):
            return None
        return VerdictChange(replace(new, row=old.row), None)


def _version(
    context: EvaluationContext, assessment: Assessment, *, removed: bool = False
) -> VerdictChange:
    row = replace(assessment.verdict.row, id=context.new_id())
    return VerdictChange(replace(assessment.verdict, row=row), assessment.proof, removed)


def _outcome(verdict: Verdict | None) -> tuple[object, ...]:
    return () if verdict is None else (verdict.row.value, verdict.row.status)


def _begins(code: str) -> date:
    return parse(code).first
