"""The cases that a figure is made of, as data: by which rule they are taken, and each case's line.

Days are days in Asia/Shanghai, figures exact text; docs/proofs.md gives the form of a line.
"""

from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Literal

from duibiao.register import Indicator, Period, Statistic
from duibiao.workdays import Workdays, local_day
from services.indicators.domain.case_clock import NOTHING_GRANTED, case_clock
from services.indicators.domain.durations import day_number
from services.indicators.domain.histogram import Duration
from services.indicators.domain.rows import JsonObject, VerdictRow
from services.indicators.domain.submission import CaseStatement, Granted
from services.indicators.domain.wording import exact_text

Kind = Literal["accepted", "completed", "open_past_limit"]


@dataclass(frozen=True, slots=True)
class CaseRule:
    """Which cases a figure is made of, and how their days count: `cases.rule` of a proof.

    `org` and `region` None: of every one. `first`, `last`: the days of the period. `selected`:
    cases accepted or completed on these days, or open past `limit` at the end of the judged day.
    """

    indicator: str
    org: str | None
    region: str | None
    statistic: Statistic
    selected: tuple[Kind, ...]
    first: date
    last: date
    judged_day: date
    limit: Fraction | None
    unit: str
    count_start_day: bool
    grounds: tuple[str, ...]
    max_paused: int | None
    max_extension: int
    approve_pauses_over: int | None
    approve_extensions: bool


def case_rule(
    row: VerdictRow, indicator: Indicator, period: Period, judged_day: date, city: str
) -> CaseRule:
    """Return the rule by which a row's figure takes its cases."""
    clock, limit = indicator.clock, None
    selected: tuple[Kind, ...] = ("accepted",) if row.statistic == "share" else ("completed",)
    if row.statistic == "each" and row.op == "<=" and row.threshold is not None:
        limit, selected = row.threshold, ("completed", "open_past_limit")
    return CaseRule(
        indicator.code,
        row.org,
        None if row.region == city else row.region,
        row.statistic,
        selected,
        period.first,
        period.last,
        judged_day,
        limit,
        indicator.unit,
        indicator.count_start_day,
        tuple(clock.grounds),
        clock.max_paused,
        clock.max_extension,
        clock.approve_pauses_over,
        clock.approve_extensions,
    )


@dataclass(frozen=True, slots=True)
class ProvenCase:
    """A case that the figure is made of; `clock` is None for a share, `days_over` without limit."""

    kind: Kind
    case: CaseStatement
    clock: Duration | None
    granted: Granted
    limit: Fraction | None = None
    days_over: Fraction | None = None

    def line(self) -> JsonObject:
        """Return it as a line of the download."""
        case, content, granted = self.case, self.case.content, self.granted
        completed, extension = content.completed_at, content.extension
        return {
            "org": case.org,
            "case_no": case.case_no,
            "region": case.region,
            "accepted_on": local_day(content.accepted_at).isoformat(),
            "completed_on": None if completed is None else local_day(completed).isoformat(),
            "outcome": content.outcome,
            "resolved": content.resolved,
            "pauses": [
                {
                    "from": local_day(pause.start).isoformat(),
                    "to": None if pause.end is None else local_day(pause.end).isoformat(),
                    "ground": pause.ground,
                    "document": pause.document,
                    "granted": granted.get(pause.document),
                }
                for pause in content.pauses
            ],
            "extension": extension
            and {**extension._asdict(), "granted": granted.get(extension.document)},
            "gross": self.clock and self.clock.gross,
            **(dict.fromkeys(_NO_DAYS) if self.clock is None else self.clock.to_dict()),
            "limit": exact_text(self.limit),
            "days_over": exact_text(self.days_over),
        }


_NO_DAYS = Duration(0, 0).to_dict()


@dataclass(frozen=True, slots=True)
class CaseSelection:
    """Takes the cases of a rule and counts their days."""

    rule: CaseRule
    indicator: Indicator
    workdays: Workdays

    def selected(
        self, case: CaseStatement, granted: Granted = NOTHING_GRANTED
    ) -> ProvenCase | None:
        """Return the case if the figure is made of it. Its org, region and indicator are right."""
        rule = self.rule
        first, last, judged_day = (
            day.toordinal() for day in (rule.first, rule.last, rule.judged_day)
        )
        accepted = day_number(case.accepted_us)
        completed = None if case.completed_us is None else day_number(case.completed_us)
        if case.outcome == "withdrawn":
            return None
        if rule.selected == ("accepted",):
            found = ProvenCase("accepted", case, None, granted)
            return found if first <= accepted <= last else None
        if completed is not None and completed <= last:
            if completed < first:
                return None
            return self._counted("completed", case, completed, granted)
        if rule.limit is None or accepted > judged_day:
            return None
        found = self._counted("open_past_limit", case, judged_day, granted)
        return found if found.days_over else None

    def _counted(self, kind: Kind, case: CaseStatement, day: int, granted: Granted) -> ProvenCase:
        end = date.fromordinal(day)
        clock = case_clock(case.content, self.indicator, end, self.workdays, granted)
        allowed = self.rule.limit
        return ProvenCase(kind, case, clock, granted, clock.limit(allowed), clock.overdue(allowed))
