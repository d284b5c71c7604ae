"""Registers for tests: the real one, loaded once, and builders for small ones.

The builders never read a file. Their defaults make a sound little register: a city with two
districts, three units, one task with one measure, and whatever targets a test puts in.
"""

from collections.abc import Sequence
from datetime import date, time
from decimal import Decimal
from fractions import Fraction
from functools import cache

from duibiao.register import (
    UNITS,
    AlertLevel,
    AlertRule,
    AlertRules,
    Baseline,
    Basis,
    ClockRules,
    Colour,
    Direction,
    DoubtRules,
    Duty,
    Indicator,
    Measure,
    Milestone,
    Notice,
    Occasion,
    Op,
    Org,
    OrgKind,
    PeriodType,
    Region,
    RegionKind,
    Register,
    Statistic,
    Target,
    Task,
    Verb,
    Window,
    containing,
    default_folder,
    load,
)
from duibiao.register.field_types import Status

CITY = "610100"
TAX, CUSTOMS, FINANCE = "tax-bureau", "customs", "finance-bureau"
WHOLE_2021 = Window(date(2021, 1, 1), date(2021, 12, 31))
REPORT_DATES = (date(2021, 3, 25), date(2021, 6, 25), date(2021, 9, 25), date(2021, 12, 25))

TEN_DAYS = ClockRules(max_extension=10)
ASKED_BY_DEFAULT = DoubtRules()

Number = Decimal | int | str


@cache
def the_register() -> Register:
    """Return the register of the notice, as shipped, without an overlay."""
    return load(default_folder())


def org(code: str = TAX, name: str = "", name_zh: str = "", kind: OrgKind = "department") -> Org:
    return Org(code, name or code, name_zh or code, kind)


def region(code: str = CITY, name: str = "", kind: RegionKind | None = None) -> Region:
    return Region(
        code, name or code, name or code, kind or ("city" if code == CITY else "district")
    )


def indicator(  # noqa: PLR0913 - one default for every field
    code: str = "days",
    *,
    unit: str = "workday",
    statistic: Statistic = "mean",
    direction: Direction = "down",
    period_type: PeriodType = "quarter",
    reported_by: tuple[str, ...] = (TAX, CUSTOMS),
    minimum: Number | None = 0,
    maximum: Number | None = None,
    min_sample: int = 1,
    count_start_day: bool = False,
    report_within: int = 10,
    clock: ClockRules = TEN_DAYS,
    doubts: DoubtRules = ASKED_BY_DEFAULT,
) -> Indicator:
    return Indicator(
        code=code,
        name=code,
        name_zh=code,
        unit=unit,
        counted_in=UNITS[unit],
        statistic=statistic,
        direction=direction,
        period_type=period_type,
        reported_by=reported_by,
        minimum=_decimal(minimum),
        maximum=_decimal(maximum),
        min_sample=min_sample,
        count_start_day=count_start_day,
        report_within=report_within,
        clock=clock,
        doubts=doubts,
    )


def target(  # noqa: PLR0913 - one default for every field
    target_id: str = "T01",
    indicator: str | Indicator = "days",
    *,
    clause: str = "1.1",
    op: Op = "<=",
    threshold: Number | None = "5.5",
    unit: str = "workday",
    statistic: Statistic = "mean",
    due: date | None = None,
    judged_by: date | None = None,
    judged_by_is_reading: bool = False,
    verb: Verb | None = None,
    basis: Basis | None = None,
    leads: tuple[str, ...] = (TAX, CUSTOMS),
    baseline: Baseline | None = None,
    plan: tuple[Baseline, ...] = (),
    alert_levels: tuple[AlertLevel, ...] = ("city",),
    decided_by: str | None = None,
    decided_since: date | None = None,
) -> Target:
    """Build a target. An `Indicator` lends it unit and statistic; `judged_by`: `due` unless set."""
    code = indicator
    if isinstance(indicator, Indicator):
        code, unit, statistic = indicator.code, indicator.unit, indicator.statistic
    return Target(
        id=target_id,
        indicator=str(code),
        clause=clause,
        op=op,
        threshold=None if op in ("rise", "fall") else _decimal(threshold),
        unit=unit,
        counted_in=UNITS[unit],
        statistic=statistic,
        due=due,
        judged_by=judged_by or due,
        judged_by_is_reading=judged_by_is_reading,
        verb=verb,
        basis=basis or ("none" if threshold is None or op in ("rise", "fall") else "stated"),
        leads=leads,
        baseline=baseline,
        plan=plan,
        alert_levels=alert_levels,
        decided_by=decided_by,
        decided_since=decided_since,
        name=target_id,
        name_zh=target_id,
    )


