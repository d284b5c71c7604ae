"""An alert's life: which step leads where, and which is refused."""

from dataclasses import replace
from datetime import date

import pytest

from services.alerts.domain import life
from services.alerts.domain.alert import (
    Alert,
    Colour,
    Finding,
    Identity,
    Stamp,
    State,
    Step,
    Subject,
    Transition,
)
from tests.support.alert_book import FIRST_DAY

SUBJECT = Subject(Identity("T01", None, None, "610100"), "1.1", ("tax-bureau",), ())
FINDING = Finding(Colour.YELLOW, "yellow-breach", "verdict", "2021Q1", "v1", "v1")
STAMP = Stamp("s", FIRST_DAY, "office")
DUE = date(2021, 1, 11)
RED = replace(FINDING, colour=Colour.RED, cause="v2", verdict_id="v2")


def an_alert(*, waits: bool = False) -> Alert:
    return life.opened(
        "a", SUBJECT, FINDING, number="黄-2021-0001", reply_due=DUE, waits=waits, stamp=STAMP
    ).alert


def in_state(state: State) -> Alert:
    return replace(an_alert(), state=state)


def test_an_alert_fires_at_once() -> None:
    alert = an_alert()

    assert (alert.state, alert.reply_due, alert.fired_at) == (State.FIRING, DUE, FIRST_DAY)
    assert (alert.number, alert.steps, alert.identity.key) == ("黄-2021-0001", 1, "T01//610100")


def test_an_alert_that_waits_has_no_reply_date_until_it_is_sent() -> None:
    waiting = an_alert(waits=True)
    sent = life.fired(waiting, DUE, STAMP).alert

    assert (waiting.state, waiting.reply_due, waiting.fired_at) == (State.PENDING, None, None)
    assert (sent.state, sent.reply_due, sent.fired_at) == (State.FIRING, DUE, FIRST_DAY)


def test_the_ordinary_way_through() -> None:
    signed = life.acknowledged(an_alert(), STAMP, None)
    answered = life.replied(signed.alert, STAMP, "整改完成")
    checked = life.closed(answered.alert, STAMP, "属实")

    assert [t.alert.state for t in (signed, answered, checked)] == [
        State.ACKNOWLEDGED,
        State.REPLIED,
        State.CLOSED,
    ]
    assert [t.alert.steps for t in (signed, answered, checked)] == [2, 3, 4]
    assert answered.comment == "整改完成"
    assert checked.was is State.REPLIED
    assert not checked.alert.open


STEPS = {
    Step.FIRED: lambda a: life.fired(a, DUE, STAMP),
    Step.ACKNOWLEDGED: lambda a: life.acknowledged(a, STAMP, None),
    Step.REPLIED: lambda a: life.replied(a, STAMP, "x"),
    Step.APPEALED: lambda a: life.appealed(a, STAMP, "x"),
    Step.CLOSED: lambda a: life.closed(a, STAMP, None),
    Step.REVOKED: lambda a: life.revoked(a, STAMP, "keying error", None),
    Step.RENEWED: lambda a: life.renewed(a, FINDING, STAMP),
    Step.RESOLVED: lambda a: life.resolved(replace(a, recovering="v9"), STAMP),
    Step.ESCALATED: lambda a: life.escalated(
        a, RED, number="红-2021-0001", reply_due=DUE, waits=False, stamp=STAMP
    ),
}
OPEN = {State.PENDING, State.FIRING, State.ACKNOWLEDGED, State.REPLIED}
ALLOWED = {
    Step.FIRED: {State.PENDING},
    Step.ACKNOWLEDGED: {State.FIRING},
    Step.REPLIED: {State.ACKNOWLEDGED},
    Step.APPEALED: {State.FIRING, State.ACKNOWLEDGED, State.REPLIED},
    Step.CLOSED: {State.REPLIED},
    Step.REVOKED: OPEN,
    Step.RENEWED: OPEN,
    Step.RESOLVED: OPEN,
    Step.ESCALATED: OPEN,
}


@pytest.mark.parametrize("step", ALLOWED)
@pytest.mark.parametrize("state", State)
def test_every_step_from_every_state(step: Step, state: State) -> None:
    if state in ALLOWED[step]:
        made = STEPS[step](in_state(state))
        assert (made.step, made.was, made.alert.steps) == (step, state, 2)
    else:
        with pytest.raises(life.WrongStep) as refused:
            STEPS[step](in_state(state))
        assert (refused.value.step, refused.value.state) == (step, state)


def test_escalation_keeps_the_alert_and_asks_anew() -> None:
    answered = replace(an_alert(), state=State.REPLIED, appealed=True, recovering="v9")

    after = life.escalated(
        answered,
        RED,
        number="红-2021-0001",
        reply_due=date(2021, 1, 7),
        waits=False,
        stamp=STAMP,
    ).alert

    assert after.id == answered.id
    assert (after.number, after.colour, after.state) == ("红-2021-0001", Colour.RED, State.FIRING)
    assert (after.reply_due, after.appealed, after.recovering) == (date(2021, 1, 7), False, None)
    assert after.opened_at == answered.opened_at


@pytest.mark.parametrize("colour", [Colour.BLUE, Colour.YELLOW])
def test_a_colour_never_goes_down(colour: Colour) -> None:
    with pytest.raises(life.WrongStep):
        life.escalated(
            an_alert(),
            replace(FINDING, colour=colour),
            number="x",
            reply_due=None,
            waits=False,
            stamp=STAMP,
        )


def test_an_appeal_leaves_the_state_and_counts_as_an_answer() -> None:
    appealed = life.appealed(an_alert(), STAMP, "数据有误").alert

    assert appealed.state is State.FIRING
    assert appealed.answered
    assert not an_alert().answered


def test_nothing_resolves_without_a_good_evaluation() -> None:
    with pytest.raises(life.WrongStep):
        life.resolved(an_alert(), STAMP)


def test_the_same_cause_is_barred_once_its_alert_is_over() -> None:
    over = replace(an_alert(), state=State.REVOKED)

    assert life.barred(over, FINDING)
    assert not life.barred(None, FINDING)
    assert not life.barred(over, replace(FINDING, cause="v2"))
    assert not life.barred(over, replace(FINDING, colour=Colour.RED))


def silent(transition: Transition) -> bool:
    return life.keeps_silent(transition)


def test_receivers_hear_of_what_was_sent_and_of_its_end() -> None:
    alert = an_alert()
    replied = in_state(State.REPLIED)

    assert not silent(
        life.opened("a", SUBJECT, FINDING, number="n", reply_due=DUE, waits=False, stamp=STAMP)
    )
    assert not silent(STEPS[Step.ESCALATED](alert))
    assert not silent(STEPS[Step.RENEWED](alert))
    assert not silent(STEPS[Step.RESOLVED](alert))
    assert not silent(STEPS[Step.REVOKED](alert))
    assert not silent(STEPS[Step.CLOSED](replied))
    assert silent(STEPS[Step.ACKNOWLEDGED](alert))
    assert silent(STEPS[Step.APPEALED](alert))


def test_receivers_never_hear_of_an_alert_that_was_not_sent() -> None:
    waiting = an_alert(waits=True)

    assert silent(STEPS[Step.REVOKED](waiting))
    assert silent(STEPS[Step.RESOLVED](waiting))
    assert silent(STEPS[Step.RENEWED](waiting))
    assert not silent(STEPS[Step.FIRED](waiting))
