"""Forms: what a unit is given to fill in, made from the register. Pure; knows no spreadsheet.

A form has the columns that a clerk fills in, what may be chosen in them, and the unit's own rows:
an indicator for each period that has begun, a measure for each report that is owed by now.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import islice
from typing import Final

from duibiao.register import (
    GROUNDS,
    Indicator,
    Measure,
    Period,
    PeriodType,
    Register,
    containing,
    parse,
)
from services.ingest.domain.columns import BAR, COLUMNS, FLAGS
from services.ingest.domain.declaration import OUTCOMES, STATES, STATUSES
from services.ingest.domain.field_types import Field
from services.ingest.domain.terms import Kind
from services.ingest.domain.words import SAID

MOST_PERIODS: Final = 4
"""Periods of one indicator that rows are prepared for, the newest ones."""


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


def form_of(kind: Kind, org: str | None, register: Register, today: date, *, office: bool) -> Form:
    """Return the form of a unit, or, for `org` None, one that fits every unit.

    `office` adds what only the office fills in. KeyError for an unknown org.
    """
    writer = _Writer(org, register, today)
    fillers = {"clerk", "office"} if office else {"clerk"}
    columns = tuple(one for one in COLUMNS[kind] if one.filled_by in fillers)
    choices, rows = _MAKERS[kind](writer)
    words = {
        "status": STATUSES,
        "outcome": OUTCOMES,
        "state": STATES,
        "pause1_ground": GROUNDS,
        "pause2_ground": GROUNDS,
        **dict.fromkeys(FLAGS, ("true", "false")),
    }
    choices |= {
        name: tuple(Choice(word, *SAID[word]) for word in said) for name, said in words.items()
    }
    choices["org"] = writer.orgs()
    if office and org is not None:
        rows = [{**row, "org": choices["org"][0].text} for row in rows]
    names = {column.name for column in columns}
    offered = {name: found for name, found in choices.items() if name in names and found}
    return Form(kind, org, columns, offered, tuple(rows))


Made = tuple[dict[str, tuple[Choice, ...]], list[dict[str, str]]]


class _Writer:
    """Looks up what belongs to one unit, or to all of them."""

    def __init__(self, org: str | None, register: Register, today: date) -> None:
        self._org = org
        self._own = None if org is None else register.orgs[org]
        self._register = register
        self._today = today

    def observations(self) -> Made:
        """Return choices and rows of reported figures."""
        indicators = self._indicators()
        begun = {type_: self._begun(type_) for type_ in {one.period_type for one in indicators}}
        periods = sorted({code for found in begun.values() for code in found}, reverse=True)
        choices = {
            "indicator": tuple(map(_of_indicator, indicators)),
            "region": self._regions(),
            "period": _plain(periods),
        }
        if self._own is None:
            return choices, []
        home = self._own.region or self._register.city
        region = next(one for one in choices["region"] if one.code == home)
        rows = [
            {"indicator": _of_indicator(one).text, "region": region.text, "period": period}
            for period in periods
            for one in indicators
            if period in begun[one.period_type]
        ]
        return choices, rows

    def cases(self) -> Made:
        """Return choices of cases; no case is known beforehand."""
        taking = [one for one in self._indicators() if one.takes_cases]
        return {"indicator": tuple(map(_of_indicator, taking)), "region": self._regions()}, []

    def reports(self) -> Made:
        """Return choices and rows of progress reports."""
        register = self._register
        owed = register.duties if self._org is None else register.duties_of(self._org)
        begun = [duty for duty in owed if parse(duty.period).first <= self._today]
        numbers = dict.fromkeys(duty.measure for duty in owed)
        measures = [register.measure(no) for no in numbers]
        periods = sorted({duty.period for duty in begun}, reverse=True)
        choices = {
            "measure": tuple(map(_of_measure, measures)),
            "period": _plain(periods),
            "milestone": tuple(
                Choice(one.code, one.title_zh, one.title)
                for measure in measures
                for one in measure.milestones
            ),
        }
        if self._org is None:
            return choices, []
        pairs = [
            (register.measure(duty.measure), period)
            for period in periods
            for duty in begun
            if duty.period == period
        ]
        return choices, [row for pair in pairs for row in _rows_of(*pair)]

    def orgs(self) -> tuple[Choice, ...]:
        """Return the units whose rows the form is for."""
        known = (one for one in self._register.orgs.values() if one.kind != "group")
        orgs = known if self._own is None else (self._own,)
        return tuple(Choice(one.code, one.name_zh, one.name) for one in orgs)

    def _indicators(self) -> Sequence[Indicator]:
        known = self._register.indicators.values()
        return [one for one in known if self._org is None or self._org in one.reported_by]

    def _regions(self) -> tuple[Choice, ...]:
        regions = self._register.regions.values()
        return tuple(Choice(one.code, one.name_zh, one.name) for one in regions)

    def _begun(self, type_: PeriodType) -> Sequence[str]:
        """Return the newest periods of a type that have begun within the watch window."""
        window = self._register.window
        if self._today < window.first:
            return ()
        newest = containing(min(self._today, window.last), type_)
        periods = (one.code for one in _backwards(newest) if one.last >= window.first)
        return tuple(islice(periods, MOST_PERIODS))


_MAKERS: Final = {
    "observation": _Writer.observations,
    "case": _Writer.cases,
    "progress_report": _Writer.reports,
}


def _backwards(period: Period) -> Iterable[Period]:
    for _ in range(MOST_PERIODS):
        yield period
        period = period.previous()


def _of_indicator(one: Indicator) -> Choice:
    unit = one.counted_in.name_zh.removeprefix("个")  # 个 only stands behind a number
    return Choice(one.code, f"{one.name_zh}（{unit}）", f"{one.name} ({one.unit})")


def _of_measure(one: Measure) -> Choice:
    return Choice(one.no, one.title_zh, one.title)


def _plain(codes: Iterable[str]) -> tuple[Choice, ...]:
    return tuple(Choice(code, "", "") for code in codes)


def _rows_of(measure: Measure, period: str) -> Iterable[dict[str, str]]:
    """Yield the report on a measure, and one on each milestone that falls into the period."""
    row = {"measure": _of_measure(measure).text, "period": period}
    yield row
    days = parse(period)
    for one in measure.milestones:
        if days.first <= one.due <= days.last:
            yield {**row, "milestone": Choice(one.code, one.title_zh, one.title).text}
