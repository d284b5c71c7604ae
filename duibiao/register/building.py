"""From sound documents to a Register.

Owns what the files leave out: defaults, and the leads of a clause. Trusts that `schemas` and
`checks` found nothing; decides nothing about soundness itself.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, time
from fractions import Fraction
from types import MappingProxyType
from typing import TYPE_CHECKING, TypeVar, cast

from duibiao.register.documents import Document, Entry
from duibiao.register.duties import duties_of
from duibiao.register.overlay import Decision
from duibiao.register.register import Register
from duibiao.register.values import (
    FIELD_CHECKS,
    GROUNDS,
    UNITS,
    AlertLevel,
    AlertRule,
    AlertRules,
    Baseline,
    Basis,
    Chapter,
    ClockRules,
    Colour,
    Direction,
    FieldRule,
    Indicator,
    Measure,
    Milestone,
    Notice,
    Occasion,
    Op,
    Org,
    OrgKind,
    PauseGround,
    Region,
    RegionKind,
    RowKind,
    Statistic,
    Target,
    Task,
    Unit,
    Usual,
    Verb,
    Window,
)

if TYPE_CHECKING:
    from duibiao.register.periods import PeriodType

Documents = Mapping[str, Document]

REPORT_WITHIN = 10
"""Working days after the period within which a figure is owed, where an indicator names none."""

_T = TypeVar("_T")


def build(documents: Documents, decisions: Sequence[Decision], digest: str) -> Register:
    """Make the register of sound documents, the office's decisions laid over its targets."""
    notice = _notice(documents["notice"].entry("notice"))
    measures = tuple(_measures(documents))
    tasks = tuple(map(_task, documents["tasks"].entries("tasks")))
    leads = {measure.no: measure.leads for measure in measures}
    leads |= {str(task.no): task.leads for task in tasks}
    declared = documents["indicators"].entries("units")
    units = {**UNITS, **{entry.text("unit"): _unit(entry) for entry in declared}}
    indicators = {
        entry.text("code"): _indicator(entry, _reporters(documents, entry, leads), units)
        for entry in documents["indicators"].entries("indicators")
    }
    decided = {decision.target: decision for decision in decisions}
    targets = (
        _target(entry, indicators[entry.text("indicator")], leads[entry.text("clause")])
        for entry in documents["targets"].entries("targets")
    )
    window = documents["notice"].entry("window")
    return Register(
        version=f"{notice.code}+{digest}",
        notice=notice,
        tasks=tasks,
        measures=measures,
        orgs=_by_code(documents["orgs"], "orgs", _org),
        regions=_by_code(documents["regions"], "regions", _region),
        indicators=MappingProxyType(indicators),
        targets=tuple(
            decided[target.id].laid_over(target) if target.id in decided else target
            for target in targets
        ),
        duties=tuple(duties_of(documents["duties"], measures)),
        alert_rules=_alert_rules(documents["alerts"]),
        window=Window(_day(window, "first"), _day(window, "last")),
        city=documents["notice"].entry().text("city"),
        chapters=tuple(_chapters(documents["tasks"])),
        field_rules=tuple(map(_field_rule, documents["checks"].entries("rules"))),
        outlier_factor=documents["checks"].entry("outliers").number("factor"),
    )


def _by_code(document: Document, part: str, make: Callable[[Entry], _T]) -> Mapping[str, _T]:
    made = {entry.text("code"): make(entry) for entry in document.entries(part)}
    return MappingProxyType(made)


def _day(entry: Entry, key: str) -> date:
    return cast("date", entry.day(key))


def _notice(entry: Entry) -> Notice:
    return Notice(
        number=entry.text("number"),
        issuer=entry.text("issuer"),
        issuer_zh=entry.text("issuer_zh"),
        title=entry.text("title"),
        title_zh=entry.text("title_zh"),
        dated=_day(entry, "dated"),
        issued=_day(entry, "issued"),
        code=entry.text("code"),
    )


def _org(entry: Entry) -> Org:
    return Org(
        entry.text("code"),
        entry.text("name"),
        entry.text("name_zh"),
        cast("OrgKind", entry.text("kind")),
        entry.text("region") or None,
    )


def _region(entry: Entry) -> Region:
    return Region(
        entry.text("code"),
        entry.text("name"),
        entry.text("name_zh"),
        cast("RegionKind", entry.text("kind")),
    )


def _task(entry: Entry) -> Task:
    return Task(
        no=cast("int", entry.whole("task")),
        title=entry.text("title"),
        title_zh=entry.text("title_zh"),
        leads=entry.texts("leads"),
        supports=entry.texts("supports"),
    )


def _chapters(document: Document) -> Iterator[Chapter]:
    entries = list(document.entries("chapters"))
    firsts = [cast("int", entry.whole("first")) for entry in entries]
    last = max(cast("int", task.whole("task")) for task in document.entries("tasks"))
    for no, entry in enumerate(entries, start=1):
        ends = [first - 1 for first in firsts[no:]] + [last]
        yield Chapter(no, entry.text("title"), entry.text("title_zh"), firsts[no - 1], ends[0])


def _measures(documents: Documents) -> Iterator[Measure]:
    milestones = [
        Milestone(
            entry.text("code"),
            entry.text("measure"),
            entry.text("title"),
            entry.text("title_zh"),
            _day(entry, "due"),
        )
        for entry in documents["milestones"].entries("milestones")
    ]
    for entry in documents["measures"].entries("measures"):
        no = entry.text("measure")
        yield Measure(
            no=no,
            task=int(no.partition(".")[0]),
            title=entry.text("title"),
            title_zh=entry.text("title_zh"),
            leads=entry.texts("leads"),
            supports=entry.texts("supports"),
            milestones=tuple(m for m in milestones if m.measure == no),
        )


