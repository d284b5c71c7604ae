"""Order of starting and stopping, and the part that fails."""

from collections.abc import Callable

import pytest

from duibiao.process.lifetime import Lifetime


class Noted:
    """A part that writes down what happens to it."""

    def __init__(self, name: str, diary: list[str], *, fails_to: str = "") -> None:
        self.name = name
        self.failed: BaseException | None = None
        self._diary = diary
        self._fails_to = fails_to

    def start(self) -> None:
        self._note("start")

    def stop(self, timeout: float) -> None:
        assert timeout > 0
        self._note("stop")

    def _note(self, what: str) -> None:
        if self._fails_to == what:
            raise RuntimeError(self.name)
        self._diary.append(f"{what} {self.name}")


def closer(name: str, diary: list[str]) -> Callable[[], None]:
    return lambda: diary.append(f"close {name}")


def test_parts_start_in_order_and_stop_last_one_first() -> None:
    diary: list[str] = []
    lifetime = Lifetime(
        [Noted("log", diary), Noted("relay", diary), Noted("worker", diary)],
        [closer("access", diary), closer("ingest", diary)],
    )

    lifetime.start()
    lifetime.stop()

    assert diary == [
        "start log",
        "start relay",
        "start worker",
        "stop worker",
        "stop relay",
        "stop log",
        "close ingest",
        "close access",
    ]


def test_stopping_twice_stops_once() -> None:
    diary: list[str] = []
    lifetime = Lifetime([Noted("log", diary)], [closer("ingest", diary)])
    lifetime.start()

    lifetime.stop()
    lifetime.stop()

    assert diary == ["start log", "stop log", "close ingest"]


def test_when_a_part_does_not_start_all_are_stopped() -> None:
    diary: list[str] = []
    parts = [Noted("log", diary), Noted("relay", diary, fails_to="start"), Noted("worker", diary)]
    lifetime = Lifetime(parts, [closer("ingest", diary)])

    with pytest.raises(RuntimeError, match="relay"):
        lifetime.start()

    assert diary == ["start log", "stop worker", "stop relay", "stop log", "close ingest"]


def test_a_part_that_does_not_stop_keeps_no_other_from_stopping() -> None:
    diary: list[str] = []
    lifetime = Lifetime([Noted("log", diary), Noted("relay", diary, fails_to="stop")])
    lifetime.start()

    lifetime.stop()

    assert diary == ["start log", "start relay", "stop log"]


def test_the_part_that_failed_is_named() -> None:
    diary: list[str] = []
    log, relay = Noted("log", diary), Noted("relay", diary)
    lifetime = Lifetime([log, relay])
    lifetime.start()
    assert lifetime.failed() is None

    relay.failed = RuntimeError("no more")

    assert lifetime.failed() == ("relay", relay.failed)


def test_a_part_can_join_later_and_stops_first() -> None:
    diary: list[str] = []
    lifetime = Lifetime([Noted("log", diary)])
    lifetime.start()

    lifetime.add(Noted("opening", diary))
    lifetime.stop()

    assert diary == ["start log", "start opening", "stop opening", "stop log"]
