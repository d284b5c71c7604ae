"""The same statements in any order, any batching, once or three times: the same verdicts.

Rows of one identity carry `stated_at` and never share a submission, as they must not in a request.
"""

from collections.abc import Sequence
from datetime import timedelta
from itertools import count
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.laws.indicators.random_statements import Said, batches, statements, the_little_register
from tests.support.indicators import Indicators
from tests.support.statements import NOON, case, case_statement, submitted


def told_in(said: Sequence[Said], random: Random, days_: Sequence[str]) -> Indicators:
    """Post statements over some days, in random batches, and let the last day pass."""
    service, names = Indicators(the_little_register(), days_[0]), count(1)
    for submission in batches(said, random, names):
        service.today = max(service.today, random.choice(days_))
        service.post(submission)
    service.pass_to(days_[-1])
    return service


def duties(service: Indicators) -> dict[object, object]:
    return {
        key: (row.status, row.received_on) for key, row in service.repository.duty_table.items()
    }


DAYS = ["2021-04-01", "2021-06-30", "2021-07-01", "2021-09-15", "2022-01-05"]


@given(said=statements(), random=st.randoms(use_true_random=False), times=st.integers(1, 3))
@settings(deadline=None)
def test_order_batching_and_repetition_change_no_verdict(
    said: list[Said], random: Random, times: int
) -> None:
    straight = told_in(said, Random(0), [DAYS[-1]])
    shuffled = list(said) * times
    random.shuffle(shuffled)
    other = told_in(shuffled, random, DAYS)
    assert other.timeless() == straight.timeless()
    assert duties(other) == duties(straight)


@given(said=statements(), random=st.randoms(use_true_random=False), last=st.integers(0, 4))
@settings(deadline=None)
def test_mended_step_by_step_equals_counted_from_scratch(
    said: list[Said], random: Random, last: int
) -> None:
    service = told_in(said, random, DAYS[: last + 1])
    fresh = Indicators(service.register, service.today)
    fresh.repository.case_table = dict(service.repository.case_table)
    fresh.repository.figure_table = dict(service.repository.figure_table)
    fresh.repository.report_table = dict(service.repository.report_table)
    fresh.pass_to(service.today)
    assert service.repository.rollup_table == fresh.repository.rollup_table
    assert service.timeless() == fresh.timeless()
    assert duties(service) == duties(fresh)


@given(said=statements(), random=st.randoms(use_true_random=False))
@settings(deadline=None)
def test_withdrawing_every_case_leaves_no_rollup(said: list[Said], random: Random) -> None:
    service = told_in(said, random, DAYS)
    latest = NOON + timedelta(days=1)
    for number, key in enumerate(list(service.repository.case_table)):
        withdrawn = case(outcome="withdrawn")
        gone = case_statement(key.case_no, withdrawn, indicator=key.indicator, stated=latest)
        service.post(submitted(f"w{number}", key.org, NOON, gone))
    assert service.repository.rollup_table == {}


@given(said=statements(), random=st.randoms(use_true_random=False))
@settings(deadline=None)
def test_one_series_has_one_present_row(said: list[Said], random: Random) -> None:
    service = told_in(said, random, DAYS)
    series = {series for series, _ in service.repository.verdict_table}
    present = [
        series for (series, _), kept in service.repository.verdict_table.items() if kept.present
    ]
    assert sorted(present, key=str) == sorted(series, key=str)