def _reporters(
    documents: Documents, indicator: Entry, leads: Mapping[str, tuple[str, ...]]
) -> tuple[str, ...]:
    if named := indicator.texts("reported_by"):
        return named
    clauses = (
        target.text("clause")
        for target in documents["targets"].entries("targets")
        if target.text("indicator") == indicator.text("code")
    )
    return tuple(dict.fromkeys(lead for clause in clauses for lead in leads[clause]))


def _unit(entry: Entry) -> Unit:
    name = entry.text("name")
    return Unit(entry.text("unit"), name, entry.text("name_zh"), entry.text("one") or name)


def _indicator(entry: Entry, reported_by: tuple[str, ...], units: Mapping[str, Unit]) -> Indicator:
    return Indicator(
        code=entry.text("code"),
        name=entry.text("name"),
        name_zh=entry.text("name_zh"),
        unit=entry.text("unit"),
        counted_in=units[entry.text("unit")],
        statistic=cast("Statistic", entry.text("statistic")),
        direction=cast("Direction", entry.text("direction")),
        period_type=cast("PeriodType", entry.text("period") or "quarter"),
        reported_by=reported_by,
        minimum=entry.number("minimum"),
        maximum=entry.number("maximum"),
        min_sample=entry.whole("min_sample") or 0,
        count_start_day=entry.flag("count_start_day", default=False),
        report_within=_or(entry.whole("report_within"), REPORT_WITHIN),
        usual=_usual(entry.within("usual")),
        clock=_clock(entry.within("clock")),
    )


def _usual(entry: Entry) -> Usual | None:
    least, most = entry.number("minimum"), entry.number("maximum")
    return None if least is None or most is None else Usual(least, most)


def _clock(entry: Entry) -> ClockRules:
    usual = ClockRules()
    return ClockRules(
        grounds=cast("tuple[PauseGround, ...]", entry.texts("grounds") or GROUNDS),
        max_paused=entry.whole("max_paused"),
        max_extension=_or(entry.whole("max_extension"), usual.max_extension),
        approve_extensions=entry.flag("approve_extensions", default=usual.approve_extensions),
        approve_pauses_over=entry.whole("approve_pauses_over"),
        pause_share_alarm=_or(entry.number("pause_share_alarm"), usual.pause_share_alarm),
        usual_age=_or(entry.whole("usual_age"), usual.usual_age),
    )


def _target(entry: Entry, indicator: Indicator, leads: tuple[str, ...]) -> Target:
    due, judged_by = entry.day("due"), entry.day("judged_by")
    start = entry.within("baseline")
    value = start.number("value")
    return Target(
        id=entry.text("target"),
        indicator=indicator.code,
        clause=entry.text("clause"),
        op=cast("Op", entry.text("op")),
        threshold=entry.number("threshold"),
        unit=indicator.unit,
        counted_in=indicator.counted_in,
        statistic=indicator.statistic,
        due=due,
        judged_by=due or judged_by,
        judged_by_is_reading=due is None and judged_by is not None,
        verb=cast("Verb | None", entry.text("verb") or None),
        basis=cast("Basis", entry.text("basis")),
        leads=leads,
        baseline=None if value is None else Baseline(value, _day(start, "day")),
        alert_levels=cast("tuple[AlertLevel, ...]", entry.texts("alert_levels") or ("city",)),
        decided_by=None,
        decided_since=None,
        name=entry.text("name"),
        name_zh=entry.text("name_zh"),
    )


def _alert_rules(document: Document) -> AlertRules:
    top = document.entry()
    hours, minutes = top.text("sending_hour").split(":")
    reply = document.entry("reply_within")
    caps = document.entry("caps")
    return AlertRules(
        rules=tuple(map(_alert_rule, document.entries("rules"))),
        caps=MappingProxyType({verb: cast("Colour", caps.text(verb)) for verb in caps.data}),
        reply_within=MappingProxyType(
            {colour: _or(reply.whole(colour), 0) for colour in reply.data}
        ),
        due_soon_within=_or(top.whole("due_soon_within"), 0),
        sending_hour=time(int(hours), int(minutes)),
        wait_for_morning=top.flag("wait_for_morning", default=False),
    )


def _alert_rule(entry: Entry) -> AlertRule:
    below = entry.text("attainment_below")
    return AlertRule(
        id=entry.text("rule"),
        colour=cast("Colour", entry.text("colour")),
        on=cast("Occasion", entry.text("occasion")),
        statuses=entry.texts("statuses"),
        attainment_below=Fraction(below) if below else None,
        periods=_or(entry.whole("periods"), 1),
        after_workdays=entry.whole("after_workdays"),
        enabled=entry.flag("enabled", default=True),
        name=entry.text("name"),
        name_zh=entry.text("name_zh"),
    )


def _field_rule(entry: Entry) -> FieldRule:
    check = next(check for check in FIELD_CHECKS if check in entry.data)
    when = entry.within("when")
    return FieldRule(
        id=entry.text("rule"),
        kind=cast("RowKind", entry.text("kind")),
        field=entry.text("field"),
        check=check,
        other=entry.text(check),
        when=tuple((name, when.texts(name)) for name in when.data),
        message=entry.text("message"),
        message_zh=entry.text("message_zh"),
    )


def _or(value: _T | None, default: _T) -> _T:
    return default if value is None else value
