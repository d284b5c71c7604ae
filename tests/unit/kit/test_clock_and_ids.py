"""Time and ids."""

import threading
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

from duibiao.core import SystemClock, new_id
from duibiao.core.ids import id_for
from tests.support.clock import ManualClock


def test_the_day_is_that_of_shanghai() -> None:
    clock = ManualClock(datetime(2021, 3, 31, 15, 59, 59, tzinfo=UTC))
    assert clock.today() == date(2021, 3, 31)

    clock.advance(seconds=1)

    assert clock.today() == date(2021, 4, 1)


def test_the_system_clock_is_aware_and_near() -> None:
    clock = SystemClock()
    now = clock.now()

    assert now.utcoffset() == timedelta(0)
    assert abs(now - datetime.now(UTC)) < timedelta(minutes=1)
    assert clock.today() in {(now + timedelta(hours=h)).date() for h in (0, 8)}
    assert clock.monotonic() <= clock.monotonic()


def test_setting_the_manual_clock_back_leaves_monotonic_time_alone() -> None:
    clock = ManualClock()
    before = clock.monotonic()

    clock.set(clock.now() - timedelta(hours=1))
    clock.advance(seconds=2.5)

    assert clock.monotonic() - before == 2.5


def test_an_id_is_a_uuid_of_version_7_that_tells_its_millisecond() -> None:
    moment = datetime(2021, 3, 25, 1, 2, 3, 456000, tzinfo=UTC)

    made = UUID(new_id(ManualClock(moment)))

    assert made.version == 7
    assert made.variant == "specified in RFC 4122"
    # 2021-03-25 01:02:03 UTC is 1 616 634 123 s after 1970.
    assert made.int >> 80 == 1_616_634_123_456


def test_ids_of_one_millisecond_rise() -> None:
    clock = ManualClock()

    made = [new_id(clock) for _ in range(2000)]

    assert made == sorted(made)
    assert len(set(made)) == 2000


def test_ids_rise_though_the_clock_is_set_back() -> None:
    clock = ManualClock()
    first = new_id(clock)

    clock.set(clock.now() - timedelta(days=1))

    assert new_id(clock) > first


def test_an_id_for_a_name_is_always_the_same_and_sorts_by_its_moment() -> None:
    monday = datetime(2021, 4, 19, 1, tzinfo=UTC)
    one = id_for(monday, "leaders")
    assert one == id_for(monday, "leaders")
    assert len({one, id_for(monday, "units"), id_for(monday + timedelta(days=7), "leaders")}) == 3
    assert UUID(one).version == 7
    assert (
        id_for(monday - timedelta(days=7), "units")
        < one
        < new_id(ManualClock(monday + timedelta(1)))
    )


def test_clocks_do_not_disturb_one_another() -> None:
    late, early = ManualClock(), ManualClock(datetime(2020, 1, 1, tzinfo=UTC))

    assert new_id(late) > new_id(early)


def test_ids_made_in_many_threads_are_all_different() -> None:
    clock = SystemClock()
    made: list[list[str]] = [[] for _ in range(4)]

    def make(into: list[str]) -> None:
        into.extend(new_id(clock) for _ in range(500))

    threads = [threading.Thread(target=make, args=(into,)) for into in made]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len({one for some in made for one in some}) == 2000
    for some in made:
        assert some == sorted(some)
