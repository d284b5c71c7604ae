"""The read side: what stands now, for lists over HTTP, the board and the metrics.

Owns every query that is no use case's. Each public method is one consistent read of the store;
nothing here changes anything or judges anything.
"""

from collections.abc import Collection, Container, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Final, NamedTuple

from sqlalchemy import Connection, FromClause, Select, func, or_, select, tuple_

from duibiao.core import Clock
from duibiao.register import Period, Register, containing, parse
from duibiao.store import Store
from duibiao.web.board.alerts import OpenAlert
from duibiao.web.board.rendering import InstallationState
from duibiao.web.lists import Page
from duibiao.workdays import local_day, to_us
from services.indicators.adapters import as_of, installation
from services.indicators.adapters.alerts_seen import alerts_of, concerning, open_alerts
from services.indicators.adapters.as_of import VersionReader
from services.indicators.adapters.encoding import from_day, from_json
from services.indicators.adapters.proofs import completed
from services.indicators.adapters.records import Filter, equal, histories, received_rows
from services.indicators.adapters.repository import tables
from services.indicators.adapters.repository.repository import SqlRepository, duty, version
from services.indicators.board.data import (
    PRESENT,
    SHOWN,
    ClauseSheet,
    MilestoneState,
    OrgSheet,
    Overview,
    PartRows,
    TargetSheet,
    View,
    Wanted,
)
from services.indicators.domain.rows import DutyRow, JsonObject, Verdict, VerdictRow
from services.indicators.domain.scorecard import ReceivedRows, Results, Scorecard, cards
from services.indicators.domain.submission import ReportHistory

# What the board counts as reports owed; it shows milestones beside them.
_AT_ONCE: Final = 1000  # ids asked for in one query
WHOLE: Final = Page(1_000_000, None)
_REPORTS: Final = select(tables.duties).where(tables.duties.c.milestone.is_(None))


class PresentDuty(NamedTuple):
    """The status of one unit's duty."""

    duty: str
    org: str
    status: str


@dataclass(frozen=True, slots=True)
class Present:
    """What the metrics show: the present period's verdicts, the city's of all, and all duties.

    `ids` are those of the present verdicts; `new` holds those of them that were not known.
    """

    ids: Sequence[str]
    new: Mapping[str, Verdict]
    city: Sequence[Verdict]
    duties: Sequence[PresentDuty]


class ProvenVersion(NamedTuple):
    """A version of a verdict, its proof, whether it stands, and the audit record before it."""

    row: VerdictRow
    proof: JsonObject
    stands: bool
    audit_position: JsonObject | None


