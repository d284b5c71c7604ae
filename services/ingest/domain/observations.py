"""Checking one reported figure (domain.md sections 3 and 5).

The statistic of the indicator decides which figures may be given:

    mean, each   value, sample_size
    share        value, sample_size   or   numerator, denominator (sample_size: the same again)
    latest       value
"""

from collections.abc import Mapping
from decimal import Context, Decimal
from typing import Final

from duibiao.register import Indicator, Statistic, Usual
from services.ingest.domain.fields import Fields, Values
from services.ingest.domain.flaws import Words
from services.ingest.domain.naming import begun_period, known_indicator, known_region
from services.ingest.domain.terms import Terms

FIGURES: Final = ("value", "numerator", "denominator", "sample_size")
_AVERAGE: Final = ("value", "sample_size")
_ALLOWED: Final[Mapping[Statistic, tuple[str, ...]]] = {
    "mean": _AVERAGE,
    "each": _AVERAGE,
    "share": FIGURES,
    "latest": ("value",),
}
_NOT_APPLICABLE: Final[Words] = ("the row does not apply", "填报“不适用”")
_STATISTICS: Final[Mapping[Statistic, str]] = {
    "mean": "平均值",
    "each": "逐件",
    "share": "比例",
    "latest": "累计数",
}
_HUNDRED: Final = 100
_EXACT: Final = Context(prec=64)  # products of two figures of 15 digits and a bound, unrounded


def check_observation(fields: Fields, row: Values, terms: Terms) -> None:
    """Tell every fault between the fields of a row; complete its region."""
    indicator = known_indicator(fields, terms, row["indicator"])
    row["region"] = known_region(fields, terms, row["region"])
    row["period"] = begun_period(fields, terms, row["period"], indicator)
    if row["status"] == "not_applicable":
        _check_not_applicable(fields)
    elif indicator is not None:
        _check_figures(fields, row, indicator)
    if row["denominator"] is not None:
        row["sample_size"] = None  # said twice, a sample is kept once: the denominator is it


def within(
    numerator: Decimal, denominator: Decimal, least: Decimal | None, most: Decimal | None
) -> bool:
    """Whether numerator / denominator x 100 lies between two bounds, exactly."""
    scaled = _EXACT.multiply(numerator, Decimal(_HUNDRED))
    low_enough = most is None or scaled <= _EXACT.multiply(most, denominator)
    high_enough = least is None or scaled >= _EXACT.multiply(least, denominator)
    return low_enough and high_enough


def bounds(indicator: Indicator) -> tuple[Decimal, Decimal | None]:
    """Return what a figure of the indicator may be at least and at most."""
    least = max(Decimal(0), indicator.minimum or Decimal(0))
    if indicator.unit != "percent":
        return least, indicator.maximum
    hundred = Decimal(_HUNDRED)
    return least, hundred if indicator.maximum is None else min(hundred, indicator.maximum)


def _check_not_applicable(fields: Fields) -> None:
    for name in FIGURES:
        if fields.given(name):
            fields.flaw("not-allowed", name, field=name, reason=_NOT_APPLICABLE)
    if not fields.given("comment"):
        fields.flaw("comment-required", "comment")


def _check_figures(fields: Fields, row: Values, indicator: Indicator) -> None:
    for name in FIGURES:
        if fields.given(name) and name not in _ALLOWED[indicator.statistic]:
            reason = (
                f"the statistic of the indicator is {indicator.statistic}",
                f"该指标的口径为“{_STATISTICS[indicator.statistic]}”",
            )
            fields.flaw("not-allowed", name, field=name, reason=reason)
    parts = fields.given("numerator") or fields.given("denominator")
    if indicator.statistic == "share" and parts:
        _check_share(fields, row, indicator)
    elif not fields.given("value"):
        _tell_no_figure(fields, indicator)
    elif fields.shown_as_percent("value") and indicator.unit != "percent":
        fields.flaw("not-a-percentage", "value", indicator=(indicator.name, indicator.name_zh))
    elif row["value"] is not None:
        least, most = bounds(indicator)
        if row["value"] < least or (most is not None and row["value"] > most):
            _tell_out_of_range(fields, "value", row["value"], indicator)
        else:
            _ask_about(fields, "value", row["value"], Decimal(1), indicator)


def _tell_no_figure(fields: Fields, indicator: Indicator) -> None:
    if indicator.statistic == "share":
        fields.flaw("value-or-share", "value")
    else:
        fields.need("value")


def _check_share(fields: Fields, row: Values, indicator: Indicator) -> None:
    if fields.given("value"):
        fields.flaw("value-or-share", "value")
    fields.need("numerator", "denominator")
    numerator, denominator = row["numerator"], row["denominator"]
    sample = row["sample_size"]
    if denominator == 0:
        fields.flaw("denominator-zero", "denominator")
        return
    if sample is not None and denominator is not None and sample != denominator:
        whole = format(denominator, "f")
        reason = (f"it differs from the denominator {whole}", f"与分母{whole}不一致")
        fields.flaw("invalid-value", "sample_size", field="sample_size", reason=reason)
    if numerator is None or denominator is None:
        return
    if numerator > denominator:
        fields.flaw(
            "numerator-above-denominator",
            "numerator",
            numerator=format(numerator, "f"),
            denominator=format(denominator, "f"),
        )
    elif not within(numerator, denominator, *bounds(indicator)):
        share = _EXACT.divide(_EXACT.multiply(numerator, Decimal(_HUNDRED)), denominator)
        _tell_out_of_range(fields, "numerator", share, indicator)
    else:
        scaled = _EXACT.multiply(numerator, Decimal(_HUNDRED))
        _ask_about(fields, "numerator", scaled, denominator, indicator)


def _tell_out_of_range(fields: Fields, name: str, figure: Decimal, indicator: Indicator) -> None:
    least, most = bounds(indicator)
    top = None if most is None else format(most, "f")
    fields.outside(name, format(figure, "f"), format(least, "f"), top)


def _ask_about(
    fields: Fields, name: str, part: Decimal, whole: Decimal, indicator: Indicator
) -> None:
    """Ask for a second look at a figure part / whole that lies far from what is usual."""
    usual = indicator.usual
    if usual is None or not unusual(part, whole, usual, fields.outlier_factor):
        return
    fields.warn(
        "unusual-figure",
        name,
        value=format(round(_EXACT.divide(part, whole), 2).normalize(), "f"),
        indicator=(indicator.name, indicator.name_zh),
        minimum=format(usual.minimum, "f"),
        maximum=format(usual.maximum, "f"),
    )


def unusual(part: Decimal, whole: Decimal, usual: Usual, factor: Decimal | None) -> bool:
    """Whether part / whole lies more than `factor` times beyond what is usual, exactly."""
    if factor is None:
        return False
    most = _EXACT.multiply(_EXACT.multiply(usual.maximum, factor), whole)
    least = _EXACT.multiply(usual.minimum, whole)
    return part > most or _EXACT.multiply(part, factor) < least
