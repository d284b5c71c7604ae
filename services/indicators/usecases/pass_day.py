"""Bring all verdicts and duties to a day and to a register: the clock and the start call this."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from datetime import date, datetime

from duibiao.register import Indicator, Period, parse
from duibiao.workdays import local_day
from services.indicators.domain.lasting import counted_by, periods_between
from services.indicators.domain.rows import Changes, DutyRow, Footing, VerdictChange
from services.indicators.domain.yardstick import Yardstick
from services.indicators.ports import Ledger
from services.indicators.usecases.count_cases import carry_on, recount
from services.indicators.usecases.evidence import Evidence, EvidenceCache, verdict_period
from services.indicators.usecases.judge_series import (
    Place,
    Scope,
    around,
    judge_scope,
    withdraw,
)
from services.indicators.usecases.settle_duties import settle_all_duties, settle_open_duties
from services.indicators.usecases.sitting import Sitting


def pass_day(
    ledger: Ledger, yardstick: Yardstick, *, now: datetime, new_id: Callable[[], str]
) -> Changes:
    """Judge anew what the day of `now` (Asia/Shanghai) changes, and return what changed.

    An empty ledger gets its first verdicts and duties. Where the register or the calendar is
    another than the kept verdicts rest on, everything is counted and judged anew. Nothing happens
    when day, register and calendar are those of the ledger's footing; a day already passed never
    comes back.
    """
    today = local_day(now)
    if _stands_on(ledger.footing(), yardstick, today):
        return Changes()
    footing = ledger.footing()
    day = today if footing is None else max(today, footing.judged_day)
    wanted = footing_on(yardstick, day)
    sitting = Sitting(ledger, yardstick, day, now, new_id)
    if footing is None or _versions(footing) != _versions(wanted):
        verdicts, duties = _begin_anew(sitting, footing, wanted)
    else:
        verdicts, duties = _go_on(sitting, footing.judged_day)
    ledger.save_footing(wanted)
    EvidenceCache().end(ledger)
    return Changes(tuple(verdicts), tuple(duties))


def judge_anew(
    ledger: Ledger, yardstick: Yardstick, day: date, *, now: datetime, new_id: Callable[[], str]
) -> Changes:
    """Count every case and judge every row anew up to a day; return what differs from what stood.

    A verdict that stands and comes out the same keeps its id, as on any other day.
    """
    sitting = Sitting(ledger, yardstick, day, now, new_id)
    wanted = footing_on(yardstick, day)
    verdicts, duties = _begin_anew(sitting, None, wanted)
    ledger.save_footing(wanted)
    return Changes(tuple(verdicts), tuple(duties))


def same_yardstick(footing: Footing, yardstick: Yardstick) -> bool:
    """Whether verdicts that rest on `footing` were judged by this register and calendar."""
    return _versions(footing) == _versions(footing_on(yardstick, footing.judged_day))


def footing_on(yardstick: Yardstick, day: date) -> Footing:
    """Return what verdicts rest on when judged by a yardstick up to a day."""
    calendar = yardstick.workdays.version
    indicators = yardstick.register.indicators.values()
    ways = {indicator.code: counted_by(indicator, calendar) for indicator in indicators}
    return Footing(day, yardstick.register.version, calendar, ways)


def _stands_on(footing: Footing | None, yardstick: Yardstick, today: date) -> bool:
    if footing is None or footing.judged_day < today:
        return False
    return footing == footing_on(yardstick, footing.judged_day)


def _versions(footing: Footing) -> tuple[object, ...]:
    return footing.register_version, footing.calendar_version, footing.counted_by


def _begin_anew(
    sitting: Sitting, footing: Footing | None, wanted: Footing
) -> tuple[list[VerdictChange], list[DutyRow]]:
    verdicts: list[VerdictChange] = []
    for code, indicator in sorted(sitting.register.indicators.items()):
        if footing is not None and footing.counted_by.get(code) == wanted.counted_by[code]:
            carry_on(sitting, indicator, footing.judged_day)
        else:
            recount(sitting, indicator)
        verdicts += _judge_all(sitting, indicator)
    counted = set() if footing is None else set(footing.counted_by)
    for code in sorted(counted - wanted.counted_by.keys()):
        sitting.ledger.clear_rollups(code)
    known = {target.id for target in sitting.register.targets}
    for target in sorted(set(sitting.ledger.judged_targets()) - known):
        verdicts += withdraw(sitting, sitting.ledger.verdicts(target))
    return verdicts, settle_all_duties(sitting)


def _go_on(sitting: Sitting, since: date) -> tuple[list[VerdictChange], list[DutyRow]]:
    """Judge the periods that ran at any time from the last judged day to this one."""
    verdicts: list[VerdictChange] = []
    for _, indicator in sorted(sitting.register.indicators.items()):
        carry_on(sitting, indicator, since)
        running = periods_between(since, sitting.day, indicator)
        verdicts += _judge_periods(sitting, indicator, list(running))
    return verdicts, settle_open_duties(sitting)


def _judge_all(sitting: Sitting, indicator: Indicator) -> list[VerdictChange]:
    window = sitting.register.window
    codes = {
        code
        for data in sitting.ledger.periods_with_data(indicator.code)
        if (code := verdict_period(data, indicator)) is not None
    }
    begun = min(window.last, sitting.day)
    codes |= {period.code for period in periods_between(window.first, begun, indicator)}
    for target in sitting.register.targets_of(indicator.code):
        codes |= {kept.row.period for kept in sitting.ledger.verdicts(target.id)}
    return _judge_periods(sitting, indicator, [parse(code) for code in sorted(codes)])


def _judge_periods(
    sitting: Sitting, indicator: Indicator, periods: list[Period]
) -> list[VerdictChange]:
    """Judge every row that stands, or should, in some periods."""
    evidence = Evidence(sitting.ledger, indicator)
    evidence.load([period for period in periods if period.type == indicator.period_type])
    scope = _whole_scope(sitting, indicator, periods, evidence)
    return judge_scope(sitting, indicator, scope, evidence)


def _whole_scope(
    sitting: Sitting, indicator: Indicator, periods: Iterable[Period], evidence: Evidence
) -> Scope:
    scope: dict[Place, set[str]] = defaultdict(set)
    city = sitting.register.city
    codes = {period.code for period in periods}
    for period in periods:
        scope[None, city].add(period.code)
        if period.type == indicator.period_type:
            for org, region in evidence.leaves(period):
                for place in around(org, region, city):
                    scope[place].add(period.code)
    for target in sitting.register.targets_of(indicator.code):
        for kept in sitting.ledger.verdicts(target.id):
            if kept.row.period in codes:
                scope[kept.row.org, kept.row.region].add(kept.row.period)
    return {place: frozenset(found) for place, found in scope.items()}
