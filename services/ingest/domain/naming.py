"""Codes of the register in a row: indicator, region, period, and whose they are to report."""

from collections.abc import Sequence

from duibiao.register import PERIOD_TYPES, Indicator, Period, PeriodType, parse
from services.ingest.domain.fields import Fields
from services.ingest.domain.flaws import Words
from services.ingest.domain.terms import Terms
from services.ingest.domain.written import shown

_WORDS: dict[PeriodType, Words] = {
    "day": ("day", "日"),
    "month": ("month", "月"),
    "quarter": ("quarter", "季度"),
    "half": ("half-year", "半年"),
    "year": ("year", "年"),
}


def known_indicator(fields: Fields, terms: Terms, code: str | None) -> Indicator | None:
    """Return the indicator of a code, which the org may report."""
    if code is None:
        return None
    indicator = terms.register.indicators.get(code)
    if indicator is None:
        fields.flaw("unknown-indicator", "indicator", value=shown(code))
    else:
        own(fields, terms, "indicator", called_indicator(indicator), indicator.reported_by)
    return indicator


def known_region(fields: Fields, terms: Terms, code: str | None) -> str | None:
    """Return the code of a region; the city where it was left out.

    A district is asked about any but its own.
    """
    register = terms.register
    code = code if fields.given("region") else register.city
    if code is None:
        return None
    if code not in register.regions:
        fields.flaw("unknown-region", "region", value=shown(code))
        return None
    org = register.orgs.get(terms.org or "")
    if org is not None and org.region is not None and org.region != code:
        own, other = ((one, register.regions[one].name_zh) for one in (org.region, code))
        fields.warn("not-own-region", "region", org=(org.name, org.name_zh), own=own, region=other)
    return code


def begun_period(
    fields: Fields, terms: Terms, code: str | None, indicator: Indicator | None
) -> str | None:
    """Return the code of a period that has begun, not coarser than the indicator's own."""
    period = read_period(fields, terms, code)
    if period is None:
        return None
    if indicator is not None and coarseness(period.type) > coarseness(indicator.period_type):
        expected = _WORDS[indicator.period_type]
        fields.flaw("period-too-coarse", "period", value=period.code, expected=expected)
    return period.code


def coarseness(period_type: PeriodType) -> int:
    """Return a number that rises from the finest type of period to the coarsest."""
    return PERIOD_TYPES.index(period_type)


def read_period(fields: Fields, terms: Terms, code: str | None) -> Period | None:
    """Return the period of a code of one of the five kinds, begun by the day of the request."""
    if code is None:
        return None
    try:
        period = parse(code)
    except ValueError:
        fields.flaw("bad-period", "period", value=shown(code))
        return None
    if period.first > terms.today:
        fields.flaw("period-not-begun", "period", value=period.code)
    return period


def own(fields: Fields, terms: Terms, name: str, subject: Words, owners: Sequence[str]) -> None:
    """Tell a subject that is not the org's to report; nothing while the org is not settled."""
    if terms.org is not None and terms.org not in owners:
        said = [called(terms, org) for org in (terms.org, *owners)]
        fields.flaw("not-yours", name, org=said[0], subject=subject, owners=said[1:])


def called(terms: Terms, org: str) -> Words:
    """Return an org as messages name it: its code, its Chinese name in quotation marks."""
    known = terms.register.orgs.get(org)
    return shown(org), f"“{shown(org) if known is None else known.name_zh}”"


def called_indicator(indicator: Indicator) -> Words:
    """Return an indicator as messages name it: its code, its Chinese name."""
    return indicator.code, indicator.name_zh
