"""Work on other threads: each sender in its turn, whatever the others have sent."""

import asyncio
import gc
import threading
from collections.abc import Iterator
from weakref import ref

import pytest

from services.ingest.adapters.fair_thread_pool import FairThreadPool
from tests.support.waiting import until


@pytest.fixture
def threads() -> Iterator[FairThreadPool]:
    threads = FairThreadPool()
    yield threads
    threads.close()


def test_the_result_and_the_error_come_back(threads: FairThreadPool) -> None:
    async def both() -> tuple[int, str]:
        with pytest.raises(ZeroDivisionError):
            await threads.run(lambda: 1 // 0, "us")
        return await threads.run(lambda: 7, "us"), await threads.run(
            lambda: threading.current_thread().name, "us"
        )

    number, thread = asyncio.run(both())
    assert number == 7
    assert thread.startswith("ingest")


def test_one_job_of_another_sender_does_not_wait_for_a_hundred(threads: FairThreadPool) -> None:
    done: list[str] = []
    gate = threading.Event()

    def job(name: str) -> None:
        gate.wait(5)
        done.append(name)

    async def flood() -> None:
        jobs = [threads.run(lambda: job("flood"), "flooder") for _ in range(100)]
        flooding = asyncio.gather(*jobs)
        await asyncio.sleep(0)
        others = asyncio.gather(
            threads.run(lambda: job("other"), "other"), threads.run(lambda: job("third"), "third")
        )
        await asyncio.sleep(0)
        gate.set()
        await others
        await flooding

    asyncio.run(flood())
    assert len(done) == 102
    # A few of the flooder's may end while the system has not given their threads a turn.
    assert max(done.index("other"), done.index("third")) <= 50  # in turns of all: 100 or more


def test_nobody_has_two_threads_at_a_time(threads: FairThreadPool) -> None:
    under_way: dict[str, int] = {"us": 0, "them": 0}
    most: dict[str, int] = {"us": 0, "them": 0}
    lock = threading.Lock()

    def job(who: str) -> None:
        with lock:
            under_way[who] += 1
            most[who] = max(most[who], under_way[who])
        threading.Event().wait(0.002)
        with lock:
            under_way[who] -= 1

    async def both() -> None:
        jobs = [
            threads.run(lambda who=who: job(who), who)  # type: ignore[misc]
            for _ in range(20)
            for who in under_way
        ]
        await asyncio.gather(*jobs)

    asyncio.run(both())
    assert most == {"us": 1, "them": 1}


def test_who_has_gone_is_passed_over(threads: FairThreadPool) -> None:
    gate, ran = threading.Event(), []

    async def leave() -> None:
        first = asyncio.ensure_future(threads.run(lambda: gate.wait(5), "us"))
        gone = asyncio.ensure_future(threads.run(lambda: ran.append("gone"), "us"))
        last = asyncio.ensure_future(threads.run(lambda: ran.append("last"), "us"))
        await asyncio.sleep(0.01)
        gone.cancel()
        await asyncio.sleep(0)
        gate.set()
        await asyncio.gather(first, last)

    asyncio.run(leave())
    assert ran == ["last"]


class Megabytes:
    """Stands for a body."""


def test_a_job_that_failed_leaves_nothing_behind_for_the_collector(threads: FairThreadPool) -> None:
    held: list[ref[Megabytes]] = []

    def refusing() -> None:
        body = Megabytes()
        held.append(ref(body))
        raise ZeroDivisionError

    async def several() -> int:
        failed = 0
        for _ in range(3):
            try:
                await threads.run(refusing, "us")
            except ZeroDivisionError:
                failed += 1
        return failed

    gc.disable()
    try:
        assert asyncio.run(several()) == 3
        until(lambda: [body() for body in held] == [None] * 3)
    finally:
        gc.enable()
