"""Whatever is posted, in whatever format: taken or refused with its reasons, and memory stays flat.

200 bodies per format in `make test`, 10,000 in `make soak`, to one running product; the seed is
printed and can be set by `DUIBIAO_TEST_SEED`.
"""

import os
from collections import Counter
from collections.abc import Callable, Iterator

import httpx
import psutil
import pytest
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st

from services.ingest.domain.context import Kind
from tests.laws.ingest.odd_bodies import MEDIA_TYPES, bodies, packed
from tests.support.ingest import KINDS, PATHS
from tests.support.product import NO_LIMITS, Product

SEED = int(os.environ.get("DUIBIAO_TEST_SEED", "20210325"))
SENDERS = {
    "observation": "tax-bureau",
    "case": "resources-planning-bureau",
    "progress_report": "tax-bureau",
}
REFUSED = {400, 403, 413, 415, 422}
TAKEN = {200, 202, 207}
QUERIES = ("?mode=atomic", "?mode=partial", "?mode=partial&dry_run=true")
# Over all formats, against the quiet product. Far above what was seen, far below a leak of even one
# KiB a body in the soak.
GROWTH = 32.0  # MiB
FORMS = (*MEDIA_TYPES, "gzip", "zstd")
Body = tuple[str, bytes]


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    folder = tmp_path_factory.mktemp("fuzzed") / "state"
    with Product(folder, settings={**NO_LIMITS, "DUIBIAO_LOG_LEVEL": "WARNING"}) as product:
        yield product
        assert "Traceback" not in product.output.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def quiet(product: Product) -> float:
    """Return the memory of the product once it has judged the year, in MiB."""
    product.settled()
    return rss(product)


def posts(form: str) -> st.SearchStrategy[tuple[Kind, Body]]:
    """Draw (kind, (format, body)) of one format or packing."""

    def of(kind: Kind) -> st.SearchStrategy[tuple[Kind, Body]]:
        drawn = (
            packed(kind, form)
            if form in {"gzip", "zstd"}
            else st.tuples(st.just(form), bodies(kind, form))
        )
        return st.tuples(st.just(kind), drawn)

    return st.one_of([of(kind) for kind in KINDS])


def rss(product: Product) -> float:
    """Return the memory of the process in MiB."""
    return float(psutil.Process(product.process.pid).memory_info().rss) / 2**20


def poster(product: Product, form: str) -> Callable[[Kind, str, Body], int]:
    """Return what posts one body and checks the answer; it returns the status."""
    keys = {kind: product.key(org) for kind, org in SENDERS.items()}

    def post(kind: Kind, query: str, posted: Body) -> int:
        inner, body = posted
        headers = keys[kind] | {"Content-Type": MEDIA_TYPES[inner]}
        if inner != form:
            headers["Content-Encoding"] = form
        url = PATHS[kind] + query
        answer = product.client.post(url, content=body, headers=headers)
        check(answer, dry_run="dry_run" in query)
        return answer.status_code

    return post


def check(answer: httpx.Response, *, dry_run: bool) -> None:
    told = answer.json()
    if answer.status_code in REFUSED:
        assert answer.headers["content-type"] == "application/problem+json"
        assert told["errors"], told
        assert all(fault["message"] and fault["message_zh"] for fault in told["errors"])
        return
    assert answer.status_code in TAKEN, (answer.status_code, answer.text[:500])
    assert (answer.status_code == 200) == dry_run
    assert told["received"] == told["accepted"] + told["rejected"]
    assert (told["rejected"] > 0) == bool(told["errors"])


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(
    "count", [200, pytest.param(10_000, marks=[pytest.mark.soak, pytest.mark.timeout(0)])]
)
def test_any_body_is_answered_and_memory_stays_flat(
    product: Product, quiet: float, form: str, count: int
) -> None:
    post = poster(product, form)
    statuses: Counter[int] = Counter()

    @seed(SEED)
    @settings(
        max_examples=count, deadline=None, database=None, suppress_health_check=list(HealthCheck)
    )
    @given(posts(form), st.sampled_from(QUERIES))
    def one(drawn: tuple[Kind, Body], query: str) -> None:
        kind, posted = drawn
        statuses[post(kind, query, posted)] += 1

    one()
    now = rss(product)
    print(f"\n{form}: {dict(statuses)}, {quiet:.0f} to {now:.0f} MiB, seed {SEED}")  # noqa: T201 - what the run showed
    assert statuses.total() >= count
    assert set(statuses) & TAKEN, "no body was sound"
    assert set(statuses) & REFUSED, "no body was refused"
    assert now - quiet < GROWTH
