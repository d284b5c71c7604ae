"""What domain.md section 7 allows an alert to do, in its own words and not in the code's.

Written from the text: which step leads from which state to which, who may take it, and whether an
act of a person has to be taken or refused as an alert stands.
"""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Final

from duibiao.workdays import SHANGHAI
from services.alerts.domain.alert import Alert, Transition
from tests.support.alert_book import WORKDAYS

ASKING: Final = ("firing", "acknowledged")
SENT: Final = ("firing", "acknowledged", "replied")
OPEN: Final = ("pending", *SENT)
STAYS: Final = {state: (state,) for state in OPEN}
ASKS_ANEW: Final = dict.fromkeys(OPEN, ("pending", "firing"))

STEPS: Final[Mapping[str, Mapping[str, Sequence[str]]]] = {
    "opened": {"": ("pending", "firing")},
    "fired": {"pending": ("firing",)},
    "escalated": ASKS_ANEW,
    "renewed": ASKS_ANEW,
    "acknowledged": dict.fromkeys(("firing", "acknowledged"), ("acknowledged",)),
    "replied": {"acknowledged": ("acknowledged", "replied")},
    "returned": {
        "firing": ("firing",),  # who replied in time need not sign the red card
        "acknowledged": ("acknowledged",),
        "replied": ("acknowledged",),
    },
    "extended": {state: STAYS[state] for state in ("firing", "acknowledged")},
    "assigned": {
        "pending": ("pending",),
        "firing": ("firing",),
        "acknowledged": ("acknowledged", "firing"),
        "replied": ("acknowledged", "firing"),
    },
    "appealed": {state: STAYS[state] for state in SENT},
    "appeal_rejected": {state: STAYS[state] for state in SENT},
    "recovered": STAYS,
    "relapsed": STAYS,
    "resolved": dict.fromkeys(OPEN, ("resolved",)),
    "closed": dict.fromkeys(OPEN, ("closed",)),
    "revoked": dict.fromkeys(OPEN, ("revoked",)),
    "reopened": {"closed": ("firing",)},
}
OF_UNITS: Final = ("acknowledged", "replied", "appealed")
OF_THE_OFFICE: Final = (
    *("returned", "extended", "assigned", "appeal_rejected"),
    *("closed", "reopened", "revoked"),
)


def check_life(life: Sequence[Transition]) -> None:
    """One alert's steps, oldest first: numbered, allowed, by who may, the colour never down."""
    assert [step.alert.steps for step in life] == list(range(1, len(life) + 1))
    assert life[0].was is None
    for step in life:
        _check_step(step)
    for before, after in pairwise(life):
        assert after.was == before.alert.state
        assert after.alert.colour.rank >= before.alert.colour.rank
        assert (after.alert.number != before.alert.number) == (after.step == "escalated")
        if after.step in OF_UNITS:
            assert after.stamp.actor in ("office", *before.alert.subject.leads)
        if after.step == "escalated" and after.alert.trigger.occasion == "reply":
            assert before.alert.recovered_at is None
            assert not before.alert.appealed
            assert before.alert.silent_leads


def _check_step(step: Transition) -> None:
    alert, local = step.alert, step.stamp.at.astimezone(SHANGHAI)
    assert alert.state in STEPS[step.step].get(step.was or "", ()), (
        step.step,
        step.was,
        alert.state,
    )
    assert (step.step in OF_THE_OFFICE) <= (step.stamp.actor == "office")
    assert (step.step not in (*OF_UNITS, *OF_THE_OFFICE)) <= (step.stamp.actor == "duibiao")
    assert (alert.state == "resolved") <= (alert.colour == "blue")
    assert (alert.state == "pending") <= (alert.colour != "red")
    if step.step == "fired":
        assert local.hour >= 9
        assert WORKDAYS.is_workday(local.date())
    if step.step == "recovered":
        assert alert.colour != "blue"
    if step.step == "closed":
        silent = alert.colour != "blue" and set(alert.subject.leads) - _replied(alert)
        lacking = [*(["recovery"] if alert.recovering is None else ()), *(["reply"] * bool(silent))]
        assert list(alert.lacking) == lacking
        assert not lacking or step.reason


def taken(what: str, who: str | None, alert: Alert, *, other_is_open: bool) -> bool:
    """Whether an act has to be taken (True) or refused; `who`: a unit, or None, the office."""
    leads, state = set(alert.subject.leads), alert.state.value
    acts_for = leads if who is None else {who} & leads
    silent = leads - _replied(alert)
    for_units = {
        "acknowledge": state in ASKING and bool(acts_for - set(alert.signed)),
        "reply": state in ASKING and bool(acts_for & silent),
        "appeal": state in SENT and bool(acts_for),
    }
    for_the_office = {
        "return": state in SENT and bool(alert.replies),
        "extend": state in SENT and alert.colour != "blue" and bool(silent),
        "assign": state in OPEN,
        "reject": state in OPEN and alert.appealed,
        "close": state in OPEN,
        "revoke": state in OPEN,
        "reopen": state == "closed" and not other_is_open,
    }
    return for_units.get(what, False) or (who is None and for_the_office.get(what, False))


def _replied(alert: Alert) -> set[str]:
    return {reply.org for reply in alert.replies}
