"""Two replicas of ingest on one PostgreSQL: what they take at once counts once, in one chain."""

from collections import Counter
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from itertools import cycle
from pathlib import Path

import httpx
import pytest

from duibiao.audit.reading import kept_head, rows
from duibiao.audit.verify import Verification, verify_chain
from duibiao.store import Store
from services.ingest.adapters.migrations import SCHEMA
from tests.service.ingest.service import SUBMISSIONS, Desk, assert_problem
from tests.support.ingest import figure
from tests.support.waiting import until

KEY = {"Idempotency-Key": "k-1"}


@pytest.fixture
def desks(postgres_url: str, tmp_path: Path) -> Iterator[tuple[Desk, Desk]]:
    with closing(Store(postgres_url, "ingest")) as store:
        SCHEMA.migrate(store)
    with Desk(tmp_path, url=postgres_url) as one, Desk(tmp_path, url=postgres_url) as other:
        yield one, other


def at_once(
    desks: tuple[Desk, Desk], bodies: list[object], headers: Mapping[str, str] | None = None
) -> list[httpx.Response]:
    """Post all bodies at the same time, the desks in turn."""

    def post(desk: Desk, body: object) -> httpx.Response:
        return desk.post("observation", body, headers=headers)

    with ThreadPoolExecutor(16) as pool:
        return list(pool.map(post, cycle(desks), bodies))


def sent(desks: tuple[Desk, Desk]) -> list[str]:
    """Return the ids of submissions on the log; each of the two has written a part of it."""
    return [e.id for desk in desks for e in desk.bus.events if e.topic == SUBMISSIONS]


def test_fifty_identical_posts_with_one_key_are_one_submission(desks: tuple[Desk, Desk]) -> None:
    answers = at_once(desks, [figure()] * 50, headers=KEY)

    assert set(Counter(answer.status_code for answer in answers)) <= {202, 409}
    taken = [answer for answer in answers if answer.status_code == 202]
    assert len({answer.content for answer in taken}) == 1
    assert sum("Idempotency-Replayed" not in answer.headers for answer in taken) == 1
    assert desks[0].count("submissions") == 1
    until(lambda: len(sent(desks)) == 1)


def test_a_key_used_at_one_is_known_at_the_other(desks: tuple[Desk, Desk]) -> None:
    one, other = desks
    first = one.post("observation", figure(), headers=KEY)

    again = other.post("observation", figure(), headers=KEY)
    assert (again.content, again.headers["Idempotency-Replayed"]) == (first.content, "true")

    changed = other.post("observation", figure(value=7), headers=KEY)
    assert [e["code"] for e in assert_problem(changed, 422)] == ["key-reused"]


def test_all_are_audited_in_one_chain_and_sent_once_in_its_order(
    desks: tuple[Desk, Desk], postgres_url: str
) -> None:
    answers = at_once(desks, [figure(value=number) for number in range(60)])

    assert {answer.status_code for answer in answers} == {202}
    with closing(Store(postgres_url, "ingest")) as store, store.read() as connection:
        chain = list(rows(connection))
        assert verify_chain("ingest", chain, (), kept_head(connection)) == Verification(60, None)
    accepted = [str(row[4]) for row in chain]
    assert sorted(accepted) == sorted(answer.json()["submission_id"] for answer in answers)
    until(lambda: desks[0].unsent() == 0)
    assert sent(desks) == accepted


def test_a_full_backlog_is_full_at_both(postgres_url: str, tmp_path: Path) -> None:
    with closing(Store(postgres_url, "ingest")) as store:
        SCHEMA.migrate(store)
    one, other = (Desk(tmp_path, url=postgres_url, max_unsent=1) for _ in range(2))
    one.bus.send_fails = other.bus.send_fails = 1_000_000
    with one, other:
        assert one.post("observation", figure()).status_code == 202

        # Each counts what waits by itself, at intervals.
        until(lambda: one.post("observation", figure()).status_code == 503)
        until(lambda: other.post("observation", figure()).status_code == 503)
