"""The read side of single cases behind a verdict: their lines, and what a proof says of them.

Nothing of this is kept: cases are counted when a proof is asked for, so that the cost of judging
does not grow with the history. They are read in pages, in the order of unit and case number.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from heapq import nsmallest
from typing import Any, Final, Literal

import msgspec
from sqlalchemy import ColumnElement, or_, select, tuple_

from duibiao.register import Register, parse
from duibiao.store import Store
from duibiao.workdays import Workdays
from services.indicators.adapters.records import after, equal, start
from services.indicators.adapters.repository import tables
from services.indicators.adapters.repository.repository import SqlRepository
from services.indicators.adapters.repository.statements import approvals_of
from services.indicators.domain.case_clock import NOTHING_GRANTED
from services.indicators.domain.proven_cases import CaseRule, CaseSelection, ProvenCase, case_rule
from services.indicators.domain.rows import JsonObject, VerdictRow
from services.indicators.domain.submission import CaseKey, CaseStatement, Granted, granted_of
from services.indicators.domain.wording import as_json

PAGE: Final = 10_000
WORST: Final = 20
Missing = Literal["no_cases", "superseded", "other_versions", "too_many"]
_encode: Final = msgspec.json.Encoder().encode


@dataclass(frozen=True, slots=True)
class ProvenCases:
    """Counts the cases of verdicts that stand, by the register and calendar of this process."""

    store: Store
    register: Register
    workdays: Workdays

    def missing(self, proven: JsonObject, *, stands: bool) -> Missing | None:
        """Return why the cases of a version cannot be listed, None where they can."""
        if not stands:
            return "superseded"
        if not any(made_from["kind"] == "cases" for made_from in proven["inputs"]):
            return "no_cases"
        with self.store.read() as connection:
            in_force = SqlRepository(connection).checkpoint()
        ours = self.register.version, self.workdays.version
        judged = in_force and (in_force.register_version, in_force.calendar_version) == ours
        return None if judged else "other_versions"

    def about(self, row: VerdictRow, proven: JsonObject, *, worst: bool) -> JsonObject:
        """Return what a proof says of its cases; `worst`: whether single ones may be named."""
        rule, digest = self._rule(row, proven), sha256()
        counts = {"accepted": 0, "completed": 0, "open_past_limit": 0, "resolved": 0}
        grounds: Counter[str] = Counter()

        def counted() -> Iterator[ProvenCase]:
            for one in self._cases(rule):
                counts[one.kind] += 1
                counts["resolved"] += bool(one.case.resolved)
                grounds.update(pause.ground for pause in one.case.content.pauses)
                digest.update(_line(one))
                yield one

        found = nsmallest(WORST, counted(), key=_best_last)
        return {
            "rule": as_json(rule),
            **counts,
            "pauses": [{"ground": name, "count": n} for name, n in sorted(grounds.items())],
            "sha256": digest.hexdigest(),
            "calendar_version": self.workdays.version,
            "worst": [one.line() for one in found if one.clock] if worst else None,
            "cases_url": f"/v1/verdicts/{row.id}/cases",
        }

    def lines(self, row: VerdictRow, proven: JsonObject) -> Iterator[bytes]:
        """Yield the lines of all cases, each a JSON object, in order."""
        return map(_line, self._cases(self._rule(row, proven)))

    def _rule(self, row: VerdictRow, proven: JsonObject) -> CaseRule:
        return case_rule(
            row,
            self.register.indicators[row.indicator],
            parse(row.period),
            date.fromisoformat(proven["judged_day"]),
            self.register.city,
        )

    def _cases(self, rule: CaseRule) -> Iterator[ProvenCase]:
        indicator, table = self.register.indicators[rule.indicator], tables.cases.c
        selection = CaseSelection(rule, indicator, self.workdays)
        order = tuple_(table.org, table.case_no)
        query = select(tables.cases).where(*_roughly(rule)).order_by(table.org, table.case_no)
        granted, page = self._granted(rule), query
        while True:
            with self.store.read() as connection:
                rows = connection.execute(page.limit(PAGE)).all()
            for row in rows:
                case = CaseStatement._make(row)
                found = selection.selected(case, granted.get(case.key, NOTHING_GRANTED))
                if found is not None:
                    yield found
            if len(rows) < PAGE:
                return
            page = query.where(order > tuple_(rows[-1].org, rows[-1].case_no))

    def _granted(self, rule: CaseRule) -> Mapping[CaseKey, Granted]:
        if not self.register.indicators[rule.indicator].clock.asks:
            return {}
        with self.store.read() as connection:
            return granted_of(approvals_of(connection, rule.indicator))


def _roughly(rule: CaseRule) -> list[ColumnElement[bool]]:
    """Return conditions that every case of the rule meets, and most others do not."""
    case = tables.cases.c
    found = equal(tables.cases, indicator=rule.indicator, org=rule.org, region=rule.region)
    found.append(case.accepted_us < after(rule.last))
    if rule.selected == ("accepted",):
        return [*found, case.accepted_us >= start(rule.first)]
    return [*found, or_(case.completed_us.is_(None), case.completed_us >= start(rule.first))]


def _line(one: ProvenCase) -> bytes:
    return _encode(one.line()) + b"\n"


def _best_last(one: ProvenCase) -> tuple[Any, ...]:
    """Order cases: the most days over first, then the longest."""
    net = one.clock.net if one.clock else 0
    return -(one.days_over or 0), -net, one.case.org, one.case.case_no