def milestone(code: str = "1.1-a", due: date = date(2021, 3, 31)) -> Milestone:
    return Milestone(code, code.partition("-")[0], code, code, due)


def measure(
    no: str = "1.1",
    *,
    leads: tuple[str, ...] = (TAX, CUSTOMS),
    supports: tuple[str, ...] = (),
    milestones: tuple[Milestone, ...] = (),
) -> Measure:
    return Measure(no, int(no.split(".", maxsplit=1)[0]), no, no, leads, supports, milestones)


def duties(measures: Sequence[Measure], dates: Sequence[date] = REPORT_DATES) -> tuple[Duty, ...]:
    """Return what the leads of the measures owe on the dates, due dates kept as they fall."""
    return tuple(
        Duty(f"{m.no}/{period}", m.no, lead, period, day, "keep", day)
        for m in measures
        for lead in m.leads
        for day in dates
        for period in (containing(day, "quarter").code,)
    )


def alert_rule(
    rule_id: str = "rule",
    colour: Colour = "yellow",
    on: Occasion = "verdict",
    statuses: tuple[Status, ...] = (),
    *,
    attainment_below: Fraction | None = None,
    periods: int = 1,
    after_workdays: int | None = None,
    enabled: bool = True,
) -> AlertRule:
    return AlertRule(
        id=rule_id,
        colour=colour,
        on=on,
        statuses=statuses,
        attainment_below=attainment_below,
        periods=periods,
        after_workdays=after_workdays,
        enabled=enabled,
        name="",
        name_zh="",
    )


def alert_rules(*rules: AlertRule, wait_for_morning: bool = False) -> AlertRules:
    """Return the given rules, or those of the design, among its numbers."""
    wrong: tuple[Status, ...] = ("missed", "regressed")
    by_design = (
        alert_rule("blue-short", "blue", statuses=("at_risk", "behind")),
        alert_rule("blue-duty-due-soon", "blue", "duty", ("due_soon",)),
        alert_rule("blue-figure-missing", "blue", "figure", after_workdays=0),
        alert_rule("blue-near-threshold", "blue", "near_threshold", enabled=False),
        alert_rule("yellow-breach", "yellow", statuses=wrong),
        alert_rule("yellow-duty-overdue", "yellow", "duty", ("overdue",)),
        alert_rule("yellow-figure-missing", "yellow", "figure", after_workdays=5),
        alert_rule("red-breach-twice", "red", statuses=wrong, periods=2),
        alert_rule("red-breach-far", "red", statuses=wrong, attainment_below=Fraction(2, 3)),
        alert_rule("red-no-reply", "red", "reply", after_workdays=0),
    )
    return AlertRules(
        rules=rules or by_design,
        caps={"ensure": "red", "strive": "yellow", "promote": "yellow"},
        reply_within={"yellow": 5, "red": 3},
        due_soon_within=3,
        sending_hour=time(9),
        wait_for_morning=wait_for_morning,
    )


def register(
    *,
    indicators: Sequence[Indicator] = (),
    targets: Sequence[Target] = (),
    orgs: Sequence[Org] = (),
    regions: Sequence[Region] = (),
    measures: Sequence[Measure] = (),
    rules: AlertRules | None = None,
    window: Window = WHOLE_2021,
    version: str = "test+000000000000",
) -> Register:
    """Build a register; what is left out gets a small sound default."""
    measures = tuple(measures) or (measure(),)
    numbers = sorted({m.task for m in measures})
    tasks = tuple(Task(no, str(no), str(no), _leads(measures, no), ()) for no in numbers)
    return Register(
        version=version,
        notice=Notice(
            "试〔2021〕1号",
            "Test",
            "试",
            "Test notice",
            "试通知",
            date(2021, 1, 9),
            date(2021, 1, 13),
            "test",
        ),
        tasks=tasks,
        measures=measures,
        orgs={o.code: o for o in orgs or (org(TAX), org(CUSTOMS), org(FINANCE))},
        regions={r.code: r for r in regions or (region(), region("610103"), region("610122"))},
        indicators={i.code: i for i in indicators or (indicator(),)},
        targets=tuple(targets) or (target(),),
        duties=duties(measures),
        alert_rules=rules or alert_rules(),
        window=window,
        city=CITY,
    )


def _leads(measures: Sequence[Measure], task: int) -> tuple[str, ...]:
    return tuple(dict.fromkeys(lead for m in measures if m.task == task for lead in m.leads))


def _decimal(number: Number | None) -> Decimal | None:
    return None if number is None else Decimal(number)
