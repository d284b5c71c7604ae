"""What people do with an alert, and who may."""

import pytest

from services.alerts.domain.alert import Alert, State, Step
from services.alerts.domain.life import WrongStep
from services.alerts.usecases import answer_alert
from services.alerts.usecases.answer_alert import NoSuchAlert, NotTheirs, Person
from services.alerts.usecases.follow_verdict import follow_verdict
from tests.support.alert_book import FIRST_DAY, MemoryBook, city_row, desk
from tests.support.clock import ManualClock
from tests.support.registers import CUSTOMS, FINANCE, TAX

OFFICE = Person(None)
DESK = desk(ManualClock(FIRST_DAY))


@pytest.fixture
def book() -> MemoryBook:
    book = MemoryBook()
    follow_verdict(book, DESK, city_row("missed"), "event")
    return book


def act(book: MemoryBook, verb: str, who: Person, *words: str | None) -> Alert:
    done = getattr(answer_alert, verb)
    return done(book, DESK, book.the_alert().id, who, *words)  # type: ignore[no-any-return]


@pytest.mark.parametrize("who", [Person(TAX), Person(CUSTOMS), OFFICE])
def test_each_lead_and_the_office_may_sign_reply_and_appeal(book: MemoryBook, who: Person) -> None:
    assert act(book, "acknowledge", who, None).state is State.ACKNOWLEDGED
    assert act(book, "appeal", who, "数据有误").appealed
    assert act(book, "reply", who, "已整改").state is State.REPLIED
    assert [t.stamp.actor for t in book.history[1:]] == [who.org or "office"] * 3
    assert [t.comment for t in book.history[1:]] == [None, "数据有误", "已整改"]


@pytest.mark.parametrize("verb", ["acknowledge", "reply", "appeal", "close"])
def test_other_units_may_do_nothing(book: MemoryBook, verb: str) -> None:
    with pytest.raises(NotTheirs):
        act(book, verb, Person(FINANCE), "x")
    assert book.steps() == [Step.OPENED]


def test_only_the_office_closes_and_revokes(book: MemoryBook) -> None:
    act(book, "reply", Person(TAX), "已整改")
    with pytest.raises(NotTheirs):
        act(book, "close", Person(TAX), None)
    with pytest.raises(NotTheirs):
        act(book, "revoke", Person(TAX), "keying error", None)

    assert act(book, "close", OFFICE, "属实").state is State.CLOSED


def test_a_reply_without_a_receipt_signs_first(book: MemoryBook) -> None:
    act(book, "reply", Person(TAX), "已整改")

    assert book.steps() == [Step.OPENED, Step.ACKNOWLEDGED, Step.REPLIED]
    assert [t.alert.steps for t in book.history] == [1, 2, 3]
    assert len({t.stamp.id for t in book.history}) == 3


def test_an_alert_is_closed_only_after_its_reply(book: MemoryBook) -> None:
    with pytest.raises(WrongStep):
        act(book, "close", OFFICE, None)


def test_a_revoked_alert_keeps_its_reason_and_takes_no_more_steps(book: MemoryBook) -> None:
    alert = act(book, "revoke", OFFICE, "appeal upheld", "见复函")

    assert (alert.state, book.history[-1].reason) == (State.REVOKED, "appeal upheld")
    with pytest.raises(WrongStep):
        act(book, "reply", Person(TAX), "x")


def test_an_unknown_alert_is_said_to_be_unknown(book: MemoryBook) -> None:
    with pytest.raises(NoSuchAlert):
        answer_alert.acknowledge(book, DESK, "nowhere", OFFICE, None)
