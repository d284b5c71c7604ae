"""Waiting until everything posted has become a verdict and, where it must, an alert."""

import time

import httpx

from duibiao.bus.worker import MEASURE_EVERY

_SILENCE = 1.5 * MEASURE_EVERY  # lag is measured that often: a shorter silence says nothing
_PAUSE = 0.05
_PENDING = ("duibiao_consumer_lag_records{", "duibiao_outbox_age_seconds{")


def until_quiet(client: httpx.Client, *, seconds: float = 60.0) -> bool:
    """Wait until no service has anything under way; tell whether it came to that in time."""
    deadline = time.monotonic() + seconds
    since = time.monotonic()
    while time.monotonic() - since < _SILENCE:
        if time.monotonic() > deadline:
            return False
        if not _nothing_pending(client):
            since = time.monotonic()
        time.sleep(_PAUSE)
    return True


def _nothing_pending(client: httpx.Client) -> bool:
    lines = client.get("/metrics").text.splitlines()
    pending = [float(line.rpartition(" ")[2]) for line in lines if line.startswith(_PENDING)]
    return bool(pending) and not any(pending)
