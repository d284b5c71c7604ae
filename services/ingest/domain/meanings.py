"""What indicator, region and period of a row mean to an org, looked up once per distinct value."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, time
from decimal import Decimal
from typing import Final

from duibiao.register import Indicator
from duibiao.workdays import SHANGHAI
from services.ingest.domain.cases import oldest_usual
from services.ingest.domain.fields import Fields
from services.ingest.domain.flaws import Flaws
from services.ingest.domain.moments import microseconds
from services.ingest.domain.naming import begun_period, known_indicator, known_region
from services.ingest.domain.observations import bounds
from services.ingest.domain.terms import Terms
from services.ingest.domain.written import Written

_MOST_KNOWN, _MOST_ORGS = 10_000, 200
_WITH_PERIOD: Final = 3  # names of an observation; a case has no period


@dataclass(frozen=True, slots=True, eq=False)
class Meaning:
    """An indicator, a region and a period (or none) that the org may report for.

    Attributes:
        low, high: a figure of at most 15 digits between them, or one of them, is within the bounds
            of the indicator and nothing to ask about.
        oldest: an open case accepted before it (microseconds) is one to ask about.

    """

    indicator: str
    region: str
    period: str
    statistic: str
    takes_cases: bool
    low: float
    high: float
    oldest: int


class Meanings:
    """What was found out about names, per org and day; shared by all requests and threads."""

    def __init__(self) -> None:
        self._known: dict[tuple[object, ...], dict[tuple[str | None, ...], Meaning]] = {}

    def of(self, terms: Terms) -> Callable[..., Meaning | None]:
        """Return what tells what names mean to the org of `terms` on its day."""
        # The day is in the key: a period that has not begun today may have begun tomorrow.
        key = (terms.org, terms.today)
        known = self._known.get(key)
        if known is None or len(known) >= _MOST_KNOWN:
            if len(self._known) >= _MOST_ORGS:
                self._known.clear()
            known = self._known[key] = {}

        def meaning(*names: str | None) -> Meaning | None:
            found = known.get(names) or looked_up(terms, *names)
            if found is not None:
                known[names] = found
            return found

        return meaning


def looked_up(terms: Terms, *names: str | None) -> Meaning | None:
    """Return what indicator, region (and period) mean; None where there is a fault or doubt."""
    flaws = Flaws()
    given = zip(("indicator", "region", "period"), names, strict=False)
    fields = Fields(Written((name, value) for name, value in given if value), 0, terms, flaws)
    indicator, region, period = (*names, None)[:_WITH_PERIOD]
    found = known_indicator(fields, terms, indicator)
    place = known_region(fields, terms, region)
    code = begun_period(fields, terms, period, found) if len(names) == _WITH_PERIOD else ""
    if flaws or flaws.warnings or found is None or place is None or code is None:
        return None
    low, high = _plain(found, terms.register.outlier_factor)
    oldest = datetime.combine(oldest_usual(found, terms.today), time(), SHANGHAI)
    return Meaning(
        indicator=found.code,
        region=place,
        period=code,
        statistic=found.statistic,
        takes_cases=found.takes_cases,
        low=low,
        high=high,
        oldest=microseconds(oldest),
    )


def _plain(indicator: Indicator, factor: Decimal | None) -> tuple[float, float]:
    """Return between which floats a figure is within the bounds, and usual.

    Rounding keeps the order, and figures and bounds of 15 digits are different floats.
    """
    least, most = bounds(indicator)
    low, high = float(least), math.inf if most is None else float(most)
    if indicator.usual is not None and factor is not None:
        # Of more digits, perhaps: one float less to be sure.
        low = max(low, math.nextafter(float(indicator.usual.minimum / factor), math.inf))
        high = min(high, math.nextafter(float(indicator.usual.maximum * factor), 0))
    return low, high
