"""Plainly right rows, packed as they come; each name is looked up once per distinct value.

A row is a tuple in the order of the domain's FIELDS. What was not given is falsy (UNSET, None or
""); a number is its text or a `msgspec.Raw` of it. `take` answers False for every row that it is
not sure of and has then packed nothing.
"""

import re
from collections.abc import Callable, Mapping
from datetime import timedelta
from decimal import Decimal
from typing import Any, Final

from duibiao.contracts.v1 import submission_pb2 as pb
from duibiao.register import FieldRule, RowKind
from services.ingest.adapters.names import Named, Names, looked_up
from services.ingest.adapters.packing import OUTCOMES
from services.ingest.domain.cases import MOST_LABELS
from services.ingest.domain.checking import FIELDS
from services.ingest.domain.fields import tidied
from services.ingest.domain.moments import microseconds, moment
from services.ingest.domain.observations import within
from services.ingest.domain.personal import SHORTEST, personal_name, personal_number
from services.ingest.domain.terms import Kind, Terms

_FIGURE: Final = re.compile(r"(?:0|[1-9][0-9]{0,14})(?:\.[0-9]{1,15})?").fullmatch
_LONGEST_FIGURE: Final = 16  # characters: 15 digits and a point
_COUNT: Final = re.compile(r"[1-9][0-9]{0,14}").fullmatch
_MICROSECOND: Final = timedelta(microseconds=1)
_ALWAYS: Final[Mapping[RowKind, tuple[str, ...]]] = {
    "observation": ("indicator", "region", "period"),
    "case": ("case_no", "indicator", "region", "accepted_at", "outcome"),
    "progress_report": (),
}
_DATES: Final = {
    "accepted_at": "accepted_us",
    "completed_at": "completed_us",
    "deadline": "deadline_us",
}

Row = tuple[Any, ...]


class _Plain:
    """What observations and cases share: the terms in a handy form, and times."""

    kind: Kind

    def __init__(self, names: Names, terms: Terms) -> None:
        self.identities: set[tuple[str, ...]] = set()
        self._known = names.of(terms)
        self._terms = terms
        self._org = terms.org
        self._own = terms.sender.org
        self._received = microseconds(terms.received)
        self._latest = microseconds(terms.received + terms.limits.future)
        self._moments: dict[str, int | None] = {}
        self._limit = terms.limits.name
        self._year = terms.today.year
        rules = terms.register.rules_of(self.kind)
        self._orders = [(r.other, r.field) for r in rules if _is_order(r)]
        # Rows with a field that another rule speaks of are looked at by the domain.
        others = {rule.field for rule in rules if not (_is_order(rule) or _is_kept(rule))}
        self._ruled = [FIELDS[self.kind].index(name) for name in others]

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
        """Look names up and remember them; None where the domain finds a fault."""
        named = looked_up(self._terms, *names)
        if named is not None:
            self._known[names] = named
        return named


class PlainObservations(_Plain):
    """Takes reported figures."""

    kind = "observation"

    def into(self, part: pb.Submission) -> None:
        """Say where the next rows are packed."""
        self._add = part.observations.add

    def take(self, index: int, row: Row) -> bool:
        """Pack a row, or answer False."""
        (indicator, region, period, value, numerator, denominator, sample_size,
         status, comment, stated_at, org) = row  # fmt: skip
        if (org and org != self._org) or not (org or self._own) or (status and status != "normal"):
            return False
        if self._ruled and any(row[place] for place in self._ruled):
            return False
        names = (indicator, region, period)
        named = self._known.get(names) or self._find(*names)
        stated = self._past(stated_at) if stated_at else self._received
        if named is None or stated is None:
            return False
        if comment and not _fit(comment, self._terms.limits.text, self._year):
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

    kind = "case"

    def into(self, part: pb.Submission) -> None:
        """Say where the next rows are packed."""
        self._add = part.cases.add

    def take(self, index: int, row: Row) -> bool:
        """Pack a row, or answer False."""
        (case_no, indicator, region, accepted_at, completed_at, outcome, resolved, deadline,
         pauses, extension, stated_at, org, labels) = row  # fmt: skip
        if pauses or extension or (org or self._own) != self._org:
            return False
        if self._ruled and any(row[place] for place in self._ruled):
            return False
        if not case_no or not self._fits(case_no) or not self._fit_labels(labels):
            return False
        names = (indicator, region)
        named = self._known.get(names) or self._find(*names)
        stated = self._past(stated_at) if stated_at else self._received
        dates = self._dates(accepted_at, completed_at, outcome, deadline)
        if named is None or stated is None or dates is None or not _resolves(named, resolved):
            return False
        if outcome == "open" and (resolved is True or dates["accepted_us"] < named.oldest):
            return False
        self._add(
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
        if bool(deadline) != (due is not None) or not self._in_order(dates):
            return None
        return dates

    def _in_order(self, dates: Mapping[str, int]) -> bool:
        """Whether moments lie as the rules of the register want them."""
        for early, late in self._orders:
            first, then = dates.get(_DATES[early]), dates.get(_DATES[late])
            if first is not None and then is not None and then < first:
                return False
        return True

    def _fits(self, text: object) -> bool:
        return _fit(text, self._limit, self._year) and tidied(str(text)) == text

    def _fit_labels(self, labels: object) -> bool:
        if not labels:
            return True
        if not isinstance(labels, dict) or len(labels) > MOST_LABELS:
            return False
        return all(
            name and self._fits(name) and not personal_name(name) and text and self._fits(text)
            for name, text in labels.items()
        )


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
    figure = float(text)
    if not least < figure < most and not _between(named, Decimal(text)):
        return None
    if not named.usual[0] < figure < named.usual[1]:
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
    if top is None or bottom is None or bottom == "0" or "." in top or "." in bottom:
        return None
    part, whole = Decimal(top), Decimal(bottom)
    if part > whole or not within(part, whole, named.least, named.most):
        return None
    if not named.usual[0] < 100 * float(part) / float(whole) < named.usual[1]:
        return None
    return ("numerator", top), ("denominator", bottom)


def _resolves(named: Named, resolved: object) -> bool:
    """Whether the indicator takes cases, and these with a resolution if one is given."""
    given = isinstance(resolved, bool)
    if not named.takes_cases or (resolved and not given):
        return False
    return named.statistic == "share" or not given


def _fit(text: object, limit: int, year: int) -> bool:
    """Whether a text may be kept as it is, without a closer look."""
    if not text:
        return True
    if not isinstance(text, str) or len(text) > limit or not text.isprintable() or text.isspace():
        return False
    return len(text) < SHORTEST or personal_number(text, year) is None


def _is_kept(rule: FieldRule) -> bool:
    """Whether every plain row keeps a rule anyway."""
    return rule.check == "needs" and rule.other in _ALWAYS[rule.kind]


def _is_order(rule: FieldRule) -> bool:
    """Whether a rule puts two moments of a case in order, and nothing else."""
    dated = rule.kind == "case" and rule.field in _DATES and rule.other in _DATES
    return dated and rule.check == "not_before" and not rule.when


Take = Callable[[int, Row], bool]
PLAIN: Final[Mapping[Kind, type[PlainObservations] | type[PlainCases]]] = {
    "observation": PlainObservations,
    "case": PlainCases,
}
