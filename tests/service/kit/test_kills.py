"""Killed at any moment and started again: what was answered 202 has its effect, once, in order.

The child is killed by SIGKILL while four clients post to it, a few times over; then the last
child is asked what arrived.
"""

import random
import threading
import time
from itertools import count
from pathlib import Path

from tests.support.children import Child
from tests.support.waiting import until

KEYS = ("tax", "housing", "water", "planning")
KILLS = 6


class Client:
    """Posts names of one key and remembers which were answered, and which nobody knows of."""

    def __init__(self, key: str) -> None:
        self.key = key
        self.taken: list[str] = []
        self.tried: list[str] = []
        self._names = (f"{key}-{n:05}" for n in count())

    def post_until_refused(self, child: Child) -> None:
        while True:
            name = next(self._names)
            self.tried.append(name)
            if not child.put(self.key, [name]):
                return
            self.taken.append(name)


def test_a_killed_process_loses_and_doubles_nothing(tmp_path: Path) -> None:
    clients = [Client(key) for key in KEYS]
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
    everything = {name for client in clients for name in client.taken}
    until(lambda: everything <= set(last.handled()), within=30)
    found = last.handled()
    assert last.stop() == 0

    assert len(everything) > KILLS
    assert len(found) == len(set(found))
    for client in clients:
        arrived = [name for name in found if name.startswith(client.key)]
        assert arrived == sorted(arrived)
        # A post without an answer may have been committed or not; nothing else may be there.
        assert set(client.taken) <= set(arrived) <= set(client.tried)