class Reading:
    """Reads the store of the indicators service (a `BoardData`)."""

    def __init__(
        self, store: Store, register: Register, clock: Clock, view: View = "corrected"
    ) -> None:
        """`view`: as of when the board is read."""
        self._store = store
        self._register = register
        self._clock = clock
        self._view = view
        self._targets = [target.id for target in register.targets]
        owed_by_all = (*register.duties, *register.milestone_duties)
        self._places = {(owed.id, owed.org): place for place, owed in enumerate(owed_by_all)}

    def state(self) -> str:
        """Return what differs whenever a page of the board may."""
        with self._store.read() as connection:
            return installation.state(connection)

    def at(self, view: View) -> "Reading":
        """Return what the board reads as it was: its city rows, targets, tasks and units."""
        return Reading(self._store, self._register, self._clock, view)

    def facts(self) -> Mapping[str, object]:
        """Return what the store knows of the installation: `sample`, since when, from when."""
        with self._store.read() as connection:
            return installation.facts(connection)

    def versions(self) -> Sequence[installation.Version]:
        with self._store.read() as connection:
            return installation.versions(connection)

    def verdicts(
        self, wanted: Filter, page: Page, view: View = "corrected"
    ) -> tuple[Sequence[VerdictRow], str | None]:
        """Return a page of rows, the newest evaluated first, and the cursor of the next."""
        table = tables.verdicts
        query = select(table.c.id, table.c.document).order_by(table.c.id.desc())
        query = query.where(*equal(table, **asdict(wanted)))
        if page.after is not None:
            query = query.where(table.c.id < page.after[0])
        with self._store.read() as connection:
            if view == "reported":
                return as_of.reported(connection, wanted, page)
            if isinstance(view, datetime):
                return as_of.at(connection, view, wanted, page)
            found = connection.execute(query.limit(page.limit + 1)).all()
        kept, cursor = page.cut(found, lambda row: (row.id,))
        return [from_json(row.document, Verdict).row for row in kept], cursor

    def version(self, verdict: str) -> ProvenVersion | None:
        """Return a version of a verdict by its id, None where unknown."""
        with self._store.read() as connection:
            found = version(connection, verdict)
            if found is None:
                return None
            row = from_json(found.document, Verdict).row
            position = _audit_position(connection, row.evaluated_at)
        proof = completed(from_json(found.proof, dict[str, Any]))
        return ProvenVersion(row, proof, found.stands, position)

    def proof(self, verdict: str) -> JsonObject | None:
        found = self.version(verdict)
        return found and found.proof

    def duties(self, wanted: Filter, page: Page) -> tuple[Sequence[DutyRow], str | None]:
        """Return a page of duties, the latest due first, then in the notice's order."""
        query = select(tables.duties).where(*equal(tables.duties, **asdict(wanted)))
        with self._store.read() as connection:
            rows = _duties(connection, query)
        ordered = sorted(rows, key=lambda row: self._order(*_position(row)))
        if page.after is not None:
            due, duty_id, org = page.after
            start = self._order(int(due or 0), str(duty_id), str(org))
            ordered = [row for row in ordered if self._order(*_position(row)) > start]
        return page.cut(ordered[: page.limit + 1], _position)

    def present(self, known: Container[str] = ()) -> Present:
        """Return what the metrics show; of `known` versions of verdicts the ids alone."""
        table, owed = tables.verdicts.c, tables.duties.c
        # In the order of the index of present rows.
        order = table.region, table.target, table.org
        ids = select(table.id).where(table.present.is_(True)).order_by(*order)
        duties = select(owed.duty, owed.org, owed.status).order_by(owed.duty, owed.org)
        with self._store.read() as connection:
            present = connection.scalars(ids).all()
            return Present(
                present,
                _by_id(connection, [one for one in present if one not in known]),
                self._city(connection),
                [PresentDuty(*row) for row in connection.execute(duties)],
            )

    def city(self) -> tuple[Verdict, ...]:
        with self._store.read() as connection:
            return self._city(connection)

    def scorecards(self, period: Period, *, reported: bool) -> Sequence[Scorecard]:
        """Return the cards of a quarter or year that has begun; `reported`: verdicts as frozen."""
        with self._store.read() as connection:
            return self.cards(connection, period, reported=reported)

    def cards(
        self, connection: Connection, period: Period, *, reported: bool
    ) -> Sequence[Scorecard]:
        """Return the same as `scorecards` within a transaction."""
        quarters, today = [containing(period.first, "quarter")], self._clock.today()
        while period.covers(after := quarters[-1].next()) and after.first <= today:
            quarters.append(after)
        wanted = Filter(org="", region=self._register.city)
        city = [verdict.row for verdict in self._city(connection)]
        verdicts = as_of.reported(connection, wanted, WHOLE)[0] if reported else city
        duties = SqlRepository(connection).duties()
        rows = {quarter.code: received_rows(connection, quarter) for quarter in quarters}
        provisional = self._installation_state(connection).judged_day <= period.last
        results = Results(verdicts, duties, rows)
        return cards(self._register, period, results, provisional=provisional)

    def received(self, period: Period) -> Sequence[ReceivedRows]:
        """Return how many rows came within the days of a period, by unit and kind."""
        with self._store.read() as connection:
            return received_rows(connection, period)

    def alerts(self, since: datetime | None = None) -> Sequence[OpenAlert]:
        """Return the alerts that changed since a moment; None: those not yet over."""
        table = tables.alerts_seen.c
        wanted = table.open if since is None else table.changed_us >= to_us(since)
        query = select(table.document).where(wanted).order_by(table.id)
        with self._store.read() as connection:
            return [from_json(text, OpenAlert) for text in connection.scalars(query)]

    def overview(self) -> Overview:
        """Return everything about the notice as a whole."""
        with self._store.read() as connection:
            return Overview(
                standing=self._installation_state(connection),
                city=self._city(connection),
                duties=tuple(_duties(connection, _REPORTS)),
                milestones=_milestones(connection),
                alerts=open_alerts(connection, self._register.city),
                alerts_of=alerts_of(connection),
            )

    def target(self, target: str, wanted: Wanted = PRESENT) -> TargetSheet:
        """Return what is wanted of one target; no verdicts where none exist."""
        with self._store.read() as connection:
            versions = VersionReader(connection, self._view)
            rows = versions.rows(target=target)
            city = self._city(connection, [target])
            present = next((one for one in city if one.present), city[-1] if city else None)
            if wanted.verdict and "\0" not in wanted.verdict:
                its = select(rows.c.id).where(*equal(rows, id=wanted.verdict, target=target))
                present = next(iter(versions.these(its)), present)
            parts = self._parts(versions, rows, target, wanted, present)
            return TargetSheet(
                standing=self._installation_state(connection),
                city=city,
                proven=present,
                parts=parts,
                alerts=open_alerts(
                    connection, self._register.city, tables.alerts_seen.c.target == target
                ),
                regions=self._regions(versions, rows, target=target, period=parts.period or ""),
            )

    def _regions(
        self, versions: VersionReader, rows: FromClause, **key: str
    ) -> tuple[Verdict, ...]:
        """Return one row of each region: over its units where several reported, else the only."""
        mapped = [one.code for one in self._register.regions.values() if one.tile]
        mine = equal(rows, region=mapped, **key)
        first = select(rows.c.region, func.min(rows.c.org)).where(*mine).group_by(rows.c.region)
        chosen = select(rows.c.id).where(*mine, tuple_(rows.c.region, rows.c.org).in_(first))
        return tuple(versions.these(chosen)) if mapped else ()

    def _parts(
        self,
        versions: VersionReader,
        rows: FromClause,
        target: str,
        wanted: Wanted,
        proven: Verdict | None,
    ) -> PartRows:
        table = rows.c
        mine = table.target == target, or_(table.org != "", table.region != self._register.city)
        counted = select(table.period, func.count()).where(*mine).group_by(table.period)
        found = {row[0]: row[1] for row in versions.connection.execute(counted)}
        newest_first = sorted(found, key=lambda code: parse(code).first, reverse=True)
        counts = {period: found[period] for period in newest_first}
        looked_at = wanted.period, None if proven is None else proven.row.period, *newest_first
        period = next((one for one in looked_at if one in counts), None)
        if period is None:
            return PartRows(counts, None, (), None)
        query = select(table.id, table.org, table.region).where(*mine, table.period == period)
        if wanted.page.after is not None:
            query = query.where(tuple_(table.org, table.region) > tuple_(*wanted.page.after))
        ordered = query.order_by(table.org, table.region).limit(wanted.page.limit + 1)
        found_rows = versions.these(ordered)
        kept, cursor = wanted.page.cut(found_rows, lambda one: (one.row.org or "", one.row.region))
        return PartRows(counts, period, tuple(kept), cursor)

    def clause(self, measures: Collection[str], targets: Collection[str]) -> ClauseSheet:
        """Return everything about these measures and targets; empty where nothing was done."""
        duties, reports, alerts = tables.duties, tables.reports, tables.alerts_seen.c
        owed = _REPORTS.where(duties.c.measure.in_(measures))
        said = select(reports).where(reports.c.measure.in_(measures))
        ours = or_(alerts.target.in_(targets), alerts.measure.in_(measures))
        with self._store.read() as connection:
            overview = Overview(
                standing=self._installation_state(connection),
                city=self._city(connection, targets),
                duties=tuple(_duties(connection, owed)),
                milestones=_milestones(connection),
                alerts=open_alerts(connection, self._register.city, ours),
                alerts_of={},
            )
            return ClauseSheet(overview, _reports(connection, said))

    def org(self, org: str) -> OrgSheet:
        """Return everything about one unit; empty where it did nothing."""
        region, city_code = self._register.orgs[org].region, self._register.city
        owed = _REPORTS.where(tables.duties.c.org == org)
        said = select(tables.reports).where(tables.reports.c.org == org)
        with self._store.read() as connection:
            city, versions = self._city(connection), VersionReader(connection, self._view)
            periods = {one.row.period for one in city if one.present}
            mine = {"org": org, "region": city_code, "period": periods}
            return OrgSheet(
                standing=self._installation_state(connection),
                city=city,
                own=versions.verdicts(target=self._targets, limit=None, **mine),
                here=self._here(versions, region) if region else (),
                duties=tuple(_duties(connection, owed)),
                alerts=open_alerts(connection, city_code, concerning(org, region)),
                reports=_reports(connection, said),
            )

    def _installation_state(self, connection: Connection) -> InstallationState:
        checkpoint = SqlRepository(connection).checkpoint()
        table = tables.verdicts
        newest = connection.scalar(select(table.c.document).order_by(table.c.id.desc()).limit(1))
        day = self._clock.today() if checkpoint is None else checkpoint.judged_day
        if isinstance(self._view, datetime):
            day, newest = min(day, local_day(self._view)), None
        return InstallationState(
            judged_day=day,
            sample=installation.is_sample(connection),
            calendar_version="" if checkpoint is None else checkpoint.calendar_version,
            evaluated_at=None if newest is None else from_json(newest, Verdict).row.evaluated_at,
            state=installation.state(connection),
        )

    def _city(
        self, connection: Connection, targets: Collection[str] | None = None
    ) -> tuple[Verdict, ...]:
        wanted = self._targets if targets is None else targets
        versions = VersionReader(connection, self._view)
        return versions.verdicts(target=wanted, org="", region=self._register.city)

    def _here(self, versions: VersionReader, region: str) -> tuple[Verdict, ...]:
        if self._view == "corrected":
            present = tables.verdicts.c.present.is_(True)
            return versions.verdicts(present, region=region, limit=SHOWN)
        every = "", *self._register.orgs  # with these the index of versions is of use
        found = versions.verdicts(target=self._targets, org=every, region=region)
        return tuple(one for one in found if one.present)[:SHOWN]

    def _order(self, due: int, duty_id: str, org: str) -> tuple[int, int, str, str]:
        """Order duties: the latest due first, then as the register has them."""
        place = self._places.get((duty_id, org), len(self._places))
        return -due, place, duty_id, org


