"""Waiting until what was posted has become verdicts and, where it must, alerts."""

import time

import httpx

_PAUSE = 0.2
_SILENCE = 1.0  # seconds without a new alert, once everything is evaluated
_EVALUATED = "evaluated"


def until_settled(client: httpx.Client, *, seconds: float = 60.0) -> bool:
    """Wait until the newest submissions are evaluated and no more alerts come; tell whether so.

    The client's key reads all submissions. httpx errors pass through.
    """
    deadline = time.monotonic() + seconds
    known: set[str] = set()
    since = time.monotonic()
    while time.monotonic() - since < _SILENCE:
        if time.monotonic() > deadline:
            return False
        alerts = {alert["id"] for alert in _newest(client, "/v1/alerts")}
        submissions = _newest(client, "/v1/submissions")
        if alerts - known or any(one["state"] != _EVALUATED for one in submissions):
            since = time.monotonic()
        known |= alerts
        time.sleep(_PAUSE)
    return True


def _newest(client: httpx.Client, path: str) -> list[dict[str, str]]:
    answer = client.get(path, params={"limit": 1000})
    items: list[dict[str, str]] = answer.raise_for_status().json()["items"]
    return items
