"""Codes of the register in a row: indicator, region, period, and whose they are to report."""

from collections.abc import Sequence

from duibiao.register import PERIOD_TYPES, Indicator, Period, parse
from services.ingest.domain.context import ValidationContext
from services.ingest.domain.errors import Words
from services.ingest.domain.raw import shown
from services.ingest.domain.reading import RowReader
from services.ingest.domain.words import WORDS


def known_indicator(
    reader: RowReader, terms: ValidationContext, code: str | None
) -> Indicator | None:
    """Return the indicator of a code, which the org may report."""
    if code is None:
        return None
    indicator = terms.register.indicators.get(code)
    if indicator is None:
        reader.reject("unknown-indicator", "indicator", value=shown(code))
    else:
        subject = indicator.code, indicator.name_zh
        check_reporter(reader, terms, "indicator", subject, indicator.reported_by)
    return indicator


def known_region(reader: RowReader, terms: ValidationContext, code: str | None) -> str | None:
    """Return the code of a region; the city where it was left out.

    A district is asked about any but its own.
    """
    register = terms.register
    code = code if reader.given("region") else register.city
    if code is None:
        return None
    if code not in register.regions:
        reader.reject("unknown-region", "region", value=shown(code))
        return None
    org = register.orgs.get(terms.org or "")
    if org is not None and org.region is not None and org.region != code:
        own, other = ((one, register.regions[one].name_zh) for one in (org.region, code))
        reader.warn("not-own-region", "region", org=(org.name, org.name_zh), own=own, region=other)
    return code


def begun_period(
    reader: RowReader,
    terms: ValidationContext,
    code: str | None,
    indicator: Indicator | None = None,
) -> Period | None:
    """Return a period that has begun by the day of the request, not coarser than the indicator's.

    One that has not, or is coarser, is returned too.
    """
    if code is None:
        return None
    try:
        period = parse(code)
    except ValueError:
        reader.reject("bad-period", "period", value=shown(code))
        return None
    if period.first > terms.today:
        reader.reject("period-not-begun", "period", value=period.code)
    if indicator is not None:
        longest = indicator.period_type
        if PERIOD_TYPES.index(period.type) > PERIOD_TYPES.index(longest):
            expected = WORDS["periods"][longest]
            reader.reject("period-too-coarse", "period", value=period.code, expected=expected)
    return period


def check_reporter(
    reader: RowReader, terms: ValidationContext, name: str, subject: Words, owners: Sequence[str]
) -> None:
    """Tell a subject that is not the org's to report; nothing while the org is not settled."""
    if terms.org is not None and terms.org not in owners:
        org, *others = (org_words(terms, org) for org in (terms.org, *owners))
        reader.reject("not-yours", name, org=org, subject=subject, owners=others)


def org_words(terms: ValidationContext, org: str) -> Words:
    """Return an org as messages name it: its code, its Chinese name in quotation marks."""
    known = terms.register.orgs.get(org)
    return shown(org), f"“{shown(org) if known is None else known.name_zh}”"
