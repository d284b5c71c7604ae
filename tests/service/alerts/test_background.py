"""Messages to people make way for those to machines."""

import os
import sys
import threading
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import ClassVar

import pytest

from duibiao.core.parts import NICENESS
from services.alerts.adapters.channels.channel import Message, Result
from tests.service.alerts.desk import Desk, Script, opening
from tests.support.waiting import until


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    desk = Desk(tmp_path)
    yield desk
    desk.store.close()


@pytest.mark.skipif(sys.platform != "linux", reason="only there has a thread its own niceness")
@pytest.mark.parametrize(("gap", "niceness"), [(0.0, 0), (0.01, NICENESS)])
def test_threads_that_send_to_people_make_way(desk: Desk, gap: float, niceness: int) -> None:
    class Asking(Script):
        found: ClassVar[list[int]] = []

        def send(self, message: Message, now: datetime) -> Result:
            self.found.append(os.getpriority(os.PRIO_PROCESS, threading.get_native_id()))
            return super().send(message, now)

    Asking.gap = gap
    before = os.getpriority(os.PRIO_PROCESS, 0)
    desk.records(opening())
    dispatcher = desk.dispatcher(sender := Asking(desk.clock))
    dispatcher.start()
    until(lambda: desk.states() == ["sent"])
    dispatcher.stop(5)

    assert sender.found == [max(before, niceness)]


def test_the_end_cuts_a_pause_short_and_what_was_not_tried_is_as_before(desk: Desk) -> None:
    class Pausing(Script):
        pause = 3600.0

    desk.records(opening("a1"), opening("a2"))
    dispatcher = desk.dispatcher(sender := Pausing(desk.clock))
    dispatcher.start()
    until(lambda: sender.given)
    dispatcher.stop(5)

    assert sender.ids() == ["message-001"]
    assert [(row["state"], row["tries"]) for row in reversed(desk.listed())] == [
        ("sent", 1),
        ("queued", 0),
    ]
