"""The book in memory and the book in SQL lead the same lives."""

from contextlib import closing
from functools import partial
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, select

from duibiao.store import Store
from services.alerts.adapters.messages import event_of
from services.alerts.adapters.migrations import SCHEMA
from services.alerts.adapters.repository import SqlAlertRepository, transition_values
from services.alerts.adapters.tables import TRANSITIONS
from services.alerts.domain.alert import Transition
from services.alerts.ports import AlertRepository
from services.alerts.usecases.daily_run import tick
from tests.laws.alerts.news import REGISTERS, News, duties, tell, verdicts
from tests.support.alert_book import MemoryBook, desk, shanghai
from tests.support.clock import ManualClock

# An hour that passes, or news with the number of its event: few numbers, so that some come twice.
Happening = float | tuple[News, int]
happenings = st.sampled_from([0.01, 13.0, 24.0, 240.0]) | st.tuples(
    verdicts | duties, st.integers(0, 30)
)


def no_one(_tx: Connection, _transition: Transition) -> None:
    pass


class Watch:
    def __init__(self, *, wait: bool) -> None:
        self.clock = ManualClock(shanghai(2021, 12, 20))
        self.desk = desk(self.clock, REGISTERS[wait])

    def happens(self, book: AlertRepository, happening: Happening) -> None:
        if isinstance(happening, float):
            self.clock.advance(hours=happening)
            tick(book, self.desk)
        else:
            news, number = happening
            tell(book, self.desk, news, f"event-{number:02}")


def lives_in_memory(things: list[Happening], *, wait: bool) -> list[dict[str, object]]:
    watch, book = Watch(wait=wait), MemoryBook()
    for thing in things:
        watch.happens(book, thing)
    return [dict(transition_values(transition)) for transition in book.history]


def lives_in_sql(folder: Path, things: list[Happening], *, wait: bool) -> list[dict[str, object]]:
    watch = Watch(wait=wait)
    with closing(Store(f"sqlite:///{folder}/duibiao.db", "alerts")) as store:
        SCHEMA.migrate(store)
        for thing in things:
            with store.begin() as tx:
                book = SqlAlertRepository(tx, partial(event_of, topic="duibiao.alerts.v1"), no_one)
                watch.happens(book, thing)
        with store.read() as connection:
            found = connection.execute(select(TRANSITIONS).order_by(TRANSITIONS.c.id))
            return [dict(row._mapping) for row in found]  # noqa: SLF001 - the documented way


@settings(max_examples=25, deadline=None)
@given(things=st.lists(happenings, max_size=20), wait=st.booleans())
def test_both_books_tell_the_same_history(things: list[Happening], wait: bool) -> None:  # noqa: FBT001 - hypothesis calls it
    with TemporaryDirectory() as folder:
        in_sql = lives_in_sql(Path(folder), things, wait=wait)

    assert in_sql == sorted(lives_in_memory(things, wait=wait), key=lambda step: str(step["id"]))


def test_the_happenings_do_raise_alerts() -> None:
    raised = count()

    @settings(max_examples=50, deadline=None)
    @given(things=st.lists(happenings, min_size=5, max_size=20))
    def look(things: list[Happening]) -> None:
        if lives_in_memory(things, wait=False):
            next(raised)

    look()
    assert next(raised) > 10
