"""Hypothesis strategies: verdicts and duties such as the indicators service might tell of."""

from datetime import date, timedelta
from fractions import Fraction

from hypothesis import strategies as st

from services.alerts.domain.news import Duty, Series, Verdict
from services.alerts.ports import AlertRepository
from services.alerts.usecases.context import AlertContext
from services.alerts.usecases.follow_duty import follow_duty
from services.alerts.usecases.follow_verdict import follow_verdict
from tests.support.alert_book import city_row, shanghai
from tests.support.registers import CUSTOMS, TAX, alert_rules, register, target

PERIODS = ("2021Q1", "2021Q2", "2021Q3")
STATUSES = (
    "unknown",
    "on_track",
    "at_risk",
    "behind",
    "met",
    "missed",
    "sustained",
    "regressed",
    "waived",
)
DUTY_STATES = ("not_due", "due_soon", "overdue", "late", "on_time", "zero_report", "exempt")

verdicts = st.builds(
    city_row,
    st.sampled_from(STATUSES),
    id=st.uuids().map(str),
    series=st.builds(
        Series, st.sampled_from(["T01", "T02"]), st.sampled_from([None, TAX]), st.just("610100")
    ),
    period=st.sampled_from(PERIODS),
    attainment_ratio=st.sampled_from([None, Fraction(1, 2), Fraction(9, 10), Fraction(1)]),
    near_threshold=st.booleans(),
    present=st.booleans() | st.just(True),  # noqa: FBT003 - hypothesis takes it so
    inputs_digest=st.sampled_from(["one", "other"]),
    ended=st.booleans(),
    evaluated_at=st.integers(0, 100).map(lambda n: shanghai(2021, 4, 1) + timedelta(seconds=n)),
)
duties = st.builds(
    Duty,
    st.sampled_from(["1.1/2021Q1", "1.1/2021Q2"]),
    st.sampled_from([TAX, CUSTOMS]),
    st.just("1.1"),
    st.just("2021Q1"),
    st.sampled_from(DUTY_STATES),
    st.sampled_from([date(2020, 12, 25), date(2021, 3, 25)]),
)
News = Verdict | Duty

REGISTERS = {
    wait: register(
        targets=[target("T01", alert_levels=("city", "org")), target("T02", verb="promote")],
        rules=alert_rules(wait_for_morning=wait),
    )
    for wait in (False, True)
}


def tell(book: AlertRepository, the_desk: AlertContext, news: News, event_id: str) -> None:
    if isinstance(news, Verdict):
        follow_verdict(book, the_desk, news, event_id)
    else:
        follow_duty(book, the_desk, news, event_id)
