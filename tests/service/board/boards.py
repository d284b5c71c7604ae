"""Boards for tests: values as the pages read them, built by hand, and a port that holds them.

Nothing is judged here: a test says which status stands, the pages must show it.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction

from duibiao.register import DutyStatus, Period, Register, Target, parse
from duibiao.web.board.alerts import OpenAlert, OpenAlerts
from duibiao.web.board.rendering import InstallationState
from services.indicators.board.data import (
    PRESENT,
    SHOWN,
    BoardData,
    ClauseSheet,
    MilestoneState,
    OrgSheet,
    Overview,
    PartRows,
    TargetSheet,
    View,
    Wanted,
)
from services.indicators.domain.rows import (
    DutyRow,
    Evidence,
    JsonObject,
    Reason,
    Status,
    Verdict,
    VerdictRow,
)
from services.indicators.domain.scorecard import Scorecard
from services.indicators.domain.submission import (
    Receipt,
    ReportContent,
    ReportHistory,
    ReportKey,
    ReportStatement,
    Statement,
)

NOON = datetime(2021, 12, 20, 4, 0, tzinfo=UTC)
Figure = Decimal | Fraction | int | str | None


def standing(*, sample: bool = False, judged_day: date = date(2021, 12, 20)) -> InstallationState:
    return InstallationState(judged_day, sample, "cn-2026+test", NOON)


def verdict_row(  # noqa: PLR0913 - one default for every field
    target: Target,
    period: str = "2021Q3",
    value: Figure = 5,
    status: Status = "met",
    *,
    org: str | None = None,
    region: str = "610100",
    reason: Reason | None = None,
    evidence: Evidence | None = "cases",
    reporters: int = 2,
    expected: int = 2,
    sample_size: int | None = 40,
    within_limit: int | None = None,
    attainment_ratio: Figure = None,
    overdue_open: int | None = None,
    near_threshold: bool = False,
    provisional: bool = False,
    insufficient_sample: bool = False,
    decisive: bool = False,
) -> VerdictRow:
    """Build a row; the gap follows from value and threshold, all else is as given."""
    exact = None if value is None else Fraction(value)
    threshold = None if target.threshold is None else Fraction(target.threshold)
    return VerdictRow(
        id=f"{target.id}-{org or 'city'}-{region}-{period}",
        target=target.id,
        indicator=target.indicator,
        clause=target.clause,
        org=org,
        region=region,
        period=period,
        statistic=target.statistic,
        value=exact,
        unit=target.unit,
        op=target.op,
        threshold=threshold,
        basis=target.basis,
        due=target.due,
        attainment_ratio=None if attainment_ratio is None else Fraction(attainment_ratio),
        gap=_gap(target, exact, threshold),
        status=status,
        reason=reason,
        evidence=None if exact is None else evidence,
        reporters=reporters if exact is not None else 0,
        expected=expected,
        sample_size=None if exact is None or sample_size is None else Fraction(sample_size),
        within_limit=within_limit,
        mean=exact if target.statistic == "mean" else None,
        p90=None,
        max=None,
        overdue_open=overdue_open,
        near_threshold=near_threshold,
        provisional=provisional,
        insufficient_sample=insufficient_sample,
        evaluated_at=NOON,
        register_version="test+000000000000",
        calendar_version="cn-2026+test",
        decisive=decisive,
    )


def _gap(target: Target, value: Fraction | None, threshold: Fraction | None) -> Fraction | None:
    if value is None or threshold is None:
        return None
    return value - threshold if target.op == "<=" else threshold - value


def verdict(row: VerdictRow, *, present: bool = False) -> Verdict:
    return Verdict(
        row,
        parse(row.period).last,
        present,
        ended=True,
        previous_status=None,
        inputs_digest="",
        proof_digest="",
    )


def series(*rows: VerdictRow) -> tuple[Verdict, ...]:
    """Make one series of rows, oldest first; the last one is the present period's."""
    return tuple(verdict(row, present=row is rows[-1]) for row in rows)


def duty(
    measure: str = "1.1",
    org: str = "tax-bureau",
    period: str = "2021Q1",
    status: DutyStatus = "on_time",
    *,
    due: date = date(2021, 3, 25),
    effective_due: date | None = None,
    received_on: date | None = None,
) -> DutyRow:
    return DutyRow(
        f"{measure}/{period}",
        measure,
        org,
        period,
        due,
        effective_due or due,
        status,
        received_on=received_on,
    )


