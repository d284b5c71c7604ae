"""Plainly right rows, packed as they come; each name is looked up once per distinct value.

A row is a tuple in the order of the domain's FIELDS. What was not given is falsy (UNSET, None or
""); a number is its text or a `msgspec.Raw` of it. `take` answers False for every row that it is
not sure of and has then packed nothing.
"""

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any, Final

from duibiao.contracts.v1 import submission_pb2 as pb
from duibiao.register import Indicator
from services.ingest.adapters.packing import OUTCOMES
from services.ingest.domain.cases import MOST_LABELS
from services.ingest.domain.fields import Fields
from services.ingest.domain.flaws import Flaws
from services.ingest.domain.moments import microseconds, moment
from services.ingest.domain.naming import begun_period, known_indicator, known_region, own
from services.ingest.domain.observations import bounds, within
from services.ingest.domain.terms import Kind, Terms
from services.ingest.domain.written import Written

_FIGURE: Final = re.compile(r"(?:0|[1-9][0-9]{0,14})(?:\.[0-9]{1,15})?").fullmatch
_LONGEST_FIGURE: Final = 16  # characters: 15 digits and a point
_COUNT: Final = re.compile(r"[1-9][0-9]{0,14}").fullmatch
_MICROSECOND: Final = timedelta(microseconds=1)
_MOST_KNOWN, _MOST_ORGS = 10_000, 200
_WITH_PERIOD: Final = 3  # names of an observation; a case has no period

Row = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Named:
    """An indicator, a region and a period (or none) that the org may report for.

    `inside` are the bounds as floats: a figure whose float lies strictly between them lies
    between `least` and `most` exactly, since rounding keeps the order.
    """

    indicator: str
    region: str
    period: str
    statistic: str
    least: Decimal
    most: Decimal | None
    inside: tuple[float, float]


class Names:
    """What was found out about names, per org and day; shared by all requests and threads."""

    def __init__(self) -> None:
        self._known: dict[tuple[object, ...], _Known] = {}

    def of(self, terms: Terms) -> "_Known":
        """Return what is known to the org of `terms` on its day: names -> `Named`."""
        # The day is in the key: a period that has not begun today may have begun tomorrow.
        key = (terms.org, terms.today)
        known = self._known.get(key)
        if known is None or len(known) >= _MOST_KNOWN:
            if len(self._known) >= _MOST_ORGS:
                self._known.clear()
            known = self._known[key] = {}
        return known


def _looked_up(terms: Terms, *names: object) -> Named | None:
    flaws = Flaws()
    given = zip(("indicator", "region", "period"), names, strict=False)
    fields = Fields(Written((name, value) for name, value in given if value), 0, terms, flaws)
    found = known_indicator(fields, terms)
    if found is None or terms.org is None:
        return None
    own(fields, terms, "indicator", found.code, found.reported_by)
    place = known_region(fields, terms)
    code = begun_period(fields, terms, found) if len(names) == _WITH_PERIOD else ""
    if flaws or place is None or code is None:
        return None
    return _named(found, place, code)


def _named(indicator: Indicator, region: str, period: str) -> Named:
    least, most = bounds(indicator)
    inside = (float(least), math.inf if most is None else float(most))
    return Named(indicator.code, region, period, indicator.statistic, least, most, inside)


_Known = dict[tuple[object, ...], Named]


class _Plain:
    """What observations and cases share: the terms in a handy form, and times."""

    def __init__(self, names: Names, terms: Terms, into: pb.Submission) -> None:
        self.identities: set[tuple[str, ...]] = set()
        self._known = names.of(terms)
        self._terms = terms
        self._into = into
        self._org = terms.org
        self._own = terms.sender.org
        self._received = microseconds(terms.received)
        self._latest = microseconds(terms.received + terms.limits.future)
        self._moments: dict[str, int | None] = {}

    def _moment(self, text: str) -> int | None:
        """Return microseconds; None where the text names no moment."""
        known = self._moments.get(text, -1)
        if known == -1:
            read = moment(text)
            known = self._moments[text] = None if read is None else microseconds(read)
        return known

    def _past(self, text: str) -> int | None:
        """Return when that was; None where it needs a closer look."""
        past = self._moment(text)
        return past if past is not None and past <= self._latest else None

    def _find(self, *names: object) -> Named | None:
        """Return what indicator, region (and period) mean; None where the domain finds a fault."""
        named = _looked_up(self._terms, *names)
        if named is not None:
            self._known[names] = named
        return named


