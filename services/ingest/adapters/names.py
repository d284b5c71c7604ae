"""What indicator, region and period of a row mean to an org, looked up once per distinct value."""

import math
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
from services.ingest.domain.naming import (
    begun_period,
    called_indicator,
    known_indicator,
    known_region,
    own,
)
from services.ingest.domain.observations import bounds
from services.ingest.domain.terms import Terms
from services.ingest.domain.written import Written

_MOST_KNOWN, _MOST_ORGS = 10_000, 200
_WITH_PERIOD: Final = 3  # names of an observation; a case has no period


@dataclass(frozen=True, slots=True)
class Named:
    """An indicator, a region and a period (or none) that the org may report for.

    `inside` are the bounds as floats: a figure whose float lies strictly between them lies
    between `least` and `most` exactly, since rounding keeps the order. Outside `usual` it may be
    one to ask about; so may an open case that was accepted before `oldest` (microseconds).
    """

    indicator: str
    region: str
    period: str
    statistic: str
    takes_cases: bool
    least: Decimal
    most: Decimal | None
    inside: tuple[float, float]
    usual: tuple[float, float]
    oldest: int


class Names:
    """What was found out about names, per org and day; shared by all requests and threads."""

    def __init__(self) -> None:
        self._known: dict[tuple[object, ...], Known] = {}

    def of(self, terms: Terms) -> "Known":
        """Return what is known to the org of `terms` on its day: names -> `Named`."""
        # The day is in the key: a period that has not begun today may have begun tomorrow.
        key = (terms.org, terms.today)
        known = self._known.get(key)
        if known is None or len(known) >= _MOST_KNOWN:
            if len(self._known) >= _MOST_ORGS:
                self._known.clear()
            known = self._known[key] = {}
        return known


def looked_up(terms: Terms, *names: object) -> Named | None:
    """Return what indicator, region (and period) mean; None where the domain finds a fault."""
    flaws = Flaws()
    given = zip(("indicator", "region", "period"), names, strict=False)
    fields = Fields(Written((name, value) for name, value in given if value), 0, terms, flaws)
    found = known_indicator(fields, terms)
    if found is None or terms.org is None:
        return None
    own(fields, terms, "indicator", called_indicator(found), found.reported_by)
    place = known_region(fields, terms)
    code = begun_period(fields, terms, found) if len(names) == _WITH_PERIOD else ""
    if flaws or flaws.warnings or place is None or code is None:
        return None
    usual = _usual(found, terms.register.outlier_factor)
    least, most = bounds(found)
    inside = (float(least), math.inf if most is None else float(most))
    oldest = datetime.combine(oldest_usual(found, terms.today), time(), SHANGHAI)
    return Named(
        indicator=found.code,
        region=place,
        period=code,
        statistic=found.statistic,
        takes_cases=found.takes_cases,
        least=least,
        most=most,
        inside=inside,
        usual=usual,
        oldest=microseconds(oldest),
    )


def _usual(indicator: Indicator, factor: Decimal | None) -> tuple[float, float]:
    if indicator.usual is None or factor is None:
        return -math.inf, math.inf
    return float(indicator.usual.minimum / factor), float(indicator.usual.maximum * factor)


Known = dict[tuple[object, ...], Named]
