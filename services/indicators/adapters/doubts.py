"""Finds the doubts about a period in what is kept; of doubts themselves only answers are.

A unit is asked about all its regions together, its rows at the city's code; about a contradiction
region by region.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Table, and_, func, or_, select

from duibiao.core import Clock
from duibiao.register import Period, Register, containing, parse
from duibiao.store import Store
from duibiao.workdays import Workdays, from_us, local_day
from services.indicators.adapters import installation
from services.indicators.adapters.encoding import from_json
from services.indicators.adapters.records import after, equal, granted_in, start
from services.indicators.adapters.repository import tables
from services.indicators.adapters.repository.repository import SqlRepository, version
from services.indicators.domain import doubts
from services.indicators.domain.case_clock import CaseRecords
from services.indicators.domain.decisions import closings_of, owner_of
from services.indicators.domain.doubts import Doubt
from services.indicators.domain.rows import JsonObject, Verdict, VerdictRow
from services.indicators.domain.submission import FigureKey
from services.indicators.domain.wording import as_json

_MINUTE_US, _DAY_US = 60_000_000, 24 * 3600 * 1_000_000
_NAMED: Final = 5  # examples of cases
_CASES, _VERDICTS = tables.cases.c, tables.verdicts.c
_VERSIONS, _REPORTED = tables.verdict_versions, tables.reported

# Kind, indicator, units, the day that tells the period, and the number of a case.
_Asked = tuple[str, str, tuple[str, ...], date, str]


@dataclass(frozen=True, slots=True)
class Doubts:
    """Shared between threads."""

    store: Store
    register: Register
    workdays: Workdays
    clock: Clock

    def find(self, period: Period) -> list[Doubt]:
        """Return the doubts about a period and those within it, with their answers, by id."""
        found: dict[tuple[object, ...], Doubt] = {}
        with self.store.read() as tx:
            for find in (self._of_rows, self._of_receipts, self._of_cases):
                for one in find(tx, period):
                    found.setdefault(one[:5], one)
            acts = {act.subject: act for act in SqlRepository(tx).decisions("doubt")}
        for key, one in found.items():
            if act := acts.get(one.id):
                answer = {"reason": act.said["reason"], "by": act.actor, "at": act.decided_at}
                found[key] = one._replace(answer=answer)
        return sorted(found.values(), key=lambda one: one.id)

    def _of_rows(self, tx: Connection, period: Period) -> Iterator[Doubt]:
        """Yield what the rows of units are asked about; their history begins two years before."""
        repository, first = SqlRepository(tx), period.first.year - 2
        judged = [parse(code) for code in sorted(repository.judged_periods())]
        within = [one.code for one in judged if period.covers(one)]
        recent = [one.code for one in judged if first <= one.first.year <= period.last.year]
        city = and_(_VERDICTS.region == self.register.city, _VERDICTS.period.in_(recent))
        query = select(_VERDICTS.document).where(
            _VERDICTS.target.in_([target.id for target in self.register.targets]),
            *(_VERDICTS.org != "", or_(city, _VERDICTS.period.in_(within))),
        )
        texts = tx.scalars(query.order_by(_VERDICTS.target))
        rows = [from_json(text, Verdict).row for text in texts]
        known, asked = {_key(row): row for row in rows}, [r for r in rows if r.period in within]
        figures = repository.figures([_key(row) for row in asked if row.evidence == "cases"])
        for row in asked:
            key, indicator = _key(row), self.register.indicators[row.indicator]
            found = [*doubts.of_figure(row, figures.get(key))]
            if row.region == self.register.city:
                keys = (key._replace(period=code) for code in recent if code <= row.period)
                history = [known[one] for one in keys if one in known][-doubts.COMPARED :]
                other = known.get(key._replace(indicator=indicator.doubts.agrees_with or ""))
                found += doubts.of_history(history, other, indicator)
                found += doubts.of_clocks(row, _proof(tx, row), indicator.doubts)
                found += doubts.of_versions(row, *_versions(tx, row))
            for kind, facts in found:
                exact = {name: as_json(fact) for name, fact in facts.items()}
                yield Doubt(kind, row.period, (key.org,), row.region, row.indicator, exact)

    def _of_receipts(self, tx: Connection, period: Period) -> Iterator[Doubt]:
        """Yield the units whose figures of a period came late, or all at the last minute."""
        receipts, rows = defaultdict[tuple[str, str], list[bool]](list), tables.figures.c
        overdue = defaultdict[tuple[str, str, str], list[int]](list)
        first = _first_received(tables.figures, tables.figure_statements)
        within = rows.period_first >= str(period.first), rows.period_last <= str(period.last)
        known = rows.indicator.in_(self.register.indicators)
        query = select(rows.indicator, rows.org, rows.period, first).where(known, *within)
        for name, org, code, received in tx.execute(query):
            one = self.register.indicators[name]
            end = start(self.workdays.due(parse(code).last, one.report_within).day) + _DAY_US
            late = 0 < end - received <= one.doubts.last_minutes * _MINUTE_US
            receipts[org, code].append(late)
            if received >= end:
                overdue[name, org, code].append(1 + (received - end) // _DAY_US)
        for (name, org, code), days in overdue.items():
            about = {"figures": len(days), "days": max(days)}
            yield Doubt("late_figure", code, (org,), self.register.city, name, about)
        for (org, code), last_minute in receipts.items():
            if all(last_minute):
                facts = {"figures": len(last_minute)}
                yield Doubt("last_minute", code, (org,), self.register.city, None, facts)

    def _of_cases(self, tx: Connection, period: Period) -> Iterator[Doubt]:
        """Yield what is asked about cases, counted for each indicator, units and period."""
        groups = defaultdict[tuple[str, str, tuple[str, ...], str], list[str]](list)
        for kind, indicator, orgs, day, case_no in self._cases(tx, period):
            own = containing(day, self.register.indicators[indicator].period_type)
            if period.covers(own):
                groups[kind, indicator, orgs, own.code].append(case_no)
        for (kind, indicator, orgs, code), numbers in groups.items():
            facts = {"cases": len(numbers), "examples": sorted(numbers)[:_NAMED]}
            yield Doubt(kind, code, orgs, self.register.city, indicator, facts)

    def _cases(self, tx: Connection, period: Period) -> Iterator[_Asked]:
        """Yield cases that several units reported, completed in time but keyed late, or very old.

        Of what was completed before the installation began, the days since then count. A case
        that was older than is usual when it was received belongs to the period of its receipt.
        """
        indicators, granted = self.register.indicators, granted_in(tx, self.register)
        counting = _CASES.indicator.in_(indicators), _CASES.outcome != "withdrawn"
        first, orgs = func.min(_CASES.accepted_us), func.aggregate_strings(_CASES.org, ",")
        query = select(_CASES.indicator, orgs, first, _CASES.case_no).where(*counting)
        doubled = func.count() > 1, first >= start(period.first), first < after(period.last)
        grouped = query.group_by(_CASES.indicator, _CASES.case_no).having(*doubled)
        for indicator, units, moment, case_no in tx.execute(grouped):
            yield "double_case", indicator, tuple(sorted(units.split(","))), _day(moment), case_no
        old = _CASES.completed_us.is_(None), _CASES.received_us < after(period.last)
        for name, one in indicators.items():
            age = _CASES.received_us - _CASES.accepted_us > one.clock.usual_age * _DAY_US
            query = select(_CASES.org, _CASES.received_us, _CASES.case_no).where(age, *old)
            since = _CASES.received_us >= start(period.first), _CASES.indicator == name
            for org, received, case_no in tx.execute(query.where(*since, counting[1])):
                yield "unusual_age", name, (org,), _day(received), case_no
        records = CaseRecords(self.register, self.workdays, self.clock.today(), granted)
        installed = date.fromisoformat(str(installation.facts(tx)["installed_on"]))
        fewest = min(one.doubts.keyed_within for one in indicators.values())
        waited = _CASES.received_us - _CASES.completed_us >= fewest * _DAY_US
        ended = _CASES.completed_us >= start(period.first), _CASES.completed_us < after(period.last)
        done = tables.case_statements.c.content.contains('"completed_at":')
        sent = _first_received(tables.cases, tables.case_statements, done)
        query = select(*_CASES[:-1], sent).where(*counting, *ended, waited)
        for case in SqlRepository(tx).stream(query):
            completed = _day(case.completed_us or 0)
            days = self.workdays.between(max(completed, installed), _day(case.received_us)).days
            late = days > indicators[case.indicator].doubts.keyed_within
            if late and not records.record(case).overdue:
                yield "late_keying", case.indicator, (case.org,), completed, case.case_no


def _first_received(table: Table, kept: Table, *said: ColumnElement[bool]) -> ColumnElement[int]:
    """Return when what stands in a table was first received; of what was kept before if `said`."""
    same = [kept.c[column.name] == column for column in table.primary_key.columns]
    before = *same, *said, kept.c.received_us < table.c.received_us
    first = select(func.min(kept.c.received_us)).where(*before).scalar_subquery()
    return func.coalesce(first, table.c.received_us)


def _key(row: VerdictRow) -> FigureKey:
    return FigureKey(row.indicator, row.org or "", row.region, row.period)


def _day(us: int) -> date:
    return local_day(from_us(us))


def _proof(tx: Connection, row: VerdictRow) -> JsonObject:
    """Return the proof of a row that rests on the clocks of cases; nothing of any other."""
    found = None if row.gross_days is None else version(tx, row.id)
    return {} if found is None else from_json(found.proof, dict[str, Any])


def _versions(tx: Connection, row: VerdictRow) -> Iterator[Verdict | None]:
    """Yield the last version of a row that was not attained, and the one its closing froze."""
    closing = owner_of(closings_of(SqlRepository(tx).decisions("period")), parse(row.period))
    missed = _VERSIONS.c.status.in_(("missed", "regressed"))
    frozen = _REPORTED.c.closing == (closing.id if closing and not closing.open else "")
    for table, where in ((_VERSIONS, missed), (_REPORTED, frozen)):
        series = equal(table, target=row.target, org=row.org, region=row.region, period=row.period)
        ident = tx.scalar(select(func.max(table.c.id)).where(where, *series))
        found = version(tx, ident) if ident else None
        yield from_json(found.document, Verdict) if found else None
