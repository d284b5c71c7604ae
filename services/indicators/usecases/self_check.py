"""Incremental equals from scratch: what is kept of an indicator, computed again and compared."""

from services.indicators.usecases.context import EvaluationContext
from services.indicators.usecases.count_cases import counted_anew
from services.indicators.usecases.pass_day import judge_indicator


def self_check(context: EvaluationContext, code: str) -> list[str]:
    """Return the roll-ups of an indicator, or else its verdicts, that are not what they should be.

    The repository of the context must save nothing.
    """
    repository, indicator = context.repository, context.register.indicators[code]
    periods = repository.periods_with_data(code)
    kept = {rollup.key: rollup for rollup in repository.rollups(code, periods)}
    anew = {rollup.key: rollup for rollup in counted_anew(context, indicator)}
    differing = [key for key in kept.keys() | anew.keys() if kept.get(key) != anew.get(key)]
    if differing:
        return ["/".join(key) for key in sorted(differing)]
    changes = judge_indicator(context, indicator)
    rows = [change.verdict.row for change in changes]
    return ["/".join((row.target, row.org or "", row.region, row.period)) for row in rows]