class PlainObservations(_Plain):
    """Takes reported figures."""

    def __init__(self, names: Names, terms: Terms, into: pb.Submission) -> None:
        super().__init__(names, terms, into)
        self._add = into.observations.add

    def take(self, index: int, row: Row) -> bool:
        """Pack a row, or answer False."""
        (indicator, region, period, value, numerator, denominator, sample_size,
         status, comment, stated_at, org) = row  # fmt: skip
        if (org and org != self._org) or not (org or self._own) or (status and status != "normal"):
            return False
        names = (indicator, region, period)
        named = self._known.get(names) or self._find(*names)
        stated = self._past(stated_at) if stated_at else self._received
        if named is None or stated is None:
            return False
        if comment and not _fit(comment, self._terms.limits.text):
            return False
        if numerator or denominator:
            figures = None if value or sample_size else _share(named, numerator, denominator)
        else:
            figures = _average(named, value, sample_size)
        if figures is None:
            return False
        packed = self._add()
        packed.index = index
        packed.indicator = named.indicator
        packed.region = named.region
        packed.period = named.period
        packed.stated_us = stated
        for field, figure in figures:
            setattr(packed, field, figure)
        if comment:
            packed.comment = comment
        self.identities.add((named.indicator, named.region, named.period))
        return True


class PlainCases(_Plain):
    """Takes cases without pauses and extensions."""

    def take(self, index: int, row: Row) -> bool:
        """Pack a row, or answer False."""
        (case_no, indicator, region, accepted_at, completed_at, outcome, resolved, deadline,
         pauses, extension, stated_at, org, labels) = row  # fmt: skip
        if pauses or extension or (org or self._own) != self._org:
            return False
        limit = self._terms.limits.name
        if not case_no or not _fit(case_no, limit) or not _fit_labels(labels, limit):
            return False
        names = (indicator, region)
        named = self._known.get(names) or self._find(*names)
        stated = self._past(stated_at) if stated_at else self._received
        dates = self._dates(accepted_at, completed_at, outcome, deadline)
        if named is None or stated is None or dates is None or not _resolves(named, resolved):
            return False
        self._into.cases.add(
            index=index,
            case_no=case_no,
            indicator=named.indicator,
            region=named.region,
            outcome=OUTCOMES[outcome],
            resolved=resolved if isinstance(resolved, bool) else None,
            stated_us=stated,
            labels=labels or None,
            **dates,
        )
        self.identities.add((case_no, named.indicator))
        return True

    def _dates(
        self, accepted_at: object, completed_at: object, outcome: object, deadline: object
    ) -> dict[str, int] | None:
        accepted = self._moment(str(accepted_at)) if accepted_at else None
        if accepted is None or accepted > self._latest or outcome not in OUTCOMES:
            return None
        dates = {"accepted_us": accepted}
        if completed_at:
            completed = self._moment(str(completed_at))
            in_order = completed is not None and accepted <= completed <= self._latest
            if completed is None or not in_order or outcome == "open":
                return None
            dates["completed_us"] = completed
        elif outcome in ("completed", "refused"):
            return None
        due = self._moment(str(deadline)) if deadline else None
        if due is not None:
            dates["deadline_us"] = due
        return dates if bool(deadline) == (due is not None) else None


Figures = tuple[tuple[str, str], ...]


def _figure(value: object) -> str | None:
    """Return the text of a plain figure, without zeros at the end of its decimals."""
    text = value if isinstance(value, str) else str(value, "latin-1")  # type: ignore[call-overload]
    if not _FIGURE(text):
        return None
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return text if len(text) <= _LONGEST_FIGURE else None


def _average(named: Named, value: object, sample_size: object) -> Figures | None:
    text = _figure(value) if value else None
    if text is None:
        return None
    least, most = named.inside
    if not least < float(text) < most and not _between(named, Decimal(text)):
        return None
    if not sample_size:
        return (("value", text),)
    sample = _figure(sample_size)
    if sample is None or named.statistic == "latest" or not _COUNT(sample):
        return None
    return ("value", text), ("sample_size", sample)


def _between(named: Named, figure: Decimal) -> bool:
    return named.least <= figure and (named.most is None or figure <= named.most)


def _share(named: Named, numerator: object, denominator: object) -> Figures | None:
    if named.statistic != "share" or not numerator or not denominator:
        return None
    top, bottom = _figure(numerator), _figure(denominator)
    if top is None or bottom is None or bottom == "0":
        return None
    part, whole = Decimal(top), Decimal(bottom)
    if part > whole or not within(part, whole, named.least, named.most):
        return None
    return ("numerator", top), ("denominator", bottom)


def _resolves(named: Named, resolved: object) -> bool:
    """Whether the indicator takes cases, and these with a resolution if one is given."""
    given = isinstance(resolved, bool)
    if named.statistic == "latest" or (resolved and not given):
        return False
    return named.statistic == "share" or not given


def _fit(text: object, limit: int) -> bool:
    """Whether a text may be kept as it is, without a closer look."""
    if not text:
        return True
    plain = isinstance(text, str) and len(text) <= limit and text.isprintable()
    return plain and not str(text).isspace()


def _fit_labels(labels: object, limit: int) -> bool:
    if not labels:
        return True
    if not isinstance(labels, dict) or len(labels) > MOST_LABELS:
        return False
    return all(
        name and _fit(name, limit) and text and _fit(text, limit) for name, text in labels.items()
    )


Take = Callable[[int, Row], bool]
PLAIN: Final[Mapping[Kind, type[PlainObservations] | type[PlainCases]]] = {
    "observation": PlainObservations,
    "case": PlainCases,
}
