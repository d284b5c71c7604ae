"""What a verdict says of the clocks of its cases: sums, doubts, what waits for approval."""

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

import pytest

from duibiao.register import ClockRules
from services.indicators.domain.rows import VerdictRow
from tests.support.indicators import Indicators, told
from tests.support.proofs import check_proof
from tests.support.registers import CITY, CUSTOMS, TAX, indicator, register, target
from tests.support.statements import case, cases, figure, observations

CLOCK = ("gross_days", "paused_days", "extended_days", "net_days", "clock_doubt")
LONG = ("2021-03-01", "2021-03-19")  # 14 days
HEARING = ("2021-03-08", "2021-03-12")  # 4 of them
MONTH = ("2021-03-01", "2021-03-31")  # 22 days


def service(rules: ClockRules, statistic: str = "each", threshold: int = 20) -> Indicators:
    kind = indicator(statistic=statistic, clock=rules)  # type: ignore[arg-type]
    return Indicators(
        register(indicators=[kind], targets=[target("T01", kind, threshold=threshold)])
    )


def row(it: Indicators, org: str | None = None) -> VerdictRow:
    check_proof(it.proof("T01", "2021Q1", org))
    return it.row("T01", "2021Q1", org)


def test_days_are_summed_over_the_cases_of_the_row() -> None:
    it = service(ClockRules(max_extension=10))
    it.post(
        cases("s1", ("1", case(*LONG, pauses=(HEARING,))), ("2", case(*MONTH, extension=5))),
        cases("s2", ("3", case(*LONG)), org=CUSTOMS),
        observations("s3", ("610103", "2021Q1", figure(3, 10)), org=CUSTOMS),
    )
    assert told(row(it), *CLOCK[:4]) == (14 + 22 + 14, 4, 5, 10 + 22 + 14)
    assert told(row(it, TAX), *CLOCK[:4]) == (36, 4, 5, 32)
    assert told(row(it, CUSTOMS), *CLOCK) == (14, 0, 0, 14, False)


def test_a_figure_that_rests_on_reports_has_no_clock() -> None:
    it = service(ClockRules())
    it.post(observations("s1", (CITY, "2021Q1", figure(3, 10))))
    assert told(row(it), *CLOCK) == (None, None, None, None, False)


@pytest.mark.parametrize(
    ("rules", "doubt"),
    [
        (ClockRules(max_extension=10), True),  # 5 of 14 days, 36 %
        (ClockRules(max_extension=10, pause_share_alarm=Decimal(36)), False),
        (ClockRules(max_extension=10, pause_share_alarm=Decimal("35.7")), True),
    ],
)
def test_one_unit_that_pauses_much_is_doubted_in_its_row_and_the_citys(
    rules: ClockRules, *, doubt: bool
) -> None:
    it = service(rules)
    many = [(f"c{n}", case(*LONG)) for n in range(20)]
    paused = case(*LONG, pauses=(("2021-03-08", "2021-03-15"),))
    it.post(cases("s1", ("1", paused)), cases("s2", *many, org=CUSTOMS))
    assert (row(it, TAX).clock_doubt, row(it).clock_doubt) == (doubt, doubt)
    assert not row(it, CUSTOMS).clock_doubt
    assert row(it).status == "met"
    notes = [note["en"] for note in it.proof("T01", "2021Q1")["notes"]]
    expected = ["tax-bureau: ≈35.7143% of the days paused, 0% of the cases extended; above "]
    assert [note[: len(expected[0])] for note in notes] == (expected if doubt else [])


def test_many_extensions_are_doubted() -> None:
    it = service(ClockRules(max_extension=10))
    plain = [(f"c{n}", case(*LONG)) for n in range(2)]
    it.post(cases("s1", ("1", case(*LONG, extension=1)), *plain))
    assert row(it).clock_doubt  # a third of the cases
    it.post(cases("s2", ("c3", case(*LONG))))
    assert not row(it).clock_doubt


APPROVED = ClockRules(max_extension=10, approve_extensions=True, approve_pauses_over=3)


def test_what_waits_for_approval_does_not_count_and_is_said() -> None:
    it = service(APPROVED)
    it.post(cases("s1", ("1", case(*MONTH, extension=2)), ("2", case(*MONTH, pauses=(HEARING,)))))
    kept = it.verdict("T01", "2021Q1")
    assert told(row(it), "status", "pending_approvals", "within_limit", "net_days") == (
        "missed",
        2,
        0,
        44,
    )
    assert kept.granting_attains  # 22 <= 20 + 2, and 22 - 4 <= 20
    assert it.proof("T01", "2021Q1")["clock"]["granting_attains"]
    free = service(replace(APPROVED, approve_extensions=False, approve_pauses_over=None))
    free.post(cases("s1", ("1", case(*MONTH, extension=2)), ("2", case(*MONTH, pauses=(HEARING,)))))
    assert told(row(free), "status", "pending_approvals", "within_limit") == ("met", 0, 2)


def test_where_granting_all_would_not_suffice_it_is_not_said() -> None:
    it = service(APPROVED)
    it.post(cases("s1", ("1", case(*MONTH, extension=1)), ("2", case(*MONTH))))
    assert row(it).pending_approvals == 1
    assert not it.verdict("T01", "2021Q1").granting_attains


def test_an_average_counts_no_pause_that_waits() -> None:
    it = service(APPROVED, "mean", 18)
    it.post(cases("s1", ("1", case(*MONTH, pauses=(HEARING,)))))
    assert told(row(it), "status", "value", "pending_approvals") == ("missed", 22, 1)
    assert it.verdict("T01", "2021Q1").granting_attains
    # Beside a reported average the pause weighs less: (22 + 17 + 17) / 3, granted (18 + 34) / 3.
    it.post(observations("s2", (CITY, "2021Q1", figure(17, 2)), org=CUSTOMS))
    assert told(row(it), "status", "value") == ("missed", Fraction(56, 3))
    assert it.verdict("T01", "2021Q1").granting_attains
