"""Doubts 疑点: questions to the office about a unit's data, never verdicts.

A doubt follows from what is kept and from nothing else, so it is the same however often, and in
whatever order of submissions, it is computed. It stands once for its identity; its id also depends
on its facts, so that an answer holds for the facts that were answered.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from hashlib import sha256
from itertools import pairwise
from typing import Final, NamedTuple

from duibiao.register import DoubtRules, Indicator
from services.indicators.domain.figures import reported
from services.indicators.domain.rows import JsonObject, Verdict, VerdictRow
from services.indicators.domain.submission import FigureStatement

# The kind of a doubt, and its facts.
Finding = tuple[str, Mapping[str, object]]

# So many figures are compared over time: one, and up to four before it.
COMPARED: Final = 5

_FEWEST: Final = 5  # cases of which a share is worth asking about
_SHORTEST: Final = 2  # days; many cases last exactly a limit of one
_ROUNDED: Final = Fraction(1, 20)  # figures that differ by no more may be one, rounded
_JUMP, _JUMP_OF_SHARES = 50, 20


class Doubt(NamedTuple):
    """One question about `orgs`, the units concerned. The first five fields are its identity.

    `region` is the city where all regions of the unit are meant; `indicator` None means all that
    it reports. `facts`: figures, in the indicator's unit, and percentages as exact text. `answer`:
    of the office, `{reason, by, at}`.
    """

    kind: str
    period: str
    orgs: tuple[str, ...]
    region: str
    indicator: str | None
    facts: JsonObject
    answer: JsonObject | None = None

    @property
    def id(self) -> str:
        content = json.dumps(self[:6], ensure_ascii=False, sort_keys=True)
        return f"{self.kind}.{self.period}.{sha256(content.encode()).hexdigest()[:16]}"

    @property
    def state(self) -> str:
        return "open" if self.answer is None else "answered"


def of_figure(row: VerdictRow, said: FigureStatement | None) -> Iterator[Finding]:
    """Compare the figure that a unit's cases make with the one that it reported."""
    value = over_time(row)
    if said is not None and value is not None and not said.content.not_applicable:
        stated = reported(said, row.statistic).value
        if abs(stated - value) > _ROUNDED:
            yield "contradiction", {"value": stated, "cases": value}


def of_history(
    rows: Sequence[VerdictRow], other: VerdictRow | None, indicator: Indicator
) -> Iterator[Finding]:
    """Compare the last of a unit's rows with the range of those before, and with another figure.

    Of a running total the growth is compared.
    """
    rules, row, points = indicator.doubts, rows[-1], indicator.unit == "percent"
    if row.value is None:
        return
    agreed = row.value if other is None or other.value is None else other.value
    if other is not None and abs(row.value - agreed) > Fraction(rules.agrees_within):
        yield "disagreement", {"value": row.value, "other": other.indicator, "other_value": agreed}
    values = [value for one in rows if (value := over_time(one)) is not None]
    if indicator.statistic == "latest":
        values = [later - earlier for earlier, later in pairwise(values)]
    if row.insufficient_sample or len(values) <= 1:
        return
    *before, value = values
    low, high = min(before), max(before)
    share = Fraction(rules.jump or (_JUMP_OF_SHARES if points else _JUMP))
    most = share if points else max(abs(high if value > high else low) * share / 100, Fraction(1))
    if max(value - high, low - value) > most:
        yield "jump", {"value": value, "lowest": low, "highest": high}


def of_clocks(row: VerdictRow, proof: JsonObject, rules: DoubtRules) -> Iterator[Finding]:
    """Look for a figure, or most cases, exactly at the limit, and for much that is paused."""
    limit, cases, clock = row.threshold, proof.get("distribution"), proof.get("clock") or {}
    full = row.unit == "percent" and limit in (0, 100)  # there is nothing beyond
    if cases is None and row.value is not None and row.value == limit and not full:
        yield "at_limit", {"value": limit, "share": Fraction(100), "cases": None}
    if cases is not None and limit is not None and limit >= _SHORTEST:
        at = sum(one["cases"] for one in cases["groups"] if one["net"] - one["extended"] == limit)
        share = Fraction(100 * at, cases["cases"])
        if cases["cases"] >= _FEWEST and share > Fraction(rules.at_limit):
            yield "at_limit", {"value": limit, "share": share, "cases": at}
    for doubt in clock.get("doubts", ()):
        shares = {name: 100 * Fraction(doubt[name]) for name in ("paused_share", "extended_share")}
        yield "paused_share", {**shares, "alarm": clock["pause_share_alarm"]}


def of_versions(row: VerdictRow, old: Verdict | None, frozen: Verdict | None) -> Iterator[Finding]:
    """Compare a row with its last version that was not attained, and with that of its closing.

    A row that more cases attain is not restated; neither is one that waited for approvals.
    """
    if frozen is not None and frozen.row.value != row.value:
        yield "revised_after_closing", {"reported": frozen.row.value, "value": row.value}
    if old is None or not old.ended or old.row.pending_approvals or old.row.value is None:
        return
    more = (row.sample_size or 0) > (old.row.sample_size or 0) or row.statistic == "share"
    by_more = old.row.evidence == "cases" and more
    if row.status in ("met", "sustained") and old.row.value != row.value and not by_more:
        about = {"before": old.row.value, "value": row.value}
        yield "restated", {**about, "threshold": row.threshold}


def over_time(row: VerdictRow) -> Fraction | None:
    """Return what is compared over time; the longest of some cases says little."""
    return row.value if row.statistic != "each" or row.mean is None else row.mean
