"""The process's clock beside the database's: which differences count, when, and what they do."""

from datetime import timedelta

import pytest

from duibiao.core import new_id
from duibiao.store import compared_clock
from duibiao.store.compared_clock import ClockSkewed, ComparedClock
from tests.support.clock import NOON, ManualClock

TEN_DAYS = 10 * 86_400.0


@pytest.mark.parametrize(
    ("ahead", "right"),
    [(0, True), (30, True), (-30, True), (30.001, False), (-30.001, False), (TEN_DAYS, False),
     (-3600, False)],
)  # fmt: skip
def test_thirty_seconds_either_way_are_too_much(ahead: float, *, right: bool) -> None:
    clock = ComparedClock(ManualClock(NOON + timedelta(seconds=ahead)), tolerance=30)

    assert clock.compare(NOON) is right

    assert clock.right is right
    assert clock.skew == ahead
    assert bool(clock.not_ready()) is not right


def test_it_tells_no_time_while_it_is_wrong() -> None:
    ours = ManualClock()
    clock = ComparedClock(ours, tolerance=30)
    assert (clock.skew, clock.now(), clock.today()) == (None, NOON, ours.today())  # not compared

    clock.compare(NOON - timedelta(hours=1))
    for tell in (clock.now, clock.today):
        with pytest.raises(ClockSkewed, match="3600"):
            tell()
    assert clock.monotonic() == ours.monotonic()

    ours.set(NOON - timedelta(hours=1))
    clock.compare(NOON - timedelta(hours=1))
    assert clock.now() == NOON - timedelta(hours=1)


def test_work_does_not_begin_by_a_wrong_clock_nor_end_by_one() -> None:
    ours = ManualClock()
    clock = ComparedClock(ours, tolerance=30)
    done = []

    with clock.compared(NOON):
        ours.advance(seconds=100)  # it takes its time, on both clocks
        done.append("slow")
    with pytest.raises(ClockSkewed), clock.compared(ours.now()):
        ours.set(ours.now() + timedelta(days=10))
    with pytest.raises(ClockSkewed), clock.compared(NOON):
        done.append("never")
    with clock.compared(None):  # a database without a clock of its own
        done.append("sqlite")

    assert done == ["slow", "sqlite"]


@pytest.mark.parametrize("compared", [True, False])
def test_ids_follow_the_clock_again_once_it_is_right(*, compared: bool) -> None:
    """Those of other replicas, of the same time, would else sort before them for ten days."""
    ours, others = ManualClock(), ManualClock()
    clock = ComparedClock(ours, tolerance=30)
    source = clock if compared else ours
    first = new_id(source)
    ours.set(NOON + timedelta(days=10))
    ahead = new_id(source)  # of what is refused
    clock.compare(NOON)

    ours.set(NOON + timedelta(seconds=5))
    clock.compare(NOON + timedelta(seconds=5))
    others.set(NOON + timedelta(seconds=6))

    assert first < new_id(source) < new_id(others) < ahead


def test_ids_follow_the_clock_before_anybody_can_make_one(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = ComparedClock(ManualClock(), tolerance=30)
    clock.compare(NOON - timedelta(days=10))
    seen: list[bool] = []
    monkeypatch.setattr(compared_clock, "restart_ids", lambda _: seen.append(clock.right))

    clock.compare(NOON)

    assert seen
    assert not any(seen)
    assert clock.right
