"""Forms: what a unit is given to fill in, made from the register. Pure; knows no spreadsheet.

A form has the columns that a clerk fills in, what may be chosen in them, and the unit's own rows:
an indicator for each period that has begun, a measure for each report that is owed by now.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

from duibiao.register import (
    Indicator,
    Measure,
    Org,
    PeriodType,
    Region,
    Register,
    containing,
    parse,
)
from services.ingest.domain.context import Kind
from services.ingest.domain.rows import OPTIONS, ROWS, Field

# Between a code and its name in a drop-down list; no code holds it.
BAR: Final = "｜"

# Periods of one indicator that rows are prepared for, the newest ones.
MOST_PERIODS: Final = 4


@dataclass(frozen=True, slots=True)
class Choice:
    """An entry of a drop-down list."""

    code: str
    name_zh: str
    name: str

    @property
    def text(self) -> str:
        """What the list shows and the cell then holds; the code is read from it again."""
        return f"{self.code}{BAR}{self.name_zh}" if self.name_zh else self.code


@dataclass(frozen=True, slots=True)
class Form:
    """What one unit is given to fill in.

    Attributes:
        org: the unit; None for a form of the office that any unit's rows may stand in.
        choices: by the name of the column.
        rows: prepared ones, texts by the name of the column.

    """

    kind: Kind
    org: str | None
    columns: tuple[Field, ...]
    choices: Mapping[str, tuple[Choice, ...]]
    rows: tuple[Mapping[str, str], ...]


Choices = dict[str, tuple[Choice, ...]]
Rows = list[dict[str, str]]


def form_of(kind: Kind, org: str | None, register: Register, today: date, *, office: bool) -> Form:
    """Return the form of a unit, or, for `org` None, one that fits every unit.

    `office` adds what only the office fills in. KeyError for an unknown org.
    """
    own = None if org is None else register.orgs[org]
    fillers = {"clerk", "office"} if office else {"clerk"}
    columns = [one for one in ROWS[kind].columns.values() if one.filled_by in fillers]
    if kind == "progress_report":
        choices, rows = _reports(register, own, today)
    else:
        indicators = [
            one
            for one in register.indicators.values()
            if (own is None or own.code in one.reported_by)
            and (kind == "observation" or one.takes_cases)
        ]
        choices = {
            "indicator": tuple(map(_of_indicator, indicators)),
            "region": tuple(map(_named, register.regions.values())),
        }
        rows = []
        if kind == "observation":
            begun = {one.code: _begun(register, one.period_type, today) for one in indicators}
            periods = sorted({code for found in begun.values() for code in found}, reverse=True)
            choices["period"] = _plain(periods)
            if own is not None:
                region = _named(register.regions[own.region or register.city]).text
                rows = [
                    {"indicator": _of_indicator(one).text, "region": region, "period": period}
                    for period in periods
                    for one in indicators
                    if period in begun[one.code]
                ]
    for column in columns:
        options = ("true", "false") if column.type == "flag" else column.options
        if options:
            choices[column.name] = tuple(Choice(word, *OPTIONS[word]) for word in options)
    orgs = [own] if own else [one for one in register.orgs.values() if one.kind != "group"]
    choices["org"] = tuple(map(_named, orgs))
    if office and own is not None:
        rows = [{**row, "org": _named(own).text} for row in rows]
    names = {column.name for column in columns}
    offered = {name: found for name, found in choices.items() if name in names and found}
    return Form(kind, org, tuple(columns), offered, tuple(rows))


def _reports(register: Register, own: Org | None, today: date) -> tuple[Choices, Rows]:
    """Return choices and rows of progress reports: those that are owed by now."""
    owed = register.duties if own is None else register.duties_of(own.code)
    begun = [duty for duty in owed if parse(duty.period).first <= today]
    measures = [register.measure(no) for no in dict.fromkeys(duty.measure for duty in owed)]
    periods = sorted({duty.period for duty in begun}, reverse=True)
    milestones = [one for measure in measures for one in measure.milestones]
    choices = {
        "measure": tuple(Choice(one.no, one.title_zh, one.title) for one in measures),
        "period": _plain(periods),
        "milestone": tuple(Choice(one.code, one.title_zh, one.title) for one in milestones),
    }
    rows = [
        row
        for period in periods
        for duty in begun
        if duty.period == period and own is not None
        for row in _rows_of(register.measure(duty.measure), period)
    ]
    return choices, rows


def _rows_of(measure: Measure, period: str) -> Iterator[dict[str, str]]:
    """Yield the report on a measure, and one on each milestone that falls into the period."""
    row = {"measure": Choice(measure.no, measure.title_zh, measure.title).text, "period": period}
    yield row
    days = parse(period)
    for one in measure.milestones:
        if days.first <= one.due <= days.last:
            yield {**row, "milestone": Choice(one.code, one.title_zh, one.title).text}


def _begun(register: Register, type_: PeriodType, today: date) -> list[str]:
    """Return the newest periods of a type that have begun within the watch window."""
    window, found = register.window, list[str]()
    period = containing(min(today, window.last), type_)
    while today >= window.first <= period.last and len(found) < MOST_PERIODS:
        found.append(period.code)
        period = period.previous()
    return found


def _of_indicator(one: Indicator) -> Choice:
    unit = one.counted_in.name_zh.removeprefix("个")  # 个 only stands behind a number
    return Choice(one.code, f"{one.name_zh}（{unit}）", f"{one.name} ({one.unit})")


def _named(one: Org | Region) -> Choice:
    return Choice(one.code, one.name_zh, one.name)


def _plain(codes: Iterable[str]) -> tuple[Choice, ...]:
    return tuple(Choice(code, "", "") for code in codes)
