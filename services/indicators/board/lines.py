"""The lines that several pages share: a target at a glance, a duty's states."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from duibiao.register import Target, parse
from duibiao.web.board.alerts import OpenAlerts
from duibiao.web.board.figures import asked, day, period_name, period_part, shown, unit_of
from duibiao.web.board.language import Language, name_of
from duibiao.web.board.marks import Mark
from duibiao.web.board.rendering import View
from duibiao.web.board.words import say
from services.indicators.board.charts import sparkline
from services.indicators.board.marks import duty_mark, status_mark
from services.indicators.board.whys import is_incomplete, notes, why
from services.indicators.board.words import BASIS, BASIS_MEANING, DUTY, KEPT
from services.indicators.domain.decisive import decisive_of
from services.indicators.domain.rows import DutyRow, Verdict, VerdictRow

NO_ALERTS: Final = OpenAlerts({}, ())


@dataclass(frozen=True, slots=True)
class Tag:
    """A code said in a word, and what the word means."""

    code: str
    label: str
    meaning: str


@dataclass(frozen=True, slots=True)
class DecisiveLine:
    """How a promise was kept: the decisive period's state, or in how many periods it was."""

    mark: Mark
    said: str


@dataclass(frozen=True, slots=True)
class Count:
    """How many duties or targets stand so."""

    mark: Mark
    count: int


@dataclass(frozen=True, slots=True)
class Quarter:
    """The duties of one period: when they are due and how many stand how."""

    period: str
    part: str
    due: str
    counts: tuple[Count, ...]


def present_of(series: Sequence[Verdict]) -> Verdict | None:
    """Return the present period's verdict; the newest where none is marked, None of none."""
    return next((verdict for verdict in series if verdict.present), series[-1] if series else None)


def mark_of(row: VerdictRow | None, language: Language) -> Mark:
    """Return the mark of a verdict; where there is none, nothing is known."""
    if row is None:
        return status_mark("unknown", language)
    return status_mark(row.status, language, row.reason)


def target_line(
    target: Target, series: Sequence[Verdict], language: Language, alerts: OpenAlerts = NO_ALERTS
) -> View:
    """Sum a target up from one series, oldest period first; `alerts` are open."""
    present = present_of(series)
    row = None if present is None else present.row
    value = None if row is None else shown(row.value, row.threshold)
    reading = target.judged_by if target.judged_by_is_reading else None
    return View(
        id=target.id,
        name=name_of(target, language),
        clause=target.clause,
        basis=basis_tag(target, language),
        asked=asked(target, language),
        due=day(target.due) if target.due else None,
        judged_by=day(reading) if reading else None,
        value=value,
        unit=unit_of(value or "", target.counted_in, language),
        period="" if row is None else period_name(row.period, language),
        mark=mark_of(row, language),
        decisive=decisive_line(target, series, language),
        why="" if row is None else why(target, row, language),
        notes=() if row is None else notes(target, row, language),
        reporters=0 if row is None else row.reporters,
        expected=0 if row is None else row.expected,
        incomplete=row is not None and is_incomplete(row),
        spark=sparkline(target, series, language),
        recovered=alerts.recovered.get(target.id),
    )


def target_lines(
    targets: Iterable[Target],
    series: Mapping[str, Sequence[Verdict]],
    language: Language,
    alerts: OpenAlerts,
) -> Mapping[str, View]:
    """Sum targets up, each by its id."""
    return {t.id: target_line(t, series.get(t.id, ()), language, alerts) for t in targets}


def decisive_line(
    target: Target, series: Sequence[Verdict], language: Language
) -> DecisiveLine | None:
    """Say how the promise was kept; None before anything of it was judged."""
    found = decisive_of(target, (verdict.row for verdict in series))
    if found.status is None:
        return None
    if found.period is not None:
        said = period_name(found.period, language)
    else:
        said = KEPT.say(language, kept=found.kept, periods=found.periods)
    reasons = (one.row.reason for one in series if one.row.decisive and one.row.reason)
    return DecisiveLine(status_mark(found.status, language, next(reasons, None)), said)


def basis_tag(target: Target, language: Language) -> Tag:
    """Say where the target's threshold comes from."""
    code, stated = target.basis, target.stated
    tightened = code == "local" and stated is not None and stated.threshold is not None
    meaning = "tightened" if tightened else code
    return Tag(code, say(BASIS, code, language), say(BASIS_MEANING, meaning, language))


def counted(statuses: Iterable[str], language: Language) -> tuple[Count, ...]:
    """Count duty states, in the order the states are always shown; none that is nought."""
    return _counted(tuple(sorted(statuses)), language)


@lru_cache(1_000)
def _counted(statuses: tuple[str, ...], language: Language) -> tuple[Count, ...]:
    found = Counter(statuses)
    known = [status for status in DUTY if found[status]]
    others = sorted(status for status in found if status not in DUTY)
    return tuple(Count(duty_mark(status, language), found[status]) for status in known + others)


def quarters(states: Sequence[DutyRow], language: Language) -> tuple[Quarter, ...]:
    """Group duties by their period."""
    grouped: dict[str, list[DutyRow]] = {}
    for state in sorted(states, key=lambda state: (state.due, state.period)):
        grouped.setdefault(state.period, []).append(state)
    one_year = len({parse(code).first.year for code in grouped}) == 1
    named = period_part if one_year else period_name
    return tuple(
        Quarter(
            period=period,
            part=named(period, language),
            due=day(group[0].due),
            counts=counted((state.status for state in group), language),
        )
        for period, group in grouped.items()
    )
