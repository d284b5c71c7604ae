"""Waiting until everything posted has become a verdict and, where it must, an alert."""

import time

import httpx

_LOOKS = 3  # between two services a record is for a moment in neither's figures
_PAUSE = 0.05
_PENDING = ("duibiao_consumer_lag_records{", "duibiao_outbox_age_seconds{")


def until_quiet(client: httpx.Client, *, seconds: float = 60.0) -> bool:
    """Wait until no service has anything under way; tell whether it came to that in time."""
    deadline = time.monotonic() + seconds
    quiet = 0
    while quiet < _LOOKS:
        if time.monotonic() > deadline:
            return False
        quiet = quiet + 1 if _nothing_pending(client) else 0
        time.sleep(_PAUSE)
    return True


def _nothing_pending(client: httpx.Client) -> bool:
    lines = client.get("/metrics").text.splitlines()
    pending = [float(line.rpartition(" ")[2]) for line in lines if line.startswith(_PENDING)]
    return bool(pending) and not any(pending)
