"""Whatever is tried on reviews in whatever order: only what a table allows is kept, and counted."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from itertools import count
from typing import Final

from hypothesis import example, given, settings
from hypothesis import strategies as st

from duibiao.register import parse
from services.indicators.domain.decisions import DecisionKind
from services.indicators.domain.reviews import Review, fold
from services.indicators.domain.rows import JsonObject
from services.indicators.usecases.decide import Decisions, WrongState
from tests.support.indicators import Indicators
from tests.support.registers import CUSTOMS, TAX, register
from tests.support.statements import at, reports

UNITS: Final = (CUSTOMS, TAX)
REGISTER: Final = register()
QUARTER: Final = parse("2021Q1")
AFTER: Final[Mapping[tuple[str, str], str]] = {
    ("not_submitted", "submit"): "submitted",
    ("returned", "submit"): "submitted",
    ("submitted", "return"): "returned",
    ("accepted", "return"): "returned",
    ("submitted", "accept"): "accepted",
}
"""Every step that is possible, and where it leads."""

BY_STEP: Final[Mapping[str, tuple[DecisionKind, JsonObject]]] = {
    "submit": ("review.submitted", {"person": "张三", "zero_reports": True}),
    "return": (
        "review.returned",
        {"reason": "x", "indicator": None, "region": None, "measure": None},
    ),
    "accept": ("review.accepted", {}),
}
steps = st.lists(
    st.one_of(
        st.tuples(st.sampled_from(UNITS), st.sampled_from(["submit", "return", "accept"])),
        st.tuples(st.just(""), st.sampled_from(["close", "reopen", "expire"])),
    ),
    max_size=16,
)


@given(steps=steps)
@settings(deadline=None, max_examples=100)
@example(steps=[(TAX, "submit"), (TAX, "accept"), ("", "close"), (TAX, "return"), ("", "reopen")])
def test_reviews_follow_the_table(steps: list[tuple[str, str]]) -> None:
    it, ids, day = Indicators(REGISTER), count(1), date(2021, 4, 8)
    it.pass_to(day.isoformat())
    model = dict.fromkeys(UNITS, "not_submitted")
    closing: str = "never"
    for org, step in steps:
        moment = at(day.isoformat())
        decides = Decisions(it.repository, "x", day, moment, lambda: f"{next(ids):09}", REGISTER)
        if step in BY_STEP:
            allowed = (model[org], step) in AFTER and closing != "closed"
            assert _takes(decides, org, step) == allowed
            if allowed:
                model[org] = AFTER[model[org], step]
        elif step == "close" and closing != "closed":
            said = decides.close(QUARTER, "").said
            left = [one for one in UNITS if model[one] != "accepted"]
            assert (said["accepted"], said["unaccepted"]) == (2 - len(left), left)
            closing = "closed"
        elif step == "reopen" and closing == "closed":
            decides.reopen("2021Q1", day, "x")
            closing = "reopened"
        elif step == "expire" and closing == "reopened":
            day += timedelta(days=1)
            it.pass_to(day.isoformat())
            (again,) = replace(decides, day=day).close_expired()
            assert again.said["accepted"] == sum(one == "accepted" for one in model.values())
            closing = "closed"
        known = fold(Review, it.repository.decisions("review"), *(f"{one}/2021Q1" for one in UNITS))
        assert {one.org: one.state for one in known.values()} == model


def _takes(decides: Decisions, org: str, step: str) -> bool:
    kind, said = BY_STEP[step]
    try:
        made = decides.review(org, QUARTER, kind, said)
    except WrongState:
        return False
    assert (made.subject, made.kind) == (f"{org}/2021Q1", kind)
    return True


def test_zero_reports_of_the_period_must_be_signed() -> None:
    for zero, signed, period, taken in (
        (True, False, "2021Q1", False),
        (True, True, "2021Q1", True),
        (False, False, "2021Q1", True),
        (True, False, "2020Q4", True),
    ):
        it = Indicators(REGISTER)
        it.pass_to("2021-04-08")
        it.post(reports("s1", "1.1", period=period, zero=zero))
        moment = at("2021-04-08")
        decides = Decisions(it.repository, "x", moment.date(), moment, lambda: "1", REGISTER)
        said: JsonObject = {"person": "张三", "zero_reports": signed}
        try:
            decides.review(TAX, QUARTER, "review.submitted", said)
            state = "submitted"
        except WrongState as error:
            state = error.state
        assert state == ("submitted" if taken else "unsigned")
