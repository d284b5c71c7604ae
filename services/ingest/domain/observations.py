"""Checking one reported figure (domain.md sections 3 and 5).

The statistic of the indicator decides which figures may be given:

    mean, each   value, sample_size
    share        value, sample_size   or   numerator, denominator (sample_size: the same again)
    latest       value
"""

from collections.abc import Mapping
from decimal import Context, Decimal
from typing import Final

from duibiao.register import Indicator, Statistic
from services.ingest.domain.codes import begun_period, known_indicator, known_region
from services.ingest.domain.context import ValidationContext
from services.ingest.domain.reading import RowReader, Values, outside
from services.ingest.domain.words import WORDS

_FIGURES: Final = ("value", "numerator", "denominator", "sample_size")
ALLOWED: Final[Mapping[Statistic, tuple[str, ...]]] = {
    "mean": ("value", "sample_size"),
    "each": ("value", "sample_size"),
    "share": _FIGURES,
    "latest": ("value",),
}
_ONE, _HUNDRED = Decimal(1), Decimal(100)
_EXACT: Final = Context(prec=64)  # products of two figures of 15 digits and a bound, unrounded


def check_observation(reader: RowReader, row: Values, terms: ValidationContext) -> None:
    """Tell every error between the fields of a row; complete its region."""
    indicator = known_indicator(reader, terms, row["indicator"])
    row["region"] = known_region(reader, terms, row["region"])
    period = begun_period(reader, terms, row["period"], indicator)
    row["period"] = None if period is None else period.code
    if row["status"] == "not_applicable":
        for name in filter(reader.given, _FIGURES):
            reader.reject("not-allowed", name, reason=WORDS["reasons"]["not-applicable"])
        if not reader.given("comment"):
            reader.reject("comment-required", "comment")
    elif indicator is not None:
        _check_figures(reader, row, indicator, terms.register.outlier_factor)
    if row["denominator"] is not None:
        row["sample_size"] = None  # said twice, a sample is kept once: the denominator is it


def _check_figures(
    reader: RowReader, row: Values, indicator: Indicator, factor: Decimal | None
) -> None:
    for name in filter(reader.given, _FIGURES):
        if name not in ALLOWED[indicator.statistic]:
            reason = WORDS["statistics"][indicator.statistic]
            reader.reject("not-allowed", name, reason=reason)
    value = row["value"]
    share = indicator.statistic == "share"
    if share and (reader.given("numerator") or reader.given("denominator")):
        _check_share(reader, row, indicator, factor)
    elif share and not reader.given("value"):
        reader.reject("value-or-share", "value")
    elif not reader.given("value"):
        reader.need("value")
    elif reader.shown_as_percent("value") and indicator.unit != "percent":
        whose = indicator.name, indicator.name_zh
        reader.reject("not-a-percentage", "value", indicator=whose)
    elif value is not None:
        _check_size(reader, "value", value, _ONE, indicator, factor)


def _check_share(
    reader: RowReader, row: Values, indicator: Indicator, factor: Decimal | None
) -> None:
    if reader.given("value"):
        reader.reject("value-or-share", "value")
    reader.need("numerator", "denominator")
    numerator, denominator = row["numerator"], row["denominator"]
    if denominator == 0:
        reader.reject("denominator-zero", "denominator")
        return
    sample = row["sample_size"]
    if None not in (sample, denominator) and sample != denominator:
        whole = format(denominator, "f")
        reason = (f"it differs from the denominator {whole}", f"与分母{whole}不一致")
        reader.reject("invalid-value", "sample_size", reason=reason)
    if None in (numerator, denominator):
        return
    if numerator > denominator:
        names = {name: format(row[name], "f") for name in ("numerator", "denominator")}
        reader.reject("numerator-above-denominator", "numerator", **names)
    else:
        scaled = _EXACT.multiply(numerator, _HUNDRED)
        _check_size(reader, "numerator", scaled, denominator, indicator, factor)


def _check_size(
    reader: RowReader,
    name: str,
    part: Decimal,
    whole: Decimal,
    indicator: Indicator,
    factor: Decimal | None,
) -> None:
    """Refuse a figure part / whole out of bounds; ask about one that is far from the usual."""
    least, most = bounds(indicator)
    usual, figure = indicator.usual, _EXACT.divide(part, whole)
    if not within(part, whole, least, most):
        top = None if most is None else format(most, "f")
        wrong = outside(format(figure, "f"), format(least, "f"), top)
        reader.reject(wrong.code, name, **wrong.names)
    elif usual is not None and factor is not None:
        most = _EXACT.multiply(usual.maximum, factor)
        if within(part, whole, None, most) and within(
            _EXACT.multiply(part, factor), whole, usual.minimum, None
        ):
            return
        reader.warn(
            "unusual-figure",
            name,
            value=format(round(figure, 2).normalize(), "f"),
            indicator=(indicator.name, indicator.name_zh),
            minimum=format(usual.minimum, "f"),
            maximum=format(usual.maximum, "f"),
        )


def bounds(indicator: Indicator) -> tuple[Decimal, Decimal | None]:
    """Return what a figure of the indicator may be at least and at most."""
    least = max(Decimal(0), indicator.minimum or Decimal(0))
    if indicator.unit != "percent":
        return least, indicator.maximum
    return least, _HUNDRED if indicator.maximum is None else min(_HUNDRED, indicator.maximum)


def within(part: Decimal, whole: Decimal, least: Decimal | None, most: Decimal | None) -> bool:
    """Whether part / whole lies between two bounds, exactly."""
    low_enough = most is None or part <= _EXACT.multiply(most, whole)
    return low_enough and (least is None or part >= _EXACT.multiply(least, whole))