def alert(  # noqa: PLR0913 - one default for every field
    number: str = "黄-2021-0001",
    colour: str = "yellow",
    *,
    target: str | None = "T01",
    measure: str | None = None,
    org: str | None = None,
    region: str | None = "610100",
    period: str = "2021Q3",
    leads: tuple[str, ...] = ("tax-bureau",),
    state: str = "firing",
    opened_at: datetime = NOON,
    late_figure: bool = False,
    recovered: bool = False,
    restated: tuple[tuple[str, Fraction | None, Fraction], ...] = (),
) -> OpenAlert:
    """Build an open alert on a target, or on a duty where `measure` is given."""
    on_duty = measure is not None
    return OpenAlert(
        id=number,
        number=number,
        colour=colour,
        state=state,
        target=None if on_duty else target,
        duty=f"{measure}/{period}" if on_duty else None,
        measure=measure,
        org=org,
        region=None if on_duty else region,
        period=period,
        leads=leads,
        opened_at=opened_at,
        reply_due=date(2021, 12, 27) if colour != "blue" else None,
        periods=(period,),
        late_figure=late_figure,
        recovered=recovered,
        restated=restated,
    )


def groups(rows: Iterable[Sequence[int]]) -> list[dict[str, int]]:
    """Return the groups of a proof's distribution from rows of days, extension and cases."""
    return [{"net": days, "extended": more, "cases": n} for days, more, n in rows]


def proof(row: VerdictRow, *, distribution: Sequence[Sequence[int]] = ()) -> dict[str, object]:
    """Build a proof the way the domain lays one out, its words made up."""
    return {
        "target": row.target,
        "threshold": None if row.threshold is None else float(row.threshold),
        "judged_day": "2021-12-20",
        "inputs": [
            {
                "kind": "cases" if distribution else "reported",
                "org": org,
                "region": row.region,
                "period": row.period,
                "value": None if row.value is None else float(row.value),
                "numerator": None,
                "weight": 206,
                "overdue_open": 6 if distribution else 0,
                "submission_id": None if distribution else f"018f-{org}",
            }
            for org in ("tax-bureau", "guanzhong-customs")
        ],
        "distribution": {"groups": groups(distribution)} if distribution else None,
        "lines": [
            {"zh": "第一步：412 件", "en": "step one: 412 cases"},
            {"zh": "结论：见上", "en": "verdict: as above"},
        ],
        "notes": [{"zh": "两处来源不一致", "en": "two sources differ"}],
        "register_version": "xa-2021-6+0123456789ab",
        "calendar_version": "cn-2026+test",
    }


def report(key: ReportKey, *said: str | ReportContent, received: datetime = NOON) -> ReportHistory:
    """Build a report; of what was said the last stands, the others came before, day by day."""
    contents = [
        ReportContent("in_progress", summary=one) if isinstance(one, str) else one for one in said
    ]
    moments = [received - timedelta(days=back) for back in reversed(range(len(contents)))]
    *earlier, (content, moment) = zip(contents, moments, strict=True)
    first = Receipt(moments[0].date(), moments[0], "s1")
    return ReportHistory(
        ReportStatement(key, content, moment, "s1", moment, first),
        tuple(Statement(key, one, then, "s1", then) for one, then in reversed(earlier)),
    )


def open_alerts(alerts: Iterable[OpenAlert]) -> OpenAlerts:
    """Return alerts as the pages get them: red first, of one colour the oldest first."""
    order = ("red", "yellow", "blue")
    found = sorted(alerts, key=lambda a: (order.index(a.colour), a.opened_at, a.number))
    recovered = {a.target: a.id for a in found if a.target and a.recovered}
    return OpenAlerts(Counter(a.colour for a in found), tuple(found[:SHOWN]), recovered)


