"""Clients that keep posting while the product is killed under them, and remember what they heard.

Every request has its own Idempotency-Key. An answer 2xx is *ok*; no answer is *unknown*: the
writer asks again with the same key until it hears one. Values are unique, so that afterwards each
can be looked for.
"""

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import httpx

from tests.support.product import Product

Row = dict[str, Any]


@dataclass
class Heard:
    """What a writer knows of one of its requests."""

    key: str
    rows: int
    submission: str
    asked: int  # how often it was sent


@dataclass
class Writer:
    """One client on a thread of its own: posts what `requests` gives, in order."""

    name: str
    product: Product
    org: str
    kind: str
    requests: Iterator[list[Row]]
    heard: list[Heard] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name=self.name, daemon=True)

    def start(self) -> None:
        self._thread.start()

    def finish(self) -> None:
        """Let the request under way be answered, then end. The product must be up."""
        self._stopping.set()
        self._thread.join(timeout=120)
        assert not self._thread.is_alive(), f"{self.name} got no answer"
        assert not self.faults, self.faults[:3]

    def _run(self) -> None:
        headers = self.product.key(self.org)
        with httpx.Client(base_url=self.product.url, timeout=10) as client:
            for number, rows in enumerate(self.requests):
                key = f"{self.name}-{number:06d}"
                answer, asked = self._until_answered(client, rows, headers, key)
                if answer.status_code != httpx.codes.ACCEPTED:
                    self.faults.append(f"{key}: {answer.status_code} {answer.text[:300]}")
                    return
                submission = answer.json()["submission_id"]
                self.heard.append(Heard(key, len(rows), submission, asked))
                if self._stopping.is_set():
                    return

    def _until_answered(
        self, client: httpx.Client, rows: list[Row], headers: dict[str, str], key: str
    ) -> tuple[httpx.Response, int]:
        asked = 0
        while True:
            asked += 1
            try:
                answer = client.post(
                    f"/v1/{self.kind}", json=rows, headers=headers | {"Idempotency-Key": key}
                )
            except httpx.TransportError:
                threading.Event().wait(0.05)  # it is down: ask again until it is back
                continue
            if answer.status_code not in {httpx.codes.CONFLICT, httpx.codes.SERVICE_UNAVAILABLE}:
                return answer, asked


def mortgage_cases(writer: str, size: int, indicator: str) -> Iterator[list[Row]]:
    """Give batches of mortgage registrations, each done on the day it came."""
    number = 0
    while True:
        batch = []
        for _ in range(size):
            number += 1
            batch.append(
                {
                    "case_no": f"{writer}-{number}",
                    "indicator": indicator,
                    "accepted_at": "2021-11-03T09:00:00",
                    "completed_at": "2021-11-03T15:00:00",
                    "outcome": "completed",
                }
            )
        yield batch


def breach_and_recover(indicator: str) -> Iterator[list[Row]]:
    """Give figures of one quarter in cycles of three: a breach, then two good ones.

    Each cycle is one alert that opens and resolves. `stated_at` rises, so a figure sent late
    never counts over a newer one.
    """
    stated = datetime.fromisoformat("2022-01-05T09:00:00+08:00")
    values: tuple[float, ...] = (5.9, 5.4, 5.3)
    number = 0
    while True:
        stated += timedelta(seconds=1)
        row = {
            "indicator": indicator,
            "period": "2021Q4",
            "value": values[number % 3],
            "sample_size": 100 + number,
            "stated_at": stated.isoformat(),
        }
        number += 1
        yield [row]


def run(writers: list[Writer], disturb: Callable[[], None]) -> None:
    """Start the writers, do what disturbs them, and let them finish."""
    for writer in writers:
        writer.start()
    disturb()
    for writer in writers:
        writer.finish()
