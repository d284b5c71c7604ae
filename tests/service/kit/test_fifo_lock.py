"""Writers take turns in the order in which they came."""

import threading
import time
from functools import partial

import pytest

from duibiao.store.fifo_lock import FifoLock
from tests.support.waiting import until


def waits(turns: FifoLock, number: int) -> bool:
    return turns.waiting == number


def test_those_who_wait_are_let_in_in_the_order_in_which_they_came() -> None:
    turns, order = FifoLock(), list[int]()

    def take(number: int) -> None:
        with turns:
            order.append(number)

    threads = [threading.Thread(target=take, args=(n,)) for n in range(8)]
    with turns:
        for number, thread in enumerate(threads):
            thread.start()
            until(partial(waits, turns, number + 1))
        assert order == []
    for thread in threads:
        thread.join()

    assert order == list(range(8))


def test_a_busy_writer_cannot_starve_another() -> None:
    turns, over = FifoLock(), threading.Event()
    rounds = [0, 0]

    def write(number: int) -> None:
        while not over.is_set():
            with turns:
                rounds[number] += 1
                time.sleep(0.0005)

    threads = [threading.Thread(target=write, args=(n,)) for n in range(2)]
    for thread in threads:
        thread.start()
    until(lambda: sum(rounds) >= 100)
    over.set()
    for thread in threads:
        thread.join()

    # Handed over each time, so neither can be far ahead once both have begun.
    assert min(rounds) >= 30


def test_only_one_is_inside() -> None:
    turns = FifoLock()
    inside, most = [0], [0]

    def write() -> None:
        for _ in range(200):
            with turns:
                inside[0] += 1
                most[0] = max(most[0], inside[0])
                inside[0] -= 1

    threads = [threading.Thread(target=write) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert most == [1]
    with turns:
        assert turns.waiting == 0


def test_an_error_inside_gives_the_turn_up() -> None:
    turns = FifoLock()

    with pytest.raises(LookupError), turns:
        raise LookupError

    with turns:
        pass


def test_taking_it_twice_is_an_error_and_no_deadlock() -> None:
    turns = FifoLock()

    with turns, pytest.raises(RuntimeError, match="already"):
        turns.__enter__()

    with turns:
        pass
