"""What is remembered of a request a month and more after it, by the clock of the process."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from tests.service.web.whole_process import running
from tests.support.asgi import bearer, made
from tests.support.clock import RunningClock
from tests.support.waiting import until

ORG = "tax-bureau"
ROWS = [
    {
        "case_no": f"退税-{number}",
        "indicator": "export-rebate-days",
        "accepted_at": "2021-02-03T09:00:00+08:00",
        "completed_at": "2021-02-04T09:00:00+08:00",
        "outcome": "completed",
    }
    for number in range(3)
]
COUNTS = ("received", "accepted", "duplicate", "revised", "rejected")


class Agency:
    """Posts cases of one org and asks what became of them."""

    def __init__(self, client: httpx.Client) -> None:
        self._client = client

    def post(self, rows: object = ROWS, *, key: str | None = None) -> httpx.Response:
        headers = {} if key is None else {"Idempotency-Key": key}
        return self._client.post("/v1/cases", json=rows, headers=headers)

    def counted(self, answer: httpx.Response) -> list[int]:
        """Return the final counts of a submission, in the order of COUNTS."""
        assert answer.status_code == 202, answer.text
        receipt: dict[str, Any] = {}

        def evaluated() -> bool:
            receipt.update(self._client.get(answer.json()["status_url"]).json())
            return bool(receipt["state"] == "evaluated")

        until(evaluated, seconds=30)
        return [receipt[name] for name in COUNTS]


@contextmanager
def agency(folder: Path, clock: RunningClock) -> Iterator[Agency]:
    with running(folder, clock) as (installation, process):
        headers = {"Authorization": bearer(made(installation.keyring, ORG, "org"))}
        address = f"http://127.0.0.1:{process.port}"
        with httpx.Client(base_url=address, headers=headers, trust_env=False) as client:
            yield Agency(client)


def test_a_key_is_remembered_for_thirty_days_and_longer_whatever_is_restarted(
    tmp_path: Path,
) -> None:
    clock = RunningClock()
    with agency(tmp_path, clock) as tax:
        first = tax.post(key="monthly")
        assert tax.counted(first) == [3, 3, 0, 0, 0]
    clock.advance(days=30.5)
    with agency(tmp_path, clock) as tax:
        again = tax.post(key="monthly")
        assert (again.status_code, again.content) == (202, first.content)
        assert again.headers["Idempotency-Replayed"] == "true"
        other = tax.post(ROWS[:1], key="monthly")
        assert (other.status_code, other.json()["errors"][0]["code"]) == (422, "key-reused")


def test_the_business_key_catches_a_repeat_when_no_key_is_there_to_do_it(tmp_path: Path) -> None:
    clock = RunningClock()
    with agency(tmp_path, clock) as tax:
        assert tax.counted(tax.post(key="once")) == [3, 3, 0, 0, 0]
        clock.advance(days=400)
        assert tax.counted(tax.post()) == [3, 0, 3, 0, 0]
        assert tax.counted(tax.post(key="another")) == [3, 0, 3, 0, 0]
        revised = [ROWS[0] | {"completed_at": "2021-02-05T09:00:00+08:00"}, *ROWS[1:]]
        assert tax.counted(tax.post(revised)) == [3, 0, 2, 1, 0]
