"""Clients that keep posting while the product is killed under them, and log what they heard.

Every request has its own Idempotency-Key. Where no answer comes the writer asks again with the
same key until it hears one. Values are written once, so that afterwards each can be looked for.
"""

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import httpx

from tests.support.history import History
from tests.support.product import Installation, Row
from tests.support.registers import the_register

OPENS = "opens"
"""The tag of a figure that opens an alert. All figures have those of their targets."""
TOLD_LATER = {httpx.codes.CONFLICT, httpx.codes.TOO_MANY_REQUESTS, httpx.codes.SERVICE_UNAVAILABLE}
MARKS = ("case_no", "comment", "summary")  # where the value of a row stands
BREACH = 5.9  # workdays; the notice allows 5.5

_CYCLE = (BREACH, 5.4, 5.3)


def value_of(row: Row) -> str:
    """Return the value that a row carries."""
    return next(str(row[mark]) for mark in MARKS if row.get(mark))


def log(history: History, key: str, rows: Sequence[Row], answer: httpx.Response | None) -> None:
    """Log what was heard of the rows of one request; None: no answer, and none will be asked."""
    body = {} if answer is None else answer.json()
    taken = answer is not None and answer.is_success
    refused = {error["index"] for error in body["errors"]} if taken else set()
    for index, row in enumerate(rows):
        history.say(
            key,
            value_of(row),
            "unknown" if answer is None else "ok" if taken and index not in refused else "fail",
            group=body["submission_id"] if taken else "",
            tags=tags(row),
        )


def tags(row: Row) -> list[str]:
    """Return the tags of a row's line; only a sample size tells a verdict's figure."""
    if "sample_size" not in row:
        return []
    targets = [t.id for t in the_register().targets if t.indicator == row["indicator"]]
    return [*targets, OPENS] if row.get("value") == BREACH else targets


@dataclass
class Writer:
    """One client on a thread of its own: posts what `requests` gives, in order."""

    name: str
    product: Installation
    org: str
    kind: str
    requests: Iterator[list[Row]]
    history: History
    pause: float = 0.0  # seconds between an answer and the next request
    posts: int = 0
    repeats: int = 0  # answers that were another's, kept
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
        with httpx.Client(timeout=10) as client:
            for number, rows in enumerate(self.requests):
                key = f"{self.name}-{number:06d}"
                answer = self._until_answered(client, rows, {**headers, "Idempotency-Key": key})
                log(self.history, self.name, rows, answer)
                if answer.status_code != httpx.codes.ACCEPTED:
                    self.faults.append(f"{key}: {answer.status_code} {answer.text[:300]}")
                    return
                self.posts += 1
                self.repeats += "Idempotency-Replayed" in answer.headers
                if self._stopping.wait(self.pause):
                    return

    def _until_answered(
        self, client: httpx.Client, rows: list[Row], headers: dict[str, str]
    ) -> httpx.Response:
        while True:
            try:
                url = self.product.url_of(
                    f"/v1/{self.kind}"
                )  # maybe of another replica than before
                answer = client.post(url, json=rows, headers=headers)
            except httpx.TransportError:
                threading.Event().wait(0.05)  # it is down: ask again until it is back
                continue
            if answer.status_code not in TOLD_LATER:
                return answer
            threading.Event().wait(0.05)


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


def breach_and_recover(writer: str, indicator: str) -> Iterator[list[Row]]:
    """Give figures of one quarter in cycles of three: a breach, then two good ones.

    The first cycle opens an alert, in each later one it relapses. `stated_at` rises, so a figure
    sent late never counts over a newer one; no sample size comes twice, so a verdict tells its
    figure.
    """
    stated = datetime.fromisoformat("2022-01-05T09:00:00+08:00")
    number = 0
    while True:
        stated += timedelta(seconds=1)
        row = {
            "indicator": indicator,
            "period": "2021Q4",
            "value": _CYCLE[number % len(_CYCLE)],
            "sample_size": 100 + number,
            "stated_at": stated.isoformat(),
            "comment": f"{writer}-{number}",
        }
        number += 1
        yield [row]


def run(writers: list[Writer], disturb: Callable[[], None]) -> None:
    """Start the writers, do what disturbs them, and let them finish."""
    with ExitStack() as stack:
        for writer in writers:
            writer.start()
            stack.callback(writer.finish)
        disturb()


def three_writers(
    product: Installation, history: History, *, batch: int = 200, pause: float = 0.0
) -> list[Writer]:
    """Return one who posts cases singly, one who posts `batch` at a time, one who breaches.

    They rest between posts, the second one longer.
    """
    register = the_register()
    mortgages = register.indicators["mortgage-registration-days"]
    rebates = register.indicators["export-rebate-days"]
    org, code = mortgages.reported_by[0], mortgages.code
    figures = breach_and_recover("figures", rebates.code)
    return [
        Writer("single", product, org, "cases", mortgage_cases("single", 1, code), history, pause),
        Writer(
            "batch", product, org, "cases", mortgage_cases("batch", batch, code), history, 9 * pause
        ),
        Writer("figures", product, rebates.reported_by[0], "observations", figures, history, pause),
    ]
