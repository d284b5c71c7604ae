"""What the office decides on extensions and long pauses, and when it counts."""

from datetime import datetime

import pytest

from duibiao.register import ClockRules
from services.indicators.domain.submission import Approval, ApprovalKey, Submission
from tests.support.indicators import Indicators, told
from tests.support.registers import TAX, indicator, register, target
from tests.support.statements import NOON, case, cases, later

ASKS = ClockRules(max_extension=10, approve_extensions=True, approve_pauses_over=3)
EXTENSION, HEARING = "延期〔2021〕1号", "听证〔2021〕1号"
MONTH = ("2021-03-01", "2021-03-31")  # 22 days
EXTENDED = case(*MONTH, extension=2)
PAUSED = case(*MONTH, pauses=(("2021-03-08", "2021-03-12"),))  # 4 of them
SHOWN = ("status", "pending_approvals", "within_limit", "net_days", "extended_days")


def service() -> Indicators:
    kind = indicator(statistic="each", clock=ASKS, reported_by=(TAX,))
    return Indicators(register(indicators=[kind], targets=[target("T01", kind, threshold=20)]))


def decided(
    name: str, case_no: str, days: int, document: str = EXTENSION, stated: datetime = NOON
) -> Submission:
    row = Approval(ApprovalKey("days", TAX, case_no, document), days, "同意", stated, name)
    return Submission(name, TAX, later(), approvals=(row,))


def shown(it: Indicators) -> tuple[object, ...]:
    return told(it.row("T01", "2021Q1"), *SHOWN)


WAITING = ("missed", 1, 0, 22, 0)


def test_an_extension_counts_once_it_is_approved() -> None:
    it = service()
    it.post(cases("s1", ("1", EXTENDED)))
    assert shown(it) == WAITING
    assert it.post(decided("s2", "1", 10)).counts.accepted == 1
    assert shown(it) == ("met", 0, 1, 22, 2)
    assert not it.verdict("T01", "2021Q1").granting_attains


@pytest.mark.parametrize(("days", "extended"), [(0, 0), (1, 1)])
def test_a_decision_for_less_is_one_all_the_same(days: int, extended: int) -> None:
    it = service()
    it.post(cases("s1", ("1", EXTENDED)), decided("s2", "1", days))
    assert shown(it) == ("missed", 0, 0, 22, extended)


@pytest.mark.parametrize(("days", "net", "status"), [(0, 22, "missed"), (1, 21, "missed"),
                                                     (2, 20, "met"), (9, 18, "met")])  # fmt: skip
def test_a_long_pause_counts_up_to_the_days_granted(days: int, net: int, status: str) -> None:
    it = service()
    it.post(cases("s1", ("1", PAUSED)))
    assert shown(it) == WAITING
    it.post(decided("s2", "1", days, HEARING))
    assert told(it.row("T01", "2021Q1"), "status", "pending_approvals", "net_days") == (
        status,
        0,
        net,
    )


def test_a_decision_on_another_document_or_case_changes_nothing() -> None:
    it = service()
    it.post(cases("s1", ("1", EXTENDED)), decided("s2", "1", 10, "x"), decided("s3", "2", 10))
    assert shown(it) == WAITING


def test_the_decision_stated_last_counts_in_whatever_order_they_come() -> None:
    grant, revoke = decided("s2", "1", 10), decided("s3", "1", 0, stated=later(5))
    for order in ((grant, revoke), (revoke, grant)):
        it = service()
        it.post(cases("s1", ("1", EXTENDED)))
        it.post(order[0])
        assert it.post(order[1]).counts.revised == 1
        assert shown(it) == ("missed", 0, 0, 22, 0)
    assert it.post(decided("s4", "1", 0, stated=later(6))).counts.duplicate == 1


def test_a_decision_may_come_before_its_case_and_outlives_its_revisions() -> None:
    it = service()
    it.post(decided("s1", "1", 10), cases("s2", ("1", EXTENDED)))
    assert shown(it) == ("met", 0, 1, 22, 2)
    it.post(cases("s3", ("1", case(*MONTH, extension=3)), stated=later(2)))
    assert shown(it) == ("met", 0, 1, 22, 3)
    it.pass_to("2022-02-01")
    assert shown(it) == ("met", 0, 1, 22, 3)


def test_an_open_case_waits_from_the_day_its_pause_is_long() -> None:
    it = service()
    it.today = "2021-03-11"
    it.post(cases("s1", ("1", case("2021-03-01", pauses=(("2021-03-08", None),)))))
    clock = it.repository.rollups("days", ["2021Q1"])[0].open.clock
    assert (clock.paused, clock.pending) == (3, 0)
    it.pass_to("2021-03-12")
    clock = it.repository.rollups("days", ["2021Q1"])[0].open.clock
    assert (clock.paused, clock.pending, clock.pending_paused) == (0, 1, 4)
    it.post(decided("s2", "1", 4, HEARING))
    it.pass_to("2021-03-15")
    clock = it.repository.rollups("days", ["2021Q1"])[0].open.clock
    assert (clock.gross, clock.paused, clock.pending) == (10, 4, 0)
