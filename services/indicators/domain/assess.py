"""From what is known to a verdict with its proof."""

from collections.abc import Mapping
from datetime import datetime
from fractions import Fraction
from typing import Any, Final, NamedTuple

from services.indicators.domain.combine import Combined, all_orgs, has_data, one_org
from services.indicators.domain.criterion import Criterion
from services.indicators.domain.decisions import Waiver
from services.indicators.domain.figures import Figure, clock_doubts, granted
from services.indicators.domain.histogram import ClockTotals
from services.indicators.domain.leaves import Leaves
from services.indicators.domain.proof import inputs_digest, proof, proof_digest, withdrawn_proof
from services.indicators.domain.rows import JsonObject, Series, Verdict, VerdictRow
from services.indicators.domain.verdict import History, Judgement, judge, waived

# The id of a row that has not become a version yet.
UNNAMED = ""

_NOTHING: Final[Mapping[str, Any]] = {
    **dict.fromkeys(
        ("value", "attainment_ratio", "gap", "evidence", "sample_size", "within_limit")
    ),
    **dict.fromkeys(("mean", "p90", "max", "overdue_open")),
    **dict.fromkeys(("gross_days", "paused_days", "extended_days", "net_days")),
    **dict.fromkeys(("near_threshold", "provisional", "insufficient_sample", "clock_doubt"), False),
    "id": UNNAMED,
    "status": "unknown",
    "reason": "no_figure",
    "reporters": 0,
    "pending_approvals": 0,
}


class Assessment(NamedTuple):
    """A verdict not yet compared with the one that stands, and its proof."""

    verdict: Verdict
    proof: JsonObject


def assess(
    criterion: Criterion,
    series: Series,
    leaves: Leaves,
    history: History,
    now: datetime,
    waiver: Waiver | None = None,
) -> Assessment:
    """Judge one series in the criterion's period.

    `leaves`: what every org and region knows of it. `history`: the series' verdicts of other
    periods by code. `waiver`: that covers the row. The row has no id yet; `present` is left to
    whoever sees the whole series.
    """
    if series.org is None:
        combined = all_orgs(criterion, series.region, leaves)
    else:
        combined = one_org(criterion, series.org, series.region, leaves)
    figure = combined.figure
    judgement = waived(judge(criterion, figure, history), waiver)
    clock = figure.clock if figure else None
    doubts = clock_doubts(criterion, figure) if clock else ()
    breached = judgement.met is False and waiver is None
    granting = breached and _granted(criterion, figure, clock, history)
    proven = proof(criterion, combined, doubts, judgement, granting_attains=granting)
    before = history.get(criterion.previous)
    verdict = Verdict(
        row=_row(criterion, series, combined, judgement, now)._replace(clock_doubt=bool(doubts)),
        period_end=criterion.period.last,
        present=False,
        ended=criterion.ended,
        previous_status=None if before is None else before.row.status,
        inputs_digest=inputs_digest(figure),
        proof_digest=proof_digest(proven),
        granting_attains=granting,
    )
    return Assessment(verdict, proven)


def _granted(
    criterion: Criterion, figure: Figure | None, clock: ClockTotals | None, history: History
) -> bool:
    """Whether it would be attained if all that waits for approval were granted."""
    if figure is None or clock is None or not clock.pending:
        return False
    better = granted(figure, clock, criterion.target.statistic)
    return bool(judge(criterion, better, history).met)


def has_row(criterion: Criterion, series: Series, leaves: Leaves) -> bool:
    """Whether a series has a row in the period (contract.md section 3, domain.md section 5)."""
    if not criterion.is_own or criterion.period.first > criterion.today:
        return False
    if series.org is not None:
        return has_data(criterion, series.org, series.region, leaves)
    if series.region == criterion.city:
        if criterion.watched:
            return True
        return any(has_data(criterion, org, series.region, leaves) for org in leaves.by_org)
    statistic = criterion.target.statistic
    here = leaves.by_region.get(series.region, {})
    return sum(leaf.has_data(statistic) for leaf in here.values()) > 1


def same_version(old: Verdict, new: Assessment) -> bool:
    """Whether a verdict that stands says and proves what a new assessment does.

    When, and by which versions of register and calendar, makes no difference: a verdict that a new
    register leaves as it is keeps the version that it was reached by.
    """
    row, digest = new.verdict.row, new.verdict.proof_digest
    versions = {name: getattr(old.row, name) for name in ("register_version", "calendar_version")}
    if any(getattr(row, name) != version for name, version in versions.items()):
        digest = proof_digest({**new.proof, **versions})
    same = row._replace(id=old.row.id, evaluated_at=old.row.evaluated_at, **versions)
    return digest == old.proof_digest and same == old.row


def gone(verdict: Verdict, now: datetime) -> Assessment:
    """Return the last word on a row for which there is no data, or no target, any more."""
    row = verdict.row._replace(**_NOTHING, evaluated_at=now)
    proven = withdrawn_proof(row)
    last = verdict._replace(
        row=row,
        present=False,
        granting_attains=False,
        inputs_digest=inputs_digest(None),
        proof_digest=proof_digest(proven),
    )
    return Assessment(last, proven)


def _row(
    criterion: Criterion, series: Series, combined: Combined, judgement: Judgement, now: datetime
) -> VerdictRow:
    target, figure = criterion.target, combined.figure
    clock = figure.clock if figure else None
    histogram = figure.histogram if figure else None
    limit = criterion.case_limit
    return VerdictRow(
        id=UNNAMED,
        target=target.id,
        indicator=target.indicator,
        clause=target.clause,
        org=series.org,
        region=series.region,
        period=criterion.period.code,
        statistic=target.statistic,
        value=figure.value if figure else None,
        unit=target.unit,
        op=target.op,
        threshold=criterion.threshold,
        basis=target.basis,
        due=target.due,
        attainment_ratio=judgement.attainment_ratio,
        gap=judgement.gap,
        status=judgement.status,
        reason=judgement.reason,
        evidence=figure.evidence if figure else None,
        reporters=combined.reporters,
        expected=combined.expected,
        sample_size=figure.weight if figure else None,
        within_limit=histogram.within(limit) if histogram and limit is not None else None,
        mean=_mean(criterion, figure),
        p90=histogram.p90 if histogram else None,
        max=histogram.longest if histogram else None,
        overdue_open=combined.overdue_open,
        near_threshold=judgement.near_threshold,
        provisional=_provisional(figure, judgement),
        insufficient_sample=_too_small(criterion, figure),
        evaluated_at=now,
        register_version=criterion.register.version,
        calendar_version=criterion.workdays.version,
        decisive=criterion.decisive,
        pending_approvals=clock.pending if clock else 0,
        gross_days=clock.gross if clock else None,
        paused_days=clock.paused if clock else None,
        extended_days=clock.extended if clock else None,
        net_days=clock.net if clock else None,
    )


def _mean(criterion: Criterion, figure: Figure | None) -> Fraction | None:
    if figure is None or criterion.target.statistic not in ("mean", "each"):
        return None
    return figure.value if figure.histogram is None else figure.histogram.mean


def _provisional(figure: Figure | None, judgement: Judgement) -> bool:
    cases = figure is not None and figure.histogram is not None and figure.histogram.provisional
    return cases or (judgement.pace is not None and judgement.pace.provisional)


def _too_small(criterion: Criterion, figure: Figure | None) -> bool:
    if figure is None or figure.weight is None:
        return False
    return figure.weight < criterion.indicator.min_sample
