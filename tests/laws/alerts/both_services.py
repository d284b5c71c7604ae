"""Indicators and alerts together in memory, with the wire between them, for laws.

What indicators says goes to alerts as bytes, those of one key in order, keys among themselves in
any order: as from the partitions of a log.
"""

from collections import defaultdict
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from duibiao.bus import Event
from duibiao.register import Register
from services.alerts.adapters.messages import read_changed
from services.alerts.domain.news import Verdict
from services.alerts.usecases.context import AlertContext
from services.alerts.usecases.daily_run import tick
from services.alerts.usecases.follow_duty import follow_duty
from services.alerts.usecases.follow_verdict import follow_verdict
from services.indicators.adapters.events import Events
from services.indicators.domain.rows import Changes
from services.indicators.domain.submission import Submission
from tests.support.alert_book import MemoryBook, desk
from tests.support.breaches import breaches_of_duties, breaches_of_targets, card
from tests.support.clock import ManualClock
from tests.support.history import without_card
from tests.support.indicators import Indicators
from tests.support.statements import at


@dataclass
class TickingIndicators(Indicators):
    """The use cases with a clock that goes on by a second with every submission."""

    posts: int = 0

    @property
    def now(self) -> datetime:
        return at(self.today) + timedelta(seconds=self.posts)


@dataclass
class WholeWatch:
    register: Register
    today: str
    told: list[Event] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.service = TickingIndicators(self.register, self.today)
        self.clock = ManualClock(at(self.today))
        self.book = MemoryBook()
        self.desk = desk(self.clock, self.register)
        self._events = Events(self.clock, "duibiao.")
        self._waiting: dict[str, list[Event]] = defaultdict(list)
        self.pass_to(self.today)

    def post(self, submission: Submission) -> None:
        self.service.posts += 1
        self._say(self.service.post(submission).changes)

    def pass_to(self, day: str) -> None:
        self.service.today = max(self.service.today, day)
        self.clock.set(max(self.clock.now(), at(self.service.today)))
        self._say(self.service.pass_to(self.service.today))
        tick(self.book, self.desk)

    def waiting(self) -> list[str]:
        """Return the keys of which something has not been delivered."""
        return sorted(key for key, events in self._waiting.items() if events)

    def deliver(self, key: str, *, crashes: bool = False) -> None:
        """Deliver the next event of a key; a crash comes before its commit, so it comes again."""
        event = self._waiting[key][0]
        if crashes:
            before = deepcopy(vars(self.book))
            hear(self.book, self.desk, event)
            vars(self.book).update(before)
            return
        hear(self.book, self.desk, event)
        self.told.append(self._waiting[key].pop(0))

    def rest(self) -> None:
        """Let everything arrive, the topic fall quiet, and the clock come by."""
        while keys := self.waiting():
            self.deliver(keys[0])
        self.clock.advance(seconds=61)
        tick(self.book, self.desk)

    def replayed(self) -> MemoryBook:
        """Return a new book that has heard everything once more, and nobody has looked at."""
        book, the_desk = MemoryBook(), desk(self.clock, self.register)
        for event in self.told:
            hear(book, the_desk, event)
        the_desk = AlertContext(
            the_desk.register,
            the_desk.workdays,
            lambda: self.clock.now() + timedelta(seconds=61),
            the_desk.new_id,
            the_desk.watch_from,
        )
        tick(book, the_desk)
        return book

    def uncarded(self, book: MemoryBook) -> list[str]:
        """Return the breaches that stand at indicators and that no card of a book names."""
        repository = self.service.repository
        breaches = [
            *breaches_of_targets(self.register, repository.verdict_table.values()),
            *breaches_of_duties(repository.duty_table.values(), self.desk.watch_from),
        ]
        return without_card(breaches, map(card, book.alerts.values()))

    def _say(self, changes: Changes) -> None:
        for event in self._events.of_changes(changes):
            self._waiting[event.key].append(event)


def hear(book: MemoryBook, the_desk: AlertContext, event: Event) -> None:
    news, _ = read_changed(event.data)
    if isinstance(news, Verdict):
        follow_verdict(book, the_desk, news, event.id)
    else:
        follow_duty(book, the_desk, news, event.id)
