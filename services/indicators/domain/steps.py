"""The arithmetic of a verdict as steps that a machine can redo: one operation each, exact.

The operands of a step are numbers of the proof or results of earlier steps. Prose stands in
`proof_lines`; whatever is decided is decided elsewhere, and a step only shows it.
"""

from collections.abc import Iterator
from fractions import Fraction
from typing import Literal, NamedTuple

from services.indicators.domain.criterion import EvaluationConfig, Pace
from services.indicators.domain.figures import Figure, scale
from services.indicators.domain.verdict import CAP, Judgement
from services.indicators.domain.wording import Number, exact_text

Operation = Literal["sum", "-", "*", "/", "max", "min", "<=", ">=", "<", ">"]


class Step(NamedTuple):
    """One operation. `result` is a number, or for a comparison whether it holds."""

    name: str
    operation: Operation
    operands: tuple[Number, ...]
    result: Number | bool

    def to_dict(self) -> dict[str, object]:
        result = self.result if isinstance(self.result, bool) else exact_text(self.result)
        return self._asdict() | {"operands": list(map(exact_text, self.operands)), "result": result}


def steps(terms: EvaluationConfig, figure: Figure | None, judgement: Judgement) -> Iterator[Step]:
    """Yield the steps from the inputs to whether the target is met, in order."""
    if figure is None:
        return
    yield from _value(terms, figure)
    if judgement.compared_with is not None:
        rises = terms.op == "rise"
        operands = (figure.value, judgement.compared_with.value)
        yield Step("met", ">" if rises else "<", operands, bool(judgement.met))
    elif terms.threshold is not None:
        yield from _against(terms, figure, terms.threshold, judgement)


def _value(terms: EvaluationConfig, figure: Figure) -> Iterator[Step]:
    """Yield how the inputs make the value: a longest case, a quotient of sums, or a sum."""
    histogram, inputs, weight = figure.histogram, figure.inputs, figure.weight
    if terms.statistic == "each" and histogram is not None:
        days = tuple(sorted({duration.compared for duration in histogram.counts}))
        yield Step("value", "max", days, figure.value)
        return
    if figure.numerator is None or not weight:
        values = tuple(made_from.value for made_from in inputs if made_from.value is not None)
        yield Step("value", "sum", values, figure.value)
        return
    above = tuple(made_from.numerator or Fraction(0) for made_from in inputs)
    below = tuple(made_from.weight or Fraction(0) for made_from in inputs)
    yield Step("numerator", "sum", above, figure.numerator)
    yield Step("weight", "sum", below, weight)
    quotient, factor = figure.numerator / weight, scale(terms.statistic)
    if factor == 1:
        yield Step("value", "/", (figure.numerator, weight), figure.value)
    else:
        yield Step("quotient", "/", (figure.numerator, weight), quotient)
        yield Step("value", "*", (quotient, factor), figure.value)


def _against(
    terms: EvaluationConfig, figure: Figure, threshold: Fraction, judgement: Judgement
) -> Iterator[Step]:
    """Yield the comparison with the threshold; of single cases each has its own extension."""
    value, histogram, at_least = figure.value, figure.histogram, terms.op == ">="
    one_by_one = terms.case_limit is not None and histogram is not None
    if one_by_one and histogram is not None:
        value = Fraction(histogram.longest_beyond_extension)
        beyond = tuple(sorted({duration.beyond for duration in histogram.counts}))
        yield Step("longest_less_extension", "max", beyond, value)
        within, ratio = histogram.within(threshold), judgement.attainment_ratio or 0
        yield Step("attainment_ratio", "/", (within, histogram.count), ratio)
    elif value > 0 and threshold > 0:
        operands = (value, threshold) if at_least else (threshold, value)
        ratio = operands[0] / operands[1]
        yield Step("ratio", "/", operands, ratio)
        yield Step("attainment_ratio", "min", (ratio, CAP), judgement.attainment_ratio or 0)
    gap = (threshold, value) if at_least else (value, threshold)
    yield Step("gap", "-", gap, judgement.gap or 0)
    yield Step("met", ">=" if at_least else "<=", (value, threshold), bool(judgement.met))
    if judgement.pace is not None:
        yield from _projected(figure.value, threshold, judgement.pace)


def _projected(value: Fraction, threshold: Fraction, line: Pace) -> Iterator[Step]:
    risen = value - line.baseline
    carried = risen * line.whole
    ahead = carried / line.elapsed
    yield Step("risen", "-", (value, line.baseline), risen)
    yield Step("carried", "*", (risen, line.whole), carried)
    yield Step("ahead", "/", (carried, line.elapsed), ahead)
    yield Step("projected", "sum", (line.baseline, ahead), line.projected)
    yield Step("away", "-", (threshold, line.projected), threshold - line.projected)