@dataclass(frozen=True)
class HeldBoard:
    """`BoardData` over values held in memory; each read filters them anew."""

    register: Register
    standing: InstallationState = field(default_factory=standing)
    verdicts: Sequence[Verdict] = ()
    duties: Sequence[DutyRow] = ()
    milestones: Sequence[MilestoneState] = ()
    alerts: Sequence[OpenAlert] = ()
    proofs: Mapping[str, JsonObject] = field(default_factory=dict)
    reports: Sequence[ReportHistory] = ()
    cards: Sequence[Scorecard] = ()

    def at(self, view: View) -> BoardData:
        """Return the board of a day before all that is held, or the one that is held."""
        return replace(self, verdicts=()) if isinstance(view, datetime) else self

    def state(self) -> str:
        return self.standing.state

    def overview(self) -> Overview:
        return Overview(
            self.standing,
            self._city(),
            tuple(self.duties),
            tuple(self.milestones),
            open_alerts(self.alerts),
            self._alerts_of(),
        )

    def target(self, target: str, wanted: Wanted = PRESENT) -> TargetSheet:
        found = [v for v in self.verdicts if v.row.target == target]
        city = tuple(v for v in self._city() if v.row.target == target)
        present = next((v for v in city if v.present), city[-1] if city else None)
        proven = next((v for v in found if v.row.id == wanted.verdict), present)
        parts = self._parts([v for v in found if v not in city], wanted, proven)
        return TargetSheet(
            self.standing,
            city,
            proven,
            parts,
            open_alerts(a for a in self.alerts if a.target == target),
            self._regions(found, parts.period),
        )

    def _regions(self, found: Sequence[Verdict], period: str | None) -> tuple[Verdict, ...]:
        tiles = [code for code, one in self.register.regions.items() if one.tile]
        rows = [v for v in found if v.row.region in tiles and v.row.period == period]
        first = {v.row.region: v for v in sorted(rows, key=lambda v: v.row.org or "", reverse=True)}
        return tuple(first.values())

    def _parts(self, rows: list[Verdict], wanted: Wanted, proven: Verdict | None) -> PartRows:
        counts = Counter(v.row.period for v in rows)
        newest_first = sorted(counts, key=lambda code: parse(code).first, reverse=True)
        asked = (wanted.period, proven.row.period if proven else None, *newest_first)
        period = next((one for one in asked if one in counts), None)

        def place(verdict: Verdict) -> tuple[str, str]:
            return verdict.row.org or "", verdict.row.region

        of_period = sorted((v for v in rows if v.row.period == period), key=place)
        after = [v for v in of_period if not wanted.page.after or place(v) > wanted.page.after]
        kept, cursor = wanted.page.cut(after, place)
        ordered = {code: counts[code] for code in newest_first}
        return PartRows(ordered, period, tuple(kept), cursor)

    def proof(self, verdict: str) -> JsonObject | None:
        return self.proofs.get(verdict)

    def clause(self, measures: Collection[str], targets: Collection[str]) -> ClauseSheet:
        overview = Overview(
            self.standing,
            tuple(v for v in self._city() if v.row.target in targets),
            tuple(d for d in self.duties if d.measure in measures),
            tuple(self.milestones),
            open_alerts(a for a in self.alerts if a.target in targets or a.measure in measures),
            {},
        )
        said = (r for r in self.reports if r.standing.key.measure in measures)
        return ClauseSheet(overview, tuple(said))

    def org(self, org: str) -> OrgSheet:
        own = [v for v in self.verdicts if v.row.org == org and v.row.region == self.register.city]
        region = self.register.orgs[org].region
        here = [v for v in self.verdicts if v.row.region == region and v.present]
        return OrgSheet(
            standing=self.standing,
            city=self._city(),
            own=tuple(own),
            here=tuple(here),
            duties=tuple(d for d in self.duties if d.org == org),
            alerts=open_alerts(
                a
                for a in self.alerts
                if org in a.leads or a.org == org or (region and a.region == region)
            ),
            reports=tuple(r for r in self.reports if r.standing.key.org == org),
        )

    def _alerts_of(self) -> dict[str, Counter[str]]:
        found: dict[str, Counter[str]] = {}
        for alert in self.alerts:
            for unit in {*alert.leads, *filter(None, [alert.org])}:
                found.setdefault(unit, Counter())[alert.colour] += 1
        return found

    def _city(self) -> tuple[Verdict, ...]:
        city = self.register.city
        return tuple(v for v in self.verdicts if v.row.org is None and v.row.region == city)

    def scorecards(self, period: Period, *, reported: bool) -> Sequence[Scorecard]:
        return [card for card in self.cards if (card.period, reported) == (period.code, False)]

    def as_sample(self) -> "HeldBoard":
        return replace(self, standing=replace(self.standing, sample=True))
