"""What people do with an alert, and who may."""

from datetime import date

import pytest

from services.alerts.domain.alert import Alert, State, Step
from services.alerts.domain.life import NeedsReason, WrongStep
from services.alerts.usecases.answer_alert import (
    AlertActions,
    Answer,
    NoSuchAlert,
    NotALead,
    NotTheirs,
    Person,
    TooEarly,
)
from services.alerts.usecases.follow_verdict import follow_verdict
from tests.support.alert_book import ANSWER, FIRST_DAY, MemoryBook, city_row, desk
from tests.support.clock import ManualClock
from tests.support.registers import CUSTOMS, FINANCE, TAX

OFFICE = Person(None)
DESK = desk(ManualClock(FIRST_DAY))
Words = str | date | Answer | None

# What each verb is told besides the alert and who acts.
SAID: dict[str, tuple[Words, ...]] = {
    "acknowledge": (None,),
    "reply": (ANSWER,),
    "appeal": ("数据有误",),
    "reject_appeal": ("数据属实",),
    "return_reply": ("不实", None, None),
    "extend": ("汛期", date(2021, 2, 1)),
    "assign": ("职责调整", FINANCE, TAX),
    "close": ("属实", "已约谈"),
    "revoke": ("误填",),
    "reopen": ("未整改",),
}


@pytest.fixture
def book() -> MemoryBook:
    book = MemoryBook()
    follow_verdict(book, DESK, city_row("missed"), "event")
    return book


def act(book: MemoryBook, verb: str, who: Person, *words: Words) -> Alert:
    action = getattr(AlertActions(book, DESK, book.the_alert().id, who), verb)
    return action(*(words or SAID[verb]))  # type: ignore[no-any-return]


@pytest.mark.parametrize("who", [Person(TAX), Person(CUSTOMS), OFFICE])
def test_each_lead_and_the_office_may_sign_reply_and_appeal(book: MemoryBook, who: Person) -> None:
    assert act(book, "acknowledge", who).state is State.ACKNOWLEDGED
    assert act(book, "appeal", who).appealed
    act(book, "reply", who)
    assert [t.stamp.actor for t in book.history[1:]] == [who.org or "office"] * 3
    assert [t.comment for t in book.history[1:]] == [None, "数据有误", "已整改"]


@pytest.mark.parametrize("verb", SAID)
def test_other_units_may_do_nothing(book: MemoryBook, verb: str) -> None:
    with pytest.raises(NotTheirs):
        act(book, verb, Person(FINANCE))
    assert book.steps() == [Step.OPENED]


@pytest.mark.parametrize(
    "verb", [verb for verb in SAID if verb not in ("acknowledge", "reply", "appeal")]
)
def test_what_only_the_office_decides(book: MemoryBook, verb: str) -> None:
    with pytest.raises(NotTheirs):
        act(book, verb, Person(TAX))
    assert book.steps() == [Step.OPENED]


def test_joint_leads_reply_each_for_itself(book: MemoryBook) -> None:
    first = act(book, "reply", Person(TAX))
    assert (first.state, first.silent_leads) == (State.ACKNOWLEDGED, (CUSTOMS,))
    with pytest.raises(WrongStep):
        act(book, "reply", Person(TAX))
    second = act(book, "reply", Person(CUSTOMS))

    assert (second.state, [reply.org for reply in second.replies]) == (
        State.REPLIED,
        [TAX, CUSTOMS],
    )
    assert book.steps() == [Step.OPENED, *[Step.ACKNOWLEDGED, Step.REPLIED] * 2]
    assert len({t.stamp.id for t in book.history}) == 5


def test_joint_leads_sign_each_for_itself_and_once(book: MemoryBook) -> None:
    act(book, "acknowledge", Person(TAX))
    assert act(book, "acknowledge", Person(CUSTOMS)).signed == (TAX, CUSTOMS)
    with pytest.raises(WrongStep):
        act(book, "acknowledge", Person(TAX))