def _audit_position(connection: Connection, moment: datetime) -> JsonObject | None:
    """Return the last record of the service's chain that was there at a moment."""
    records = tables.audit.records.c
    before = select(records.sequence, records.hash).where(records.time_us <= to_us(moment))
    last = connection.execute(before.order_by(records.sequence.desc()).limit(1)).one_or_none()
    if last is None:
        return None
    return {"chain": tables.audit.chain, "sequence": last.sequence, "hash": last.hash.hex()}


def _duties(connection: Connection, query: Select[Any]) -> list[DutyRow]:
    return [duty(row) for row in connection.execute(query).all()]


def _by_id(connection: Connection, ids: Sequence[str]) -> dict[str, Verdict]:
    """Return the verdicts among `ids` that stand."""
    table = tables.verdicts.c
    query = select(table.id, table.document)
    found = {}
    for first in range(0, len(ids), _AT_ONCE):
        named = query.where(table.id.in_(ids[first : first + _AT_ONCE]))
        for row in connection.execute(named):
            found[row.id] = from_json(row.document, Verdict)
    return found


def _position(row: DutyRow) -> tuple[int, str, str]:
    return row.due.toordinal(), row.duty, row.org


def _reports(connection: Connection, query: Select[Any]) -> tuple[ReportHistory, ...]:
    return tuple(histories(connection, connection.execute(query).all()))


def _milestones(connection: Connection) -> tuple[MilestoneState, ...]:
    """Return the newest word of each unit on each milestone: that of the latest period."""
    table = tables.reports
    said = select(table).where(table.c.milestone != "", table.c.state.is_not(None))
    query = said.order_by(table.c.period)
    newest = {(row.milestone, row.org): row for row in connection.execute(query)}
    return tuple(
        MilestoneState(row.milestone, row.org, row.state, from_day(row.done_on))
        for _, row in sorted(newest.items())
    )
