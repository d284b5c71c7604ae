"""A full disk refuses whole requests with that reason; work goes on by itself when there is space.

Case 15 of the catalogue of faults, on a small file system. tests/service/ingest/test_journal.py
has the same for the journal alone, where nobody need mount anything.
"""

from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import httpx
import pytest

from tests.support.evidence import check_product
from tests.support.history import History
from tests.support.padded import padded
from tests.support.product import NO_LIMITS, Product
from tests.support.registers import the_register
from tests.support.servers.disk import SmallDisk, small_disk
from tests.support.waiting import until
from tests.support.writers import log, mortgage_cases

MORTGAGES = the_register().indicators["mortgage-registration-days"]
ORG = MORTGAGES.reported_by[0]
POSTS_AT_MOST = 500  # of 200 cases: far more than the slack of files that are there already


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[SmallDisk]:
    with small_disk(tmp_path / "disk", megabytes=96) as disk:
        yield disk


@pytest.fixture
def product(disk: SmallDisk) -> Iterator[Product]:
    with Product(disk.folder / "state", settings=NO_LIMITS) as product:
        product.settled()
        yield product


def test_a_full_disk_refuses_with_that_reason_and_keeps_nothing_of_it(
    product: Product, disk: SmallDisk
) -> None:
    history = History()
    batches = mortgage_cases("batch", 200, MORTGAGES.code)

    def post() -> httpx.Response:
        rows = next(batches)
        answer = product.post("cases", ORG, rows)
        log(history, "batch", rows, answer)
        return answer

    assert post().status_code == httpx.codes.ACCEPTED
    product.settled()
    disk.fill()
    answers = [post() for _ in range(5)]
    while answers[-1].is_success and len(answers) < POSTS_AT_MOST:
        answers.append(post())

    refused = answers[-1]
    assert refused.status_code == httpx.codes.SERVICE_UNAVAILABLE
    assert [error["code"] for error in refused.json()["errors"]] == ["disk-full"]
    assert int(refused.headers["Retry-After"]) >= 1
    assert product.get("/livez").status_code == httpx.codes.OK
    assert product.verdict("T13", "2021Q4")["sample_size"] >= 200  # reading goes on

    large = product.client.post(
        "/v1/cases",
        content=padded("json", next(batches), 4 << 20),
        headers=product.key(ORG) | {"Content-Type": "application/json"},
    )
    assert large.status_code == httpx.codes.SERVICE_UNAVAILABLE  # no room to read it in
    assert [error["code"] for error in large.json()["errors"]] == ["disk-full"]
    assert int(large.headers["Retry-After"]) >= 1

    disk.free()
    until(lambda: post().is_success, seconds=60, what="it takes again")
    for _ in islice(batches, 3):  # what is never sent is nowhere
        assert post().is_success
    check_product(product, history)
    assert product.running
    taken = history.outcomes()["ok"]
    assert product.verdict("T13", "2021Q4")["sample_size"] == taken
    assert history.outcomes()["fail"] >= 200