def test_the_office_enters_what_came_on_paper_for_those_that_have_not_replied(
    book: MemoryBook,
) -> None:
    act(book, "reply", Person(TAX))
    after = act(book, "reply", OFFICE)

    assert (after.state, [reply.org for reply in after.replies]) == (State.REPLIED, [TAX, CUSTOMS])


def test_a_returned_reply_is_owed_again(book: MemoryBook) -> None:
    act(book, "reply", OFFICE)
    after = act(book, "return_reply", OFFICE, "措施不实", TAX, date(2021, 3, 1))
    assert (after.silent_leads, after.reply_due) == ((TAX,), date(2021, 3, 1))
    assert (book.history[-1].step, book.history[-1].reason) == (Step.RETURNED, "措施不实")

    assert act(book, "reply", Person(TAX)).state is State.REPLIED


@pytest.mark.parametrize(
    ("verb", "words", "error"),
    [
        ("return_reply", ("x", FINANCE, None), NotALead),
        ("return_reply", ("x", None, date(2021, 1, 3)), TooEarly),
        ("return_reply", ("x", CUSTOMS, None), WrongStep),  # has not replied
        ("extend", ("x", date(2021, 1, 10)), TooEarly),  # the reply date is the 11th
        ("assign", ("x", FINANCE, FINANCE), NotALead),
        ("assign", ("x", FINANCE, None), NotALead),  # two leads: whose place?
        ("assign", ("x", CUSTOMS, TAX), WrongStep),  # it is a lead already
        ("reject_appeal", ("x",), WrongStep),
        ("reopen", ("x",), WrongStep),
        ("close", ("属实", None), NeedsReason),
    ],
)
def test_what_makes_no_sense_is_refused(
    book: MemoryBook, verb: str, words: tuple[Words, ...], error: type[Exception]
) -> None:
    act(book, "reply", Person(TAX))
    before = book.the_alert()
    with pytest.raises(error):
        act(book, verb, OFFICE, *words)
    assert book.the_alert() == before


def test_an_alert_is_handed_over(book: MemoryBook) -> None:
    after = act(book, "assign", OFFICE)
    assert after.subject.leads == (FINANCE, CUSTOMS)
    with pytest.raises(NotTheirs):
        act(book, "reply", Person(TAX))

    assert act(book, "reply", Person(FINANCE)).replies[0].org == FINANCE


def test_a_revoked_alert_keeps_its_reason_and_takes_no_more_steps(book: MemoryBook) -> None:
    alert = act(book, "revoke", OFFICE, "appeal upheld")

    assert (alert.state, book.history[-1].reason) == (State.REVOKED, "appeal upheld")
    for verb in SAID:
        with pytest.raises(WrongStep):
            act(book, verb, OFFICE)


@pytest.mark.parametrize("verb", ["close", "revoke"])
def test_what_the_office_has_handled_does_not_come_back(book: MemoryBook, verb: str) -> None:
    act(book, verb, OFFICE)
    follow_verdict(book, DESK, city_row("missed", id="v2"), "again")

    assert len(book.alerts) == 1


def test_a_closed_alert_is_opened_again_unless_another_is(book: MemoryBook) -> None:
    act(book, "close", OFFICE)
    assert act(book, "reopen", OFFICE).state is State.FIRING
    alert = act(book, "close", OFFICE)
    follow_verdict(book, DESK, city_row("missed", period="2021Q2"), "another period")
    assert len(book.open_alerts()) == 1
    with pytest.raises(WrongStep):
        AlertActions(book, DESK, alert.id, OFFICE).reopen("x")


def test_an_unknown_alert_is_said_to_be_unknown(book: MemoryBook) -> None:
    with pytest.raises(NoSuchAlert):
        AlertActions(book, DESK, "nowhere", OFFICE).acknowledge(None)


@pytest.mark.parametrize("end", ["close", "revoke"])
def test_what_was_good_when_its_alert_ended_and_turns_bad_is_another_matter(
    book: MemoryBook, end: str
) -> None:
    follow_verdict(book, DESK, city_row("met", id="v2"), "good")
    act(book, end, OFFICE)
    follow_verdict(book, DESK, city_row("missed", id="v3"), "bad again")

    assert [alert.open for alert in book.alerts.values()] == [False, True]
