"""An alert's life: which step leads where, and which is refused."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date

import pytest

from services.alerts.domain import answers, life
from services.alerts.domain.alert import (
    Alert,
    Colour,
    Identity,
    Named,
    Reply,
    Stamp,
    State,
    Step,
    Subject,
    Transition,
    Trigger,
)
from services.alerts.domain.life import Asking
from tests.support.alert_book import FIRST_DAY

LEADS = ("tax-bureau", "customs")
SUBJECT = Subject(Identity("T01", None, None, "610100"), "1.1", LEADS, ("finance-bureau",))
FINDING = Trigger(Colour.YELLOW, "yellow-breach", "verdict", "2021Q1", "v1", "v1", figure="6.1")
STAMP = Stamp("s", FIRST_DAY, "office")
DUE, LATER = date(2021, 1, 11), date(2021, 1, 18)
RED = replace(FINDING, colour=Colour.RED, cause="v2", verdict_id="v2", period="2021Q2")
OUT, WAITS = Asking(waits=False, reply_due=DUE), Asking(waits=True, reply_due=DUE)
REPLIES = tuple(Reply(org, FIRST_DAY, "已整改", "人手", "增员", LATER) for org in LEADS)


def opened(*triggers: Trigger, asking: Asking = OUT) -> Transition:
    found = triggers or (FINDING,)
    return life.opened("a", SUBJECT, found, asking, number="黄-2021-0001", stamp=STAMP)


def an_alert(*, waits: bool = False) -> Alert:
    return opened(asking=WAITS if waits else OUT).alert


def in_state(state: State) -> Alert:
    """Return an alert in a state, with the signatures and replies that led there."""
    signed = LEADS if state is State.REPLIED else LEADS[:1]
    return replace(
        an_alert(),
        state=state,
        signed=signed if state in (State.ACKNOWLEDGED, State.REPLIED) else (),
        replies=REPLIES if state is State.REPLIED else (),
    )


def test_an_alert_fires_at_once() -> None:
    alert = an_alert()

    assert (alert.state, alert.reply_due, alert.fired_at) == (State.FIRING, DUE, FIRST_DAY)
    assert (alert.number, alert.steps, alert.identity.key) == ("黄-2021-0001", 1, "T01//610100")
    assert alert.named == (Named("2021Q1", Colour.YELLOW, "verdict", figure="6.1"),)


def test_an_alert_is_about_all_that_was_found_and_stands_for_the_worst() -> None:
    alert = opened(RED, FINDING).alert

    assert [named.period for named in alert.named] == ["2021Q1", "2021Q2"]
    assert (alert.trigger, alert.colour) == (RED, Colour.RED)


def test_an_alert_that_waits_has_no_reply_date_until_it_is_sent() -> None:
    waiting = an_alert(waits=True)
    sent = life.fired(waiting, DUE, STAMP).alert

    assert (waiting.state, waiting.reply_due, waiting.fired_at) == (State.PENDING, None, None)
    assert (sent.state, sent.reply_due, sent.fired_at) == (State.FIRING, DUE, FIRST_DAY)


def test_the_ordinary_way_through() -> None:
    signed = answers.acknowledged(an_alert(), LEADS[:1], STAMP, None)
    half = answers.replied(signed.alert, REPLIES[:1], STAMP)
    whole = answers.replied(half.alert, REPLIES[1:], STAMP)
    checked = life.closed(replace(whole.alert, recovering="e"), STAMP, "属实", None)

    assert [t.alert.state for t in (signed, half, whole, checked)] == [
        State.ACKNOWLEDGED,
        State.ACKNOWLEDGED,
        State.REPLIED,
        State.CLOSED,
    ]
    assert [t.alert.steps for t in (signed, half, whole, checked)] == [2, 3, 4, 5]
    assert (half.comment, half.reply) == ("已整改", REPLIES[0])
    assert half.alert.silent_leads == ("customs",)
    assert (checked.was, checked.alert.lacking) == (State.REPLIED, ())
    assert not checked.alert.open


STEPS: dict[Step, Callable[[Alert], Transition]] = {
    Step.FIRED: lambda a: life.fired(a, DUE, STAMP),
    Step.ACKNOWLEDGED: lambda a: answers.acknowledged(a, ["customs"], STAMP, None),
    Step.REPLIED: lambda a: answers.replied(a, REPLIES[1:], STAMP),
    Step.RETURNED: lambda a: answers.returned(a, "customs", LATER, STAMP, "不实"),
    Step.EXTENDED: lambda a: answers.extended(a, LATER, STAMP, "汛期"),
    Step.ASSIGNED: lambda a: answers.assigned(a, "customs", "office", LATER, STAMP, "职责调整"),
    Step.APPEALED: lambda a: answers.appealed(a, STAMP, "x"),
    Step.APPEAL_REJECTED: lambda a: answers.appeal_rejected(
        replace(a, appealed=True), LATER, STAMP, "属实"
    ),
    Step.CLOSED: lambda a: life.closed(a, STAMP, None, "已核实"),
    Step.REOPENED: lambda a: life.reopened(a, LATER, STAMP, "未整改"),
    Step.REVOKED: lambda a: life.revoked(a, STAMP, "keying error"),
    Step.RENEWED: lambda a: life.renewed(a, [FINDING], OUT, STAMP),
    Step.RECOVERED: lambda a: life.recovered(replace(a, recovering="v9"), STAMP),
    Step.RESOLVED: lambda a: life.recovered(replace(a, recovering="v9", colour=Colour.BLUE), STAMP),
    Step.RELAPSED: lambda a: life.relapsed(replace(a, recovered_at=FIRST_DAY), STAMP),
    Step.ESCALATED: lambda a: life.escalated(a, [RED], OUT, number="红-2021-0001", stamp=STAMP),
}
OPEN = {State.PENDING, State.FIRING, State.ACKNOWLEDGED, State.REPLIED}
ALLOWED = {
    Step.FIRED: {State.PENDING},
    Step.ACKNOWLEDGED: {State.FIRING, State.ACKNOWLEDGED},
    Step.REPLIED: {State.FIRING, State.ACKNOWLEDGED},
    Step.RETURNED: {State.REPLIED},
    Step.EXTENDED: {State.FIRING, State.ACKNOWLEDGED},
    Step.ASSIGNED: OPEN,
    Step.APPEALED: {State.FIRING, State.ACKNOWLEDGED, State.REPLIED},
    Step.APPEAL_REJECTED: OPEN,
    Step.CLOSED: OPEN,
    Step.REOPENED: {State.CLOSED},
    Step.REVOKED: OPEN,
    Step.RENEWED: OPEN,
    Step.RECOVERED: OPEN,
    Step.RESOLVED: OPEN,
    Step.RELAPSED: OPEN,
    Step.ESCALATED: OPEN,
}


def test_every_step_but_the_first_is_looked_at() -> None:
    assert set(ALLOWED) == set(STEPS) == set(Step) - {Step.OPENED}


@pytest.mark.parametrize("step", ALLOWED)
@pytest.mark.parametrize("state", State)
def test_every_step_from_every_state(step: Step, state: State) -> None:
    if state in ALLOWED[step]:
        made = STEPS[step](in_state(state))
        assert (made.step, made.was, made.alert.steps) == (step, state, 2)
    else:
        with pytest.raises(life.WrongStep) as refused:
            STEPS[step](in_state(state))
        told = Step.RECOVERED if step is Step.RESOLVED else step
        assert (refused.value.step, refused.value.state) == (told, state)


def test_escalation_keeps_the_alert_and_asks_anew() -> None:
    answered = replace(in_state(State.REPLIED), appealed=True, recovering="v9")
    after = STEPS[Step.ESCALATED](answered).alert

    assert after.id == answered.id
    assert (after.number, after.colour, after.state) == ("红-2021-0001", Colour.RED, State.FIRING)
    assert (after.reply_due, after.appealed, after.signed, after.replies) == (DUE, False, (), ())
    assert [named.period for named in after.named] == ["2021Q1", "2021Q2"]
    assert after.opened_at == answered.opened_at


def test_who_has_replied_need_not_again_where_the_colour_rises_for_other_replies() -> None:
    half = replace(in_state(State.ACKNOWLEDGED), replies=REPLIES[:1])
    unanswered = replace(RED, occasion="reply", period="2021Q1")
    after = life.escalated(half, [unanswered], OUT, number="红-2021-0001", stamp=STAMP).alert

    assert (after.replies, after.named) == (REPLIES[:1], half.named)


@pytest.mark.parametrize("colour", [Colour.BLUE, Colour.YELLOW])
def test_a_colour_never_goes_down(colour: Colour) -> None:
    with pytest.raises(life.WrongStep):
        life.escalated(an_alert(), [replace(FINDING, colour=colour)], OUT, number="x", stamp=STAMP)


def test_an_added_period_asks_anew_by_a_new_date() -> None:
    answered = replace(in_state(State.REPLIED), recovering="e")
    trigger = replace(FINDING, period="2020Q4", late=True)
    after = life.renewed(answered, [trigger], replace(OUT, reply_due=LATER), STAMP).alert

    assert (after.state, after.reply_due, after.replies) == (State.FIRING, LATER, ())
    assert [(named.period, named.late) for named in after.named] == [
        ("2020Q4", True),
        ("2021Q1", False),
    ]
    assert after.number == answered.number


def test_nothing_recovers_without_a_good_evaluation() -> None:
    with pytest.raises(life.WrongStep):
        life.recovered(an_alert(), STAMP)


@pytest.mark.parametrize("colour", list(Colour))
def test_only_a_blue_alert_ends_by_itself(colour: Colour) -> None:
    alert = replace(an_alert(), colour=colour, recovering="v9")
    made = life.recovered(alert, STAMP)

    assert made.cause == "v9"
    assert made.alert.open is (colour is not Colour.BLUE)
    assert made.alert.recovered_at == FIRST_DAY


CLOSINGS: list[tuple[str | None, tuple[Reply, ...], tuple[str, ...]]] = [
    ("e", REPLIES, ()),
    (None, REPLIES, ("recovery",)),
    ("e", REPLIES[:1], ("reply",)),
    (None, (), ("recovery", "reply")),
]


@pytest.mark.parametrize(("recovering", "replies", "lacking"), CLOSINGS)
def test_what_a_closed_alert_lacks_takes_a_reason_and_is_shown(
    recovering: str | None, replies: tuple[Reply, ...], lacking: tuple[str, ...]
) -> None:
    alert = replace(an_alert(), recovering=recovering, replies=replies)
    if lacking:
        with pytest.raises(life.NeedsReason):
            life.closed(alert, STAMP, "属实", None)
    made = life.closed(alert, STAMP, "属实", "单位已撤并" if lacking else None)

    assert (made.alert.state, made.alert.lacking) == (State.CLOSED, lacking)


def test_a_blue_alert_lacks_no_reply() -> None:
    blue = replace(an_alert(), colour=Colour.BLUE, recovering="e", reply_due=None)

    assert life.closed(blue, STAMP, "属实", None).alert.lacking == ()


def test_a_return_takes_one_reply_or_all() -> None:
    answered = in_state(State.REPLIED)
    one = answers.returned(answered, "customs", LATER, STAMP, "不实").alert
    both = answers.returned(answered, None, LATER, STAMP, "不实").alert

    assert (one.silent_leads, one.state, one.reply_due) == (("customs",), State.ACKNOWLEDGED, LATER)
    assert both.silent_leads == LEADS


def test_a_new_lead_signs_and_replies_for_itself() -> None:
    after = STEPS[Step.ASSIGNED](in_state(State.REPLIED)).alert

    assert after.subject.leads == ("tax-bureau", "office")
    assert (after.signed, after.silent_leads) == (("tax-bureau",), ("office",))
    assert (after.state, after.reply_due) == (State.ACKNOWLEDGED, LATER)


@pytest.mark.parametrize(("old", "new"), [("finance-bureau", "office"), ("customs", "tax-bureau")])
def test_an_alert_is_handed_over_by_a_lead_to_who_is_none(old: str, new: str) -> None:
    with pytest.raises(life.WrongStep):
        answers.assigned(an_alert(), old, new, LATER, STAMP, "x")


def test_a_rejected_appeal_counts_the_reply_date_anew_unless_all_have_replied() -> None:
    owing, answered = (
        STEPS[Step.APPEAL_REJECTED](in_state(state)).alert
        for state in (State.FIRING, State.REPLIED)
    )

    assert (owing.appealed, owing.reply_due, answered.reply_due) == (False, LATER, DUE)


def test_a_reopened_alert_asks_anew() -> None:
    over = STEPS[Step.CLOSED](replace(in_state(State.REPLIED), recovered_at=FIRST_DAY)).alert
    after = STEPS[Step.REOPENED](over).alert

    assert (after.state, after.reply_due, after.replies) == (State.FIRING, LATER, ())
    assert (after.recovering, after.recovered_at, after.lacking) == (None, None, ())


def silent(transition: Transition) -> bool:
    return life.keeps_silent(transition)


OWN_ACTS = (Step.ACKNOWLEDGED, Step.REPLIED, Step.APPEALED)


@pytest.mark.parametrize("step", sorted(set(STEPS) - {Step.FIRED}))
def test_receivers_hear_of_all_but_the_units_own_acts(step: Step) -> None:
    state = next(s for s in State if s in ALLOWED[step] and s is not State.PENDING)

    assert not silent(opened())
    assert silent(STEPS[step](in_state(state))) is (step in OWN_ACTS)


@pytest.mark.parametrize("step", [step for step in STEPS if State.PENDING in ALLOWED[step]])
def test_receivers_never_hear_of_an_alert_that_was_not_sent(step: Step) -> None:
    sends = step in (Step.FIRED, Step.ESCALATED, Step.RENEWED)

    assert silent(opened(asking=WAITS))
    assert silent(STEPS[step](an_alert(waits=True))) is not sends
