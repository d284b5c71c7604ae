"""The port AlertRepository, one suite for both: in memory and in SQL."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction
from functools import partial

import pytest
from sqlalchemy import Connection, func, select
from sqlalchemy.exc import IntegrityError

from duibiao.store import Store
from services.alerts.adapters.messages import event_of
from services.alerts.adapters.migrations import SCHEMA
from services.alerts.adapters.repository import SqlAlertRepository, watch_from
from services.alerts.adapters.tables import (
    ALERTS,
    COUNTERS,
    EVENTS_SEEN,
    OUTBOX,
    TRANSITIONS,
    VERDICTS,
)
from services.alerts.domain import answers, life
from services.alerts.domain.alert import (
    Colour,
    Identity,
    Named,
    Reply,
    ReplyFile,
    Stamp,
    State,
    Step,
    Subject,
    Transition,
    Trigger,
)
from services.alerts.domain.life import Asking
from services.alerts.domain.news import Series
from services.alerts.ports import AlertRepository
from tests.support.alert_book import FIRST_DAY, MemoryBook, a_duty, city_row

Open = Callable[[], AbstractContextManager[AlertRepository]]

CITY_SERIES = Series("T01", None, "610100")
FINDING = Trigger(Colour.YELLOW, "yellow-breach", "verdict", "2021Q1", "v1", "v1")


@pytest.fixture
def store(database_url: str) -> Iterator[Store]:
    store = Store(database_url, "alerts")
    SCHEMA.migrate(store)
    yield store
    store.close()


def no_one(_tx: Connection, _transition: Transition) -> None:
    pass


def sql_book(tx: Connection) -> SqlAlertRepository:
    return SqlAlertRepository(tx, partial(event_of, topic="duibiao.alerts.v1"), no_one)


@pytest.fixture(params=["memory", "sql"])
def opened(request: pytest.FixtureRequest, store: Store) -> Open:
    memory = MemoryBook()

    @contextmanager
    def in_memory() -> Iterator[AlertRepository]:
        yield memory

    @contextmanager
    def in_sql() -> Iterator[AlertRepository]:
        with store.begin() as tx:
            yield sql_book(tx)

    return in_memory if request.param == "memory" else in_sql


def opening(
    alert_id: str = "a1", number: str = "黄-2021-0001", org: str | None = None
) -> Transition:
    subject = Subject(
        Identity("T01", None, org, "610100"), "1.1", ("tax-bureau", "customs"), ("x",)
    )
    return life.opened(
        alert_id,
        subject,
        [FINDING],
        Asking(waits=False, reply_due=date(2021, 1, 11)),
        number=number,
        stamp=Stamp(f"step-{alert_id}", FIRST_DAY, "duibiao"),
    )


def test_an_event_is_heard_once(opened: Open) -> None:
    with opened() as book:
        assert book.last_event_at() is None
        assert book.note_event("e1", FIRST_DAY)
        assert not book.note_event("e1", FIRST_DAY + timedelta(days=1))
        assert book.note_event("e2", FIRST_DAY + timedelta(microseconds=1))
    with opened() as book:
        assert book.last_event_at() == FIRST_DAY + timedelta(microseconds=1)


def test_a_verdict_comes_back_as_it_was(opened: Open) -> None:
    exact = city_row(
        "regressed",
        attainment_ratio=Fraction(2, 3),
        near_threshold=True,
        value="11/3",
        evaluated_at=FIRST_DAY + timedelta(microseconds=7),
    )
    bare = city_row("unknown", period="2021Q2", attainment_ratio=None, present=False, value=None)
    with opened() as book:
        book.save_verdict(bare, held_since=None)
        book.save_verdict(exact, held_since=None)
    with opened() as book:
        assert list(book.verdicts(CITY_SERIES)) == [exact, bare]


def test_a_verdict_replaces_the_last_of_its_series_and_period(opened: Open) -> None:
    other = replace(city_row(), series=Series("T01", "tax-bureau", "610100"))
    with opened() as book:
        book.save_verdict(city_row("missed"), held_since=None)
        book.save_verdict(other, held_since=None)
        assert list(book.verdicts(CITY_SERIES)) == [city_row("missed")]
        book.save_verdict(city_row("met", id="v2"), held_since=None)
        assert [row.id for row in book.verdicts(CITY_SERIES)] == ["v2"]
    with opened() as book:
        assert [row.id for row in book.verdicts(CITY_SERIES)] == ["v2"]
        assert list(book.verdicts(other.series)) == [other]


def test_periods_come_in_the_order_of_their_ends(opened: Open) -> None:
    codes = ["202112", "2021Q3", "202101", "2021"]
    with opened() as book:
        for code in codes:
            book.save_verdict(city_row(period=code), held_since=None)
        assert [row.period for row in book.verdicts(CITY_SERIES)][:2] == ["202101", "2021Q3"]


def test_what_is_held_is_found_until_it_is_let_go(opened: Open) -> None:
    with opened() as book:
        book.save_verdict(city_row(), held_since=FIRST_DAY)
    with opened() as book:
        assert list(book.held_verdicts()) == [(city_row(), FIRST_DAY)]
        assert list(book.held_verdicts("T01")) == [(city_row(), FIRST_DAY)]
        assert list(book.held_verdicts("T02")) == []
        book.save_verdict(city_row(), held_since=None)
        assert list(book.held_verdicts()) == []


def test_a_duty_is_kept_per_unit(opened: Open) -> None:
    theirs = replace(a_duty(), org="customs")
    with opened() as book:
        book.save_duty(a_duty(), "e1", held=True)
        book.save_duty(theirs, "e2", held=True)
    with opened() as book:
        assert list(book.held_duties()) == [(a_duty(), "e1"), (theirs, "e2")]
        assert book.duty(theirs.id, "customs") == (theirs, "e2")
        assert book.duty("another", "customs") is None
        book.save_duty(a_duty("late"), "e3", held=False)
        assert list(book.held_duties()) == [(theirs, "e2")]


def test_an_alert_comes_back_as_it_was(opened: Open) -> None:
    transition = opening()
    files = ReplyFile("方案.docx"), ReplyFile("a.pdf", "0" * 64, "application/pdf", 9)
    reply = Reply("customs", FIRST_DAY, "已整改", "人手", "增员", date(2021, 2, 1), files)
    changed = replace(
        transition.alert,
        named=(Named("2021Q1", Colour.YELLOW, "verdict", late=True, figure="6", restated="5.5"),),
        trigger=replace(transition.alert.trigger, late=True, figure="6"),
        signed=("customs",),
        replies=(reply,),
        recovering="e9",
        recovered_at=FIRST_DAY,
        lacking=("reply",),
        appealed=True,
        reply_due=None,
    )
    with opened() as book:
        assert book.alert("a1") is None
        book.record(transition)
    with opened() as book:
        assert book.alert("a1") == transition.alert
        book.save_alert(changed)
    with opened() as book:
        assert book.open_alert(transition.alert.identity) == changed
        assert list(book.open_alerts()) == [changed]


def test_an_alert_that_is_over_is_no_longer_open(opened: Open) -> None:
    first = opening("a1").alert
    with opened() as book:
        book.record(opening("a1"))
        book.record(life.revoked(first, Stamp("s2", FIRST_DAY, "office"), "late entry"))
        assert book.open_alert(first.identity) is None
        book.record(opening("a2", "黄-2021-0002"))
    with opened() as book:
        assert [alert.id for alert in book.open_alerts()] == ["a2"]


def test_what_was_handled_is_noted_until_it_is_forgotten(opened: Open) -> None:
    one, other = opening().alert.identity, opening(org="customs").alert.identity
    first = Named("2021Q1", Colour.YELLOW, "verdict")
    second = Named("2021Q2", Colour.RED, "figure")
    with opened() as book:
        book.add_handled(one, [first, second])
        book.add_handled(other, [first])
        book.add_handled(one, [replace(first, colour=Colour.RED)])
    with opened() as book:
        assert list(book.handled(one)) == [replace(first, colour=Colour.RED), second]
        book.remove_handled(one, ["2021Q1", "2021Q4"])
        assert list(book.handled(one)) == [second]
        assert list(book.handled(other)) == [first]


def test_places_are_counted_per_colour_and_year(opened: Open) -> None:
    with opened() as book:
        yellow = [book.next_serial(Colour.YELLOW, 2021) for _ in range(3)]
        others = [book.next_serial(Colour.RED, 2021), book.next_serial(Colour.YELLOW, 2022)]
    with opened() as book:
        assert (yellow, others) == ([1, 2, 3], [1, 1])
        assert book.next_serial(Colour.YELLOW, 2021) == 4


def test_the_last_run_is_kept(opened: Open) -> None:
    with opened() as book:
        assert book.last_run() is None
        book.set_last_run(date(2021, 4, 1))
        book.set_last_run(date(2021, 4, 2))
    with opened() as book:
        assert book.last_run() == date(2021, 4, 2)


class BrokenOffError(Exception):
    pass


def write_and_break_off(store: Store) -> None:
    with store.begin() as tx:
        book = sql_book(tx)
        book.note_event("e1", FIRST_DAY)
        book.save_verdict(city_row(), held_since=None)
        book.next_serial(Colour.YELLOW, 2021)
        book.record(opening())
        raise BrokenOffError


def record(store: Store, *transitions: Transition) -> None:
    with store.begin() as tx:
        for transition in transitions:
            sql_book(tx).record(transition)


def test_nothing_is_left_of_a_transaction_that_fails(store: Store) -> None:
    with pytest.raises(BrokenOffError):
        write_and_break_off(store)

    with store.read() as connection:
        for table in (EVENTS_SEEN, VERDICTS, COUNTERS, ALERTS, TRANSITIONS, OUTBOX.table):
            assert connection.execute(select(func.count()).select_from(table)).scalar_one() == 0


def test_the_database_itself_refuses_a_second_open_alert_of_an_identity(store: Store) -> None:
    with pytest.raises(IntegrityError):
        record(store, opening("a1"), opening("a2", "黄-2021-0002"))


def test_the_database_itself_refuses_a_number_twice(store: Store) -> None:
    with pytest.raises(IntegrityError):
        record(store, opening("a1"), opening("a2", org="tax-bureau"))


def test_a_step_brings_its_event_with_it_and_counts_as_raised(store: Store) -> None:
    with store.begin() as tx:
        book = sql_book(tx)
        book.record(opening())
        signed = answers.acknowledged(
            opening().alert, ["customs"], Stamp("s2", FIRST_DAY, "office"), "好"
        )
        book.record(signed)
        assert book.raised == 1

    waiting = OUTBOX.source(store).pending(10)
    assert [(event.id, event.type, event.key) for _, event in waiting] == [
        ("step-a1", "duibiao.alert.opened", "T01//610100"),
        ("s2", "duibiao.alert.acknowledged", "T01//610100"),
    ]
    with store.read() as connection:
        rows = connection.execute(select(TRANSITIONS).order_by(TRANSITIONS.c.sequence)).all()
    assert [(row.step, row.was, row.state, row.comment) for row in rows] == [
        (Step.OPENED, None, State.FIRING, None),
        (Step.ACKNOWLEDGED, State.FIRING, State.ACKNOWLEDGED, "好"),
    ]


def test_old_hearings_are_forgotten(store: Store) -> None:
    with store.begin() as tx:
        book = sql_book(tx)
        book.note_event("old", FIRST_DAY)
        book.note_event("new", FIRST_DAY + timedelta(days=1))
        book.forget_events(FIRST_DAY + timedelta(hours=1))
        assert book.note_event("old", FIRST_DAY + timedelta(days=2))
        assert not book.note_event("new", FIRST_DAY + timedelta(days=2))


def test_the_first_day_of_the_watch_is_settled_once(store: Store) -> None:
    today = date(2021, 3, 1)
    with store.begin() as tx:
        assert watch_from(tx, None, today) == today
    with store.begin() as tx:
        assert watch_from(tx, date(2021, 1, 1), date(2021, 9, 9)) == today
