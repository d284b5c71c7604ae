"""The same post fifty times at once: it counts once, and everybody is told so."""

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import httpx
import pytest

from tests.support.product import Product, Row

ORG = "resources-planning-bureau"
AT_ONCE = 50
COUNTS = ("received", "accepted", "duplicate", "revised", "rejected")


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    with Product(tmp_path_factory.mktemp("once") / "state") as product:
        yield product


def case(number: str) -> Row:
    return {
        "case_no": number,
        "indicator": "mortgage-registration-days",
        "accepted_at": "2021-03-01T09:30:00",
        "completed_at": "2021-03-01T16:00:00",
        "outcome": "completed",
    }


def at_once(product: Product, row: Row, headers: dict[str, str]) -> list[httpx.Response]:
    """Post a row fifty times over lines of their own, all let go at the same moment."""
    start = Barrier(AT_ONCE)

    def post(_: int) -> httpx.Response:
        with httpx.Client(base_url=product.url, timeout=60) as client:
            client.get("/livez")  # the line is open before the others are let go
            start.wait(60)
            return client.post("/v1/cases", json=row, headers=product.key(ORG) | headers)

    with ThreadPoolExecutor(AT_ONCE) as threads:
        return list(threads.map(post, range(AT_ONCE)))


def receipts(product: Product) -> list[Row]:
    product.settled()
    return product.items("/v1/submissions")


def counted(product: Product) -> int:
    """Return how many cases count towards the target."""
    rows = product.items("/v1/verdicts?target=T13&org=&region=610100&period=2021Q1")
    return sum(row["sample_size"] or 0 for row in rows)


def test_under_one_key_one_is_kept_and_the_rest_hear_the_same(product: Product) -> None:
    before, cases = receipts(product), counted(product)
    answers = at_once(product, case("K-1"), {"Idempotency-Key": "fifty-1"})
    statuses = Counter(answer.status_code for answer in answers)
    assert set(statuses) <= {202, 409}, statuses
    good = [answer for answer in answers if answer.status_code == 202]
    assert len({answer.content for answer in good}) == 1
    replayed = [answer.headers.get("Idempotency-Replayed") for answer in good]
    assert replayed.count(None) == 1
    for answer in answers:
        if answer.status_code == 409:
            assert [fault["code"] for fault in answer.json()["errors"]] == ["still-running"]
    after = receipts(product)
    assert len(after) == len(before) + 1
    assert after[0]["submission_id"] == good[0].json()["submission_id"]
    assert counted(product) == cases + 1
    # Whoever heard 409 asks again and hears the first answer.
    again = product.post("cases", ORG, case("K-1"), headers={"Idempotency-Key": "fifty-1"})
    assert again.content == good[0].content


def test_without_a_key_one_counts_and_the_rest_are_duplicates(product: Product) -> None:
    before, cases = receipts(product), counted(product)
    answers = at_once(product, case("N-1"), {})
    assert Counter(answer.status_code for answer in answers) == {202: AT_ONCE}
    ours = {answer.json()["submission_id"] for answer in answers}
    assert len(ours) == AT_ONCE
    after = receipts(product)
    assert len(after) == len(before) + AT_ONCE
    totals: Counter[str] = Counter()
    for row in after:
        if row["submission_id"] in ours:
            totals.update({name: row[name] for name in COUNTS})
    assert totals == {"received": 50, "accepted": 1, "duplicate": 49, "revised": 0, "rejected": 0}
    assert counted(product) == cases + 1
