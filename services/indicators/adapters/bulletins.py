"""Bulletins: what a closing froze of them, or what stands now where the period is not closed.

A closing keeps the finished files in the transaction that freezes the figures: cards, duties and
progress reports as this service had read them from the log by then. Nothing that comes later,
be it a figure, a card, a register or a release, changes a byte; another closing replaces them.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from hashlib import sha256

from sqlalchemy import Connection, select

from duibiao.contracts.topics import ALERTS, SUBMISSIONS
from duibiao.core import Clock, Settings
from duibiao.register import Period, Register, containing, parse
from duibiao.store import Store
from duibiao.web.board.alerts import OpenAlert
from duibiao.web.board.rendering import View
from duibiao.workdays import local_day
from services.indicators.adapters import as_of, installation
from services.indicators.adapters.encoding import from_json
from services.indicators.adapters.reading import WHOLE, Reading
from services.indicators.adapters.records import Filter
from services.indicators.adapters.repository import tables
from services.indicators.adapters.repository.batches import add
from services.indicators.adapters.repository.repository import SqlRepository
from services.indicators.adapters.repository.statements import report_of
from services.indicators.board.bulletin import FORMS, Facts, as_file, build
from services.indicators.domain.decisions import Decision, closings_of, owner_of
from services.indicators.domain.rows import JsonObject


@dataclass(frozen=True, slots=True)
class Bulletins:
    """Reads and keeps bulletins."""

    store: Store
    register: Register
    clock: Clock
    reading: Reading
    settings: Settings

    def file(self, period: Period, form: str) -> bytes:
        """Return a quarter's or year's bulletin: as closed, or a draft of how things stand."""
        with self.store.read() as connection:
            _, found = self._frozen(connection, period, form)
            if found is not None:
                return found
            draft = self._made(connection, period, None)
        return as_file(form, draft)

    def closed(self) -> Mapping[str, date | None]:
        """Return the periods of the watch window that have begun, and when each was closed.

        The newest first; those that are not closed have no day.
        """
        window, today = self.register.window, self.clock.today()
        last = min(window.last, today)
        years = range(last.year, window.first.year - 1, -1)
        every = [one for year in years for one in _within(parse(f"{year:04}"))]
        with self.store.read() as connection:
            return {
                one.code: self._frozen(connection, one, "html")[0]
                for one in every
                if one.first <= last and window.first <= one.last
            }

    def freeze(self, tx: Connection, decision: Decision) -> JsonObject:
        """Keep the bulletins of what a decision closes; return what the audit record says of them.

        That is the SHA-256 of each file, and the positions on the log up to which its cards and
        progress reports were known.
        """
        closings = closings_of(SqlRepository(tx).decisions("period"))
        digests, day = {}, local_day(decision.decided_at)
        for period in _within(parse(decision.subject)):
            owner = owner_of(closings, period)
            if owner is not None and owner.id == decision.id:
                made = self._made(tx, period, day)
                for form in FORMS:
                    content = as_file(form, made)
                    add(tx, tables.bulletins, [(decision.id, period.code, form, content)])
                    digests[f"{period.code}.{form}"] = sha256(content).hexdigest()
        topics = [topic.name(self.settings.topic_prefix) for topic in (SUBMISSIONS, ALERTS)]
        read = {topic: tables.positions.on(tx, topic) for topic in topics}
        positions = {
            topic: {str(k): n for k, n in places.items()} for topic, places in read.items()
        }
        return {"bulletins": digests, "positions": positions}

    def _frozen(
        self, connection: Connection, period: Period, form: str
    ) -> tuple[date | None, bytes | None]:
        """Return when a period was closed, and its file; None while it is open, or that is lost."""
        closings = closings_of(SqlRepository(connection).decisions("period"))
        owner, table = owner_of(closings, period), tables.bulletins.c
        if owner is None or owner.open:
            return None, None
        mine = table.closing == owner.id, table.period == period.code, table.form == form
        found = connection.scalar(select(table.content).where(*mine))
        return found and local_day(owner.closed_at), found

    def _made(self, connection: Connection, period: Period, closed_on: date | None) -> View:
        city, repository = Filter(org="", region=self.register.city), SqlRepository(connection)
        seen, checkpoint = tables.alerts_seen.c.document, repository.checkpoint()
        facts = Facts(
            verdicts=as_of.reported(connection, city, WHOLE)[0],
            duties=repository.duties().values(),
            alerts=[from_json(text, OpenAlert) for text in connection.scalars(select(seen))],
            cards=self.reading.cards(connection, period, reported=True),
            reports=[report_of(row) for row in connection.execute(select(tables.reports))],
            day=self.clock.today() if checkpoint is None else checkpoint.judged_day,
            closed_on=closed_on,
            sample=installation.is_sample(connection),
            address=self.settings.public_url,
        )
        return build(self.register, period, facts)


def _within(period: Period) -> Iterator[Period]:
    """Yield the year that a period is, and the quarters that it holds, the last first."""
    if period.type == "year":
        yield period
    quarter = containing(period.last, "quarter")
    while period.covers(quarter):
        yield quarter
        quarter = quarter.previous()
