"""What may be decided when, and how decisions follow one another whatever the clocks say."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from itertools import count
from typing import Any
from uuid import UUID

import pytest

from duibiao.bus import UnprocessableRecord
from duibiao.contracts.v1 import decision_pb2
from duibiao.register import parse
from services.indicators.adapters.events import read_decision
from services.indicators.domain.decisions import (
    Decision,
    Waiver,
    WaiverState,
    closings_of,
    waivers_of,
)
from services.indicators.usecases.apply_decision import apply_decision
from services.indicators.usecases.decide import (
    Decisions,
    NotEnded,
    TooEarly,
    TooLate,
    TooManyRequests,
    WrongState,
)
from tests.support.indicators import Indicators
from tests.support.registers import TAX, indicator, register, target
from tests.support.repository import MemoryRepository
from tests.support.statements import at, figure, observations

ASKED: dict[str, Any] = {
    "target": "T01",
    "org": TAX,
    "first": "2021-03-01",
    "until": "2021-04-30",
    "reason": "系统切换",
    "document": "免〔2021〕1号",
}
MONTHLY = indicator("monthly", period_type="month")
REGISTER = register(indicators=[indicator(), MONTHLY], targets=[target(), target("T02", MONTHLY)])


@dataclass
class Office:
    """Each decision gets a lower id than the one before, as where the clock is behind."""

    it: Indicators = field(default_factory=lambda: Indicators(REGISTER, "2021-04-08"))
    ids: "count[int]" = field(default_factory=lambda: count(10**9, -1))

    @property
    def repository(self) -> MemoryRepository:
        return self.it.repository

    def decides(self, day: str = "") -> Decisions:
        moment = at(day or self.it.today)
        ids = lambda: str(UUID(int=next(self.ids)))  # noqa: E731
        return Decisions(self.repository, "office", moment.date(), moment, ids, REGISTER)

    def waiver(self, *kinds: str, **asked: object) -> Waiver:
        ident = self.decides().request_waiver(ASKED | asked).id
        for kind in kinds:
            self.decides().decide_waiver(ident, f"waiver.{kind}", {"reason": "x"})  # type: ignore[arg-type]
        return waivers_of(self.repository.decisions("waiver"))[ident]

    def frozen(self, closing: Decision) -> set[str]:
        rows = self.it.repository.verdict_table.values()
        periods = {kept.row.id: kept.row.period for kept in rows}
        return {periods[ident] for ident in self.repository.frozen[closing.id]}


@pytest.fixture
def office() -> Office:
    made = Office()
    made.it.pass_to("2021-04-08")
    return made


def test_decisions_keep_their_order_though_the_clock_is_set_back(office: Office) -> None:
    assert office.waiver("approved", "ended").state == "ended"
    decisions = office.repository.decisions()
    assert [one.kind for one in decisions] == [
        "waiver.requested",
        "waiver.approved",
        "waiver.ended",
    ]
    assert [one.id for one in decisions] == [str(UUID(int=10**9 + n)) for n in range(3)]


def test_versions_of_a_verdict_rise_though_the_clock_is_set_back() -> None:
    it = Indicators(REGISTER, "2021-04-08", ids=count(10**9, -1))
    ids = []
    for number in range(3):
        it.post(observations(f"s{number}", (it.register.city, "2021Q1", figure(number + 1, 10))))
        ids.append(it.row("T01", "2021Q1").id)
    assert ids == sorted(set(ids))


@pytest.mark.parametrize(
    ("done", "step", "state"),
    [
        ((), "ended", "requested"),
        (("approved",), "rejected", "approved"),
        (("rejected",), "approved", "rejected"),
        (("approved", "ended"), "ended", "ended"),
    ],
)
def test_a_step_that_does_not_follow(
    office: Office, done: tuple[str, ...], step: str, state: WaiverState
) -> None:
    waiver = office.waiver(*done)
    with pytest.raises(WrongState) as caught:
        office.decides().decide_waiver(waiver.id, f"waiver.{step}", {"reason": "x"})  # type: ignore[arg-type]
    assert caught.value.state == state


def test_a_unit_may_leave_a_hundred_undecided(office: Office) -> None:
    waivers = [office.waiver() for _ in range(100)]
    with pytest.raises(TooManyRequests):
        office.waiver()
    assert office.waiver(org="customs").state == "requested"
    office.decides().decide_waiver(waivers[0].id, "waiver.rejected", {"reason": "x"})
    assert office.waiver().state == "requested"


@pytest.mark.parametrize(
    ("day", "until", "last"),
    [
        ("2021-04-08", None, "2021-04-07"),
        ("2021-02-01", None, "2021-02-28"),  # before it began: it never held
        ("2021-06-01", None, "2021-04-30"),
        ("2021-04-08", "2021-03-15", "2021-03-15"),
        ("2021-04-08", "2021-02-28", "2021-02-28"),
        ("2021-04-08", "2021-02-27", TooEarly),
        ("2021-04-08", "2021-05-01", TooLate),
    ],
)
def test_the_last_day_of_a_waiver_that_is_ended(
    office: Office, day: str, until: str | None, last: str | type[Exception]
) -> None:
    ident = office.waiver("approved").id

    def end() -> date:
        said = {"reason": "x", "until": until}
        office.decides(day).decide_waiver(ident, "waiver.ended", said)
        return waivers_of(office.repository.decisions())[ident].until

    if isinstance(last, str):
        assert end() == date.fromisoformat(last)
    else:
        with pytest.raises(last):
            end()


def test_a_period_is_closed_once_its_last_day_is_judged() -> None:
    office = Office()
    for day, error in (("2021-03-31", NotEnded), ("2021-04-01", WrongState)):
        office.it.pass_to("2021-03-31")
        with pytest.raises(error):
            office.decides(day).close(parse("2021Q1"), "")
    office.it.pass_to("2021-04-01")
    assert office.decides().close(parse("2021Q1"), "").said["rows"] == 4  # a quarter, three months


def test_an_exception_that_ends_before_its_day_is_judged_is_closed_later(office: Office) -> None:
    first = office.decides().close(parse("2021Q1"), "")
    office.decides().reopen("2021Q1", date(2021, 4, 9), "x")
    assert office.decides("2021-04-09").close_expired() == []
    standing = office.repository.standing
    assert standing is not None
    office.repository.standing = replace(standing, judged_day=date(2021, 3, 31))  # a restore
    assert office.decides("2021-04-10").close_expired() == []
    office.repository.standing = standing
    (again,) = office.decides("2021-04-10").close_expired()
    assert (again.subject, again.said["rows"]) == ("2021Q1", first.said["rows"])
    assert not closings_of(office.repository.decisions())["2021Q1"].open


def test_a_closing_leaves_what_an_earlier_one_holds(office: Office) -> None:
    february = office.decides().close(parse("202102"), "")
    quarter = office.decides().close(parse("2021Q1"), "")
    assert office.frozen(february) == {"202102"}
    assert office.frozen(quarter) == {"2021Q1", "202101", "202103"}


def test_a_target_waived_for_all_units_still_has_no_figure(office: Office) -> None:
    """The alerts service tells a figure by that."""
    waiver = office.waiver("approved", org=None)
    decision = office.repository.decided[waiver.id]
    ids = office.it.new_id
    apply_decision(office.repository, office.it.ruleset, decision, now=office.it.now, new_id=ids)
    row = office.it.row("T01", "2021Q1")
    assert (row.status, row.reason, row.value) == ("waived", "no_figure", None)


_CLOSED = '{"comment": "", "rows": 0, "digest": "", "accepted": 0, "unaccepted": []}'


def _broken(key: str = "w1", **given: object) -> Callable[[], Decision]:
    fields: dict[str, Any] = {
        "id": "d1",
        "kind": "waiver.ended",
        "subject": "w1",
        "said": '{"reason": "x", "until": "2021-04-07"}',
        "actor": "office",
        "decided_us": 1,
    }
    message = decision_pb2.Decision(**fields | given)
    return lambda: read_decision(message.SerializeToString(), key)


def test_a_decision_is_read_as_it_was_made() -> None:
    read = _broken()()
    assert (read.kind, read.said) == ("waiver.ended", {"reason": "x", "until": "2021-04-07"})
    assert read.decided_at == datetime.fromtimestamp(0, read.decided_at.tzinfo) + timedelta(
        microseconds=1
    )


@pytest.mark.parametrize(
    "given",
    [
        {"kind": "waiver.forgotten"},
        {"subject": "w2"},
        {"said": "{"},
        {"said": "[]"},
        {"said": '{"reason": "x"}'},
        {"said": '{"reason": "x", "until": "2021-02-30"}'},
        {"said": '{"reason": 1, "until": "2021-04-07"}'},
        {"kind": "period.closed", "said": _CLOSED},
        {"kind": "period.closed", "subject": "2021Q1", "key": "2021Q1", "said": '{"comment": ""}'},
        {"kind": "review.accepted", "said": "{}"},
        {"kind": "review.accepted", "subject": "x/2021Q5", "key": "x/2021Q5", "said": "{}"},
        {"kind": "review.accepted", "subject": "x/y/2021Q1", "key": "x/y/2021Q1", "said": "{}"},
        {"kind": "note.resolved", "said": '{"reason": "x", "text": "y"}'},
        {"decided_us": 2**62},
    ],
    ids=str,
)
def test_what_is_no_whole_decision_is_put_aside(given: dict[str, Any]) -> None:
    with pytest.raises(UnprocessableRecord):
        _broken(**given)()
