"""Scorecards 考核 of the units that lead (domain.md section 8); docs/scorecards.md has the rules.

A score is worked out from the lines of its card alone, as they are shown. What is shown is cut off,
never rounded up: full points are those of what was attained.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from decimal import Decimal
from fractions import Fraction
from math import floor
from operator import attrgetter
from typing import Final, Literal, NamedTuple

from duibiao.register import OrgKind, Period, Register, Target, containing, parse
from services.indicators.domain.rows import DutyKey, DutyRow, VerdictRow
from services.indicators.domain.submission import RowKind
from services.indicators.domain.wording import DUTY, REASON, STATUS, Note

About = Literal["target", "duty", "submissions", "part"]

_ZERO, _ONE = Decimal(0), Decimal(1)
_IN_TIME: Final = {"on_time": _ONE, "zero_report": _ONE, "late": _ZERO, "overdue": _ZERO}
_ATTAINED: Final = ("met", "sustained", "on_track")
# Of parts, and of kinds of rows.
WORDS: Final = {
    "attainment": Note("目标完成", "Attainment"),
    "timeliness": Note("按时报送", "Timeliness"),
    "quality": Note("数据质量", "Quality"),
    "observations": Note("报送值", "Observations"),
    "cases": Note("办件", "Cases"),
    "reports": Note("措施进展", "Progress reports"),
}


class ReceivedRows(NamedTuple):
    """The rows of one kind that came from a unit in a period."""

    org: str
    kind: RowKind
    received: int
    rejected: int
    revised: int


@dataclass(frozen=True, slots=True)
class Results:
    """What cards are made from.

    `verdicts` are the city's; `rows` those received in each quarter, by its code.
    """

    verdicts: Iterable[VerdictRow]
    duties: Mapping[DutyKey, DutyRow]
    rows: Mapping[str, Sequence[ReceivedRows]]


@dataclass(frozen=True, slots=True)
class Line:
    """`points` reached `of` those possible; None where it does not count.

    `id`: of a target, a duty or a part, or the kind of rows. `status`: the verdict's (its reason
    where that is `unknown`) or the duty's, None of the others.
    """

    about: About
    id: str
    period: str
    status: str | None
    points: Decimal | None
    of: Decimal
    text_zh: str
    text: str


@dataclass(frozen=True, slots=True)
class Part:
    """`score`: 0 to 100, None where no line counts. `counts`: its lines by status."""

    part: str
    weight: int
    score: Decimal | None
    counts: Mapping[str, int]
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Scorecard:
    """A unit's card. `score`: 0 to 100; None where no part applies, and then it has no rank.

    `rank` is the place among the `ranked` units of its kind; equal scores share it.
    `provisional`: the period has not ended.
    """

    org: str
    kind: OrgKind
    period: str
    provisional: bool
    score: Decimal | None
    rank: int | None
    ranked: int
    parts: tuple[Part, ...]


def cards(
    register: Register, period: Period, results: Results, *, provisional: bool
) -> Sequence[Scorecard]:
    """Return the ranked cards of the lead units, by kind of unit; those without a score last.

    `period` is a quarter, or a year that joins the quarters of `results`, each of equal weight.
    """
    lines, weights = _lines(register, results), asdict(register.alert_rules.scorecard)
    parts, scores, orgs = {}, {}, register.orgs
    for org in register.lead_orgs:
        quarters = {
            code: [_part(name, weight, lines[org, code, name]) for name, weight in weights.items()]
            for code in results.rows
        }
        joined = [_part(code, 1, _of_parts(of, code)) for code, of in quarters.items()]
        parts[org] = tuple(quarters.get(period.code, joined))
        scores[org] = _score(_of_parts(parts[org], period.code))
    scored = [(orgs[org].kind, score) for org, score in scores.items() if score is not None]
    found = []
    for org, score in scores.items():
        peers = [other for kind, other in scored if kind == orgs[org].kind]
        rank = None if score is None else 1 + sum(other > score for other in peers)
        about = org, orgs[org].kind, period.code, provisional
        found.append(Scorecard(*about, score, rank, len(peers), parts[org]))
    return sorted(found, key=lambda card: (card.kind, card.rank or len(found) + 1))


def _lines(register: Register, results: Results) -> Mapping[tuple[str, str, str], list[Line]]:
    """Return the lines by unit, quarter and part.

    A verdict, and a duty, counts in the quarter in which its period ends.
    """
    lines: dict[tuple[str, str, str], list[Line]] = defaultdict(list)
    targets = {target.id: target for target in register.targets}
    for row in sorted(results.verdicts, key=attrgetter("target", "period")):
        if target := targets.get(row.target):
            for lead in target.leads:
                lines[lead, _quarter(row.period), "attainment"].append(_of_target(target, row))
    for owed in (*register.duties, *register.milestone_duties):
        if duty := results.duties.get(DutyKey(owed.id, owed.org)):
            lines[duty.org, _quarter(duty.period), "timeliness"].append(_of_duty(duty))
    for code, received in results.rows.items():
        for one in received:
            if one.kind != "approvals":  # of the office, on the unit's cases
                lines[one.org, code, "quality"].append(_of_rows(one, code))
    return lines


def _quarter(period: str) -> str:
    return containing(parse(period).last, "quarter").code


def _part(part: str, weight: int, lines: Sequence[Line]) -> Part:
    counts = Counter(line.status for line in lines if line.status is not None)
    return Part(part, weight, _score(lines), dict(counts), tuple(lines))


def _of_target(target: Target, row: VerdictRow) -> Line:
    zh, en = REASON[row.reason] if row.reason else STATUS[row.status]
    words = f"{target.name_zh}：{zh}", f"{target.name}: {en}"
    status, points = row.reason or row.status, _attained(row)
    return Line("target", target.id, row.period, status, points, _ONE, *words)


def _attained(row: VerdictRow) -> Decimal | None:
    if row.status == "waived" or row.reason in ("no_threshold", "no_comparison"):
        return None
    if row.reason == "no_figure":
        return _ZERO
    if row.status in _ATTAINED:
        return _ONE
    if row.attainment_ratio is None:  # a direction
        return _ZERO
    return _cut(min(max(row.attainment_ratio, Fraction(0)), Fraction(1)), 4)


def _of_duty(duty: DutyRow) -> Line:
    zh, en = DUTY[duty.status]
    words, points = (f"{duty.duty}：{zh}", f"{duty.duty}: {en}"), _IN_TIME.get(duty.status)
    return Line("duty", duty.duty, duty.period, duty.status, points, _ONE, *words)


def _of_rows(rows: ReceivedRows, period: str) -> Line:
    # A case is sent again whenever it moves on: that it is revised tells nothing of its quality.
    bad = rows.rejected + (0 if rows.kind == "cases" else rows.revised)
    zh, en = WORDS[rows.kind]
    zh = f"{zh}：共{rows.received}行，被拒{rows.rejected}行，更正{rows.revised}行"
    en = f"{en}: {rows.received} rows, {rows.rejected} rejected, {rows.revised} revised"
    points, of = Decimal(rows.received - bad), Decimal(rows.received)
    return Line("submissions", rows.kind, period, None, points, of, zh, en)


def _of_parts(parts: Iterable[Part], period: str) -> list[Line]:
    """Return parts as lines: of its weight each gets the hundredths that its score says."""
    lines = []
    for one in parts:
        words = WORDS.get(one.part, (one.part, one.part))
        points = None if one.score is None else one.weight * one.score / 100
        lines.append(Line("part", one.part, period, None, points, Decimal(one.weight), *words))
    return lines


def _score(lines: Iterable[Line]) -> Decimal | None:
    """Return 100 x the points reached / the points possible, None where there are none."""
    pairs = [(line.points, line.of) for line in lines if line.points is not None]
    possible = sum(Fraction(of) for _, of in pairs)
    return _cut(100 * sum(Fraction(got) for got, _ in pairs) / possible, 2) if possible else None


def _cut(exact: Fraction, places: int) -> Decimal:
    return Decimal(floor(exact * 10**places)).scaleb(-places)
