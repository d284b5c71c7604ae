"""Failpoints: named places in the code at which a test lets the process die, as kill -9 does.

Off unless the setting FAILPOINTS arms some at the start: `ingest.after-commit` dies the first time
that it comes by there, `ingest.after-commit@3` the third time. Not armed, a failpoint is one call
that looks at an empty dictionary, once per commit or batch and never per row.
"""

import os
import signal
import threading
from collections.abc import Mapping
from typing import Final

# What dies where: in an open transaction, after its commit, after the other side has answered.
NAMES: Final = (
    *("ingest.before-commit", "ingest.after-commit", "ingest-relay.after-send"),
    *("ingest-outcomes.before-commit", "ingest-outcomes.after-commit"),
    *("indicators-submissions.before-commit", "indicators-submissions.after-commit"),
    *("indicators-alerts.before-commit", "indicators-alerts.after-commit"),
    *("indicators-relay.after-send", "alerts-relay.after-send", "alerts-dispatcher.after-send"),
    *("alerts-verdicts.before-commit", "alerts-verdicts.after-commit"),
)
# Those that no service ever comes by.
OF_COMMANDS: Final = ("replay.read", "replay.before-commit", "replay.after-commit")

_lock = threading.Lock()
_left: dict[str, int] = {}


def failpoint(name: str) -> None:
    """Die here if that was asked for; otherwise do nothing."""
    if _left:
        _count(name)


def named(part: str, step: str) -> str:
    """Return the name of the failpoint of a part of the process, such as "alerts relay"."""
    return f"{part.replace(' ', '-')}.{step}"


def arm(points: Mapping[str, int]) -> None:
    """Have the process die the n-th time that it comes by each of these; nothing disarms all."""
    with _lock:
        _left.clear()
        _left.update(points)


def parsed(text: str) -> Mapping[str, int]:
    """Return the points of a setting: name -> the how manieth time.

    Raises:
        ValueError: there is no such failpoint, or no such time.

    """
    points = {}
    for part in filter(None, (one.strip() for one in text.split(","))):
        name, _, time = part.partition("@")
        if name not in (*NAMES, *OF_COMMANDS):
            there = ", ".join((*NAMES, *OF_COMMANDS))
            raise ValueError(f"no failpoint {name!r}; there are {there}")
        if time and not (time.isdecimal() and int(time)):
            raise ValueError(f"{part!r}: a time is a whole number from 1")
        points[name] = int(time or 1)
    return points


def _count(name: str) -> None:
    with _lock:
        left = _left.get(name)
        if left is None:
            return
        _left[name] = left - 1
    if left == 1:
        os.kill(os.getpid(), signal.SIGKILL)
