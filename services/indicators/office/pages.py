"""What each page is made from: read through the same use cases as the API's routes."""

from calendar import Calendar
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any, Final, NamedTuple

from duibiao.core import Clock
from duibiao.register import Register, containing, parse
from duibiao.web.access import Caller
from duibiao.web.board.alerts import AlertLines, alert_line
from duibiao.web.board.language import Language
from duibiao.web.board.words import tables
from duibiao.web.lists import Page
from duibiao.workdays import SHANGHAI, Workdays
from services.indicators.adapters.alerts_seen import OVER
from services.indicators.adapters.decisions import DecisionLog
from services.indicators.adapters.doubts import Doubts
from services.indicators.adapters.http.doubts import question
from services.indicators.adapters.reading import Reading
from services.indicators.adapters.records import Filter
from services.indicators.board.words import DUTY
from services.indicators.domain.decisions import owner_of
from services.indicators.domain.reviews import FigureNote, Review, fold, owed
from services.indicators.domain.rows import DutyRow

WORDS: Final = {**tables(__package__), "duty": DUTY}
_ALL: Final = Page(100_000, None)
_DAY: Final = timedelta(days=1)
_QUEUE: Final = ("submitted", "revised", "returned", "not_submitted", "accepted")


class Sources(NamedTuple):
    """What all pages are made from; `site` is the address of the whole installation.

    Shared between threads.
    """

    register: Register
    workdays: Workdays
    clock: Clock
    reading: Reading
    log: DecisionLog
    doubts: Doubts
    site: str


class Asked(NamedTuple):
    """What a reader asks for: of the query what makes sense."""

    sources: Sources
    caller: Caller
    query: Mapping[str, str]
    language: Language

    @property
    def day(self) -> date:
        """Today in Asia/Shanghai; on a day outside the watch window the nearest day of it."""
        window = self.sources.register.window
        return min(max(self.sources.clock.today(), window.first), window.last)

    @property
    def period(self) -> str:
        """The period asked about; the last quarter that had ended, if none is."""
        return self.query.get("period") or containing(self.day, "quarter").previous().code

    def sees(self, org: str | None) -> bool:
        """Whether what belongs to a unit, or to all, is asked for and may be seen."""
        may = org is None or self.caller.role == "admin" or self.caller.sees(org)
        return may and self.query.get("org", org) == org

    def matches(self, thing: object, *names: str) -> bool:
        """Whether a thing has what is asked for, as far as it is."""
        return all(self.query.get(one, getattr(thing, one)) == getattr(thing, one) for one in names)

    def owed(self, **wanted: str | None) -> Sequence[DutyRow]:
        return self.sources.reading.duties(Filter(**wanted), _ALL)[0]  # type: ignore[arg-type]


def duties(asked: Asked) -> dict[str, object]:
    """Return what the units owe."""
    rows = asked.owed(status=asked.query.get("status"))
    return {"rows": [one for one in rows if asked.matches(one, "period")]}


def calendar(asked: Asked) -> dict[str, object]:
    """Return a month in weeks, and what the days of the calendar are made from."""
    sources, code = asked.sources, asked.query.get("month")
    month = containing(parse(code).first if code else asked.day, "month")
    alerts = [one for one in sources.reading.alerts() if one.reply_due]
    return {
        "month": month,
        "weeks": Calendar().monthdatescalendar(month.first.year, month.first.month),
        "owed": asked.owed(org=asked.query.get("org")),
        "alerts": [(a, alert_line(sources.register, a, asked.language)) for a in alerts],
        "targets": sources.register.on(asked.day).targets,
        "exceptions": sources.workdays.exceptions().values(),
    }


def changes(asked: Asked) -> dict[str, object]:
    """Return what changed after the end of one day, up to the end of another."""
    reading, register, org = asked.sources.reading, asked.sources.register, asked.query.get("org")
    first, last = (date.fromisoformat(asked.query[name]) for name in ("from", "to"))
    after, by = (datetime.combine(day + _DAY, time(), SHANGHAI) for day in (first, last))
    wanted = Filter(org=org or "", region=register.city)
    old, new = (
        {(row.target, row.period): row for row in reading.verdicts(wanted, _ALL, at)[0]}
        for at in (after, by)
    )
    pairs = [(old.get(key), row) for key, row in sorted(new.items())]
    alerts: dict[str, list[Any]] = {"opened": [], "recovered": [], "over": []}
    for one in reading.alerts(after):
        moments = one.opened_at, one.recovered_at, one.changed_at if one.state in OVER else None
        for name, at in zip(alerts, moments, strict=True):
            if at and after < at <= by and org in (None, one.org, *one.leads):
                alerts[name].append(alert_line(register, one, asked.language))
    late = [one for one in asked.owed(org=org) if one.status in ("late", "overdue")]
    return {
        "verdicts": [(a, b) for a, b in pairs if (a.status if a else "unknown") != b.status],
        "alerts": {name: AlertLines(len(one), tuple(one), 0) for name, one in alerts.items()},
        "late": [one for one in late if first <= one.effective_due < last],
    }


def reviews(asked: Asked) -> dict[str, object]:
    """Return how units stand with a period, what its closing would leave open, what is closed."""
    register, log, period = asked.sources.register, asked.sources.log, parse(asked.period)
    ids = [f"{org}/{period.code}" for org in owed(register, period) if asked.sees(org)]
    known = fold(Review, log.decisions("review"), *ids)
    found = [
        (known[one], "revised" if log.revised(known[one]) else known[one].state) for one in ids
    ]
    notes, closings = fold(FigureNote, log.decisions("note")).values(), log.closings()
    return {
        "reviews": sorted(found, key=lambda one: _QUEUE.index(one[1])),
        "notes": [one for one in notes if one.period == period.code and asked.sees(one.org)],
        "closings": closings.values(),
        "closing": owner_of(closings, period),
        "ended": period.last < asked.sources.clock.today(),
        "within": lambda row: period.covers(parse(row.period)),
        "city": [one.row for one in asked.sources.reading.city()],
        "owed": asked.owed(),
    }


def waivers(asked: Asked) -> dict[str, object]:
    """Return the waivers that a reader may see, the newest first."""
    found = reversed([*asked.sources.log.waivers().values()])
    return {"listed": [w for w in found if asked.sees(w.org) and asked.matches(w, "state")]}


def data_quality(asked: Asked) -> dict[str, object]:
    """Return what units' rows came to in a period, and what is doubtful about them."""
    sources, period = asked.sources, parse(asked.period)
    return {
        "received": [one for one in sources.reading.received(period) if asked.sees(one.org)],
        "question": lambda doubt: question(sources.register, doubt, asked.language),
        "listed": [
            one
            for one in sources.doubts.find(period)
            if any(map(asked.sees, one.orgs)) and asked.matches(one, "kind", "state")
        ],
    }
