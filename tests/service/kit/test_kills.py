"""Killed at any moment and started again: what was answered 202 has its effect, once, in order.

The child is killed by SIGKILL while four clients post to it, a few times over; then the last
child is asked what arrived.
"""

import random
import threading
import time
from itertools import count
from pathlib import Path

from tests.service.kit.small_process import Child
from tests.support.history import History, Place, check
from tests.support.waiting import until

KEYS = ("tax", "housing", "water", "planning")
KILLS = 6


class Client:
    """Posts names of one key and logs which were answered, and of which nobody knows."""

    def __init__(self, key: str, history: History) -> None:
        self._key = key
        self._history = history
        self._names = (f"{key}-{n:05}" for n in count())

    def post_until_refused(self, child: Child) -> None:
        for name in self._names:
            taken = child.put(self._key, [name])
            self._history.say(self._key, name, "ok" if taken else "unknown")
            if not taken:
                return


def test_a_killed_process_loses_and_doubles_nothing(tmp_path: Path) -> None:
    history = History()
    clients = [Client(key, history) for key in KEYS]
    moments = random.Random(20210325)

    for _ in range(KILLS):
        child = Child(tmp_path).ready()
        posting = [threading.Thread(target=c.post_until_refused, args=(child,)) for c in clients]
        for thread in posting:
            thread.start()
        time.sleep(moments.uniform(0.02, 0.3))
        child.process.kill()
        for thread in posting:
            thread.join()
        child.kill()

    last = Child(tmp_path).ready()
    answered = {line.value for line in history if line.outcome == "ok"}
    until(lambda: answered <= set(last.handled()), seconds=30)
    found = last.handled()
    assert last.stop() == 0

    assert len(answered) > KILLS
    check(history, Place("the effects", found))
