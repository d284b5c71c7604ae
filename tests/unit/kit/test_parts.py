"""Loops, tickers and how they end."""

import os
import sys
import threading
from collections.abc import Callable

import pytest

from duibiao.core import Backoff, Loop, Retry, Ticker
from duibiao.core.parts import NICENESS, Once
from tests.support.clock import ManualClock
from tests.support.waiting import until


class Scripted(Loop):
    """Does the steps one by one, then waits."""

    def __init__(self, *steps: Callable[[], None], background: bool = False) -> None:
        super().__init__("scripted", backoff=Backoff(0.001, 0.002), background=background)
        self.done: list[str] = []
        self._steps = list(steps)

    def enter(self) -> None:
        self.done.append("enter")

    def turn(self) -> None:
        if not self._steps:
            self.done.append("idle")
            self.wait(60)
            return
        self._steps.pop(0)()
        self.done.append("step")

    def leave(self) -> None:
        self.done.append("leave")


def later() -> None:
    raise Retry("not just now")


def broken() -> None:
    raise ZeroDivisionError


def test_a_loop_turns_until_it_is_stopped() -> None:
    loop = Scripted(lambda: None)
    loop.start()
    until(lambda: "idle" in loop.done)

    loop.stop(5)

    assert loop.done == ["enter", "step", "idle", "leave"]
    assert loop.failed is None


@pytest.mark.skipif(sys.platform != "linux", reason="only there has a thread its own niceness")
@pytest.mark.parametrize("background", [False, True])
def test_only_loops_of_the_background_make_way(background: bool) -> None:  # noqa: FBT001 - a case
    found = list[int]()
    loop = Scripted(lambda: found.append(niceness()), background=background)
    loop.start()
    until(lambda: "step" in loop.done)
    loop.stop(5)

    assert found == [max(niceness(), NICENESS) if background else niceness()]


def niceness() -> int:
    """Return that of this thread."""
    return os.getpriority(os.PRIO_PROCESS, threading.get_native_id())


def test_a_nudge_ends_a_wait() -> None:
    loop = Scripted()
    loop.start()
    until(lambda: loop.done.count("idle") == 1)

    loop.nudge()

    until(lambda: loop.done.count("idle") == 2)
    loop.stop(5)


def test_a_nudge_before_the_wait_is_not_lost() -> None:
    loop = Scripted()
    loop.nudge()
    loop.start()

    until(lambda: loop.done.count("idle") == 2)

    loop.stop(5)


def test_retry_is_tried_again() -> None:
    loop = Scripted(later, later, lambda: None)
    loop.start()

    until(lambda: "step" in loop.done)

    loop.stop(5)
    assert loop.failed is None


def test_another_error_ends_the_loop_and_stands_in_failed() -> None:
    loop = Scripted(broken)
    loop.start()

    until(lambda: loop.failed is not None)

    assert isinstance(loop.failed, ZeroDivisionError)
    assert loop.done == ["enter", "leave"]
    loop.stop(5)


def test_an_error_while_entering_is_a_failure_too() -> None:
    class Unwilling(Scripted):
        def enter(self) -> None:
            raise LookupError

    loop = Unwilling()
    loop.start()

    until(lambda: isinstance(loop.failed, LookupError))


def test_stopping_what_was_never_started_does_no_harm() -> None:
    loop = Scripted()

    loop.stop(1)

    assert loop.done == []


def test_a_loop_that_does_not_stop_in_time_is_left_behind() -> None:
    release = threading.Event()

    def hang() -> None:
        release.wait(10)

    loop = Scripted(hang)
    loop.start()
    until(lambda: "enter" in loop.done)

    loop.stop(0.05)
    assert loop.stopping
    assert "leave" not in loop.done

    release.set()
    until(lambda: "leave" in loop.done)


def test_a_ticker_ticks_at_its_start_and_when_nudged() -> None:
    ticks: list[int] = []
    ticker = Ticker("tick", ManualClock(), 3600, lambda: ticks.append(1))
    ticker.start()
    until(lambda: len(ticks) == 1)

    ticker.nudge()

    until(lambda: len(ticks) == 2)
    ticker.stop(5)


def test_a_ticker_ticks_again_after_its_interval() -> None:
    ticks: list[int] = []
    ticker = Ticker("tick", ManualClock(), 0.005, lambda: ticks.append(1))
    ticker.start()

    until(lambda: len(ticks) >= 3)

    ticker.stop(5)


def test_a_ticker_may_let_the_first_interval_pass() -> None:
    ticks: list[int] = []
    ticker = Ticker("tick", ManualClock(), 3600, lambda: ticks.append(1), at_start=False)
    ticker.start()

    ticker.stop(5)

    assert ticks == []


def test_once_does_it_one_time() -> None:
    done: list[int] = []
    part = Once("opening", lambda: done.append(1))
    part.start()

    until(lambda: part.stopping)

    part.stop(5)
    assert done == [1]
    assert part.failed is None


def test_what_once_raises_is_its_failure() -> None:
    part = Once("opening", broken)
    part.start()

    until(lambda: isinstance(part.failed, ZeroDivisionError))


def test_waits_double_up_to_the_most_and_begin_again() -> None:
    backoff = Backoff(first=1.0, most=5.0)

    for whole in (1, 2, 4, 5, 5):
        assert whole / 2 <= backoff.next() <= whole

    backoff.reset()
    assert backoff.next() <= 1


@pytest.mark.parametrize("tries", [100])
def test_a_backoff_never_overflows(tries: int) -> None:
    backoff = Backoff(first=0.05, most=5.0)

    assert max(backoff.next() for _ in range(tries)) <= 5
