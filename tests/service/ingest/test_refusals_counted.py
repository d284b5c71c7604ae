"""What is refused is counted, by whose it was and why; what is taken adds up row by row."""

import gzip
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from prometheus_client.samples import Sample

from tests.service.ingest.service import Desk
from tests.support.asgi import Calls
from tests.support.ingest import case, figure
from tests.support.registers import CUSTOMS, TAX
from tests.support.waiting import until

pytestmark = pytest.mark.usefixtures("each_database")

KIB = 1024


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with Desk(tmp_path, max_body_bytes=4 * KIB, request_burst=2) as desk:
        yield desk


def samples(desk: Desk, name: str) -> list[Sample]:
    return [s for family in desk.registry.collect() for s in family.samples if s.name == name]


def refusals(desk: Desk) -> dict[tuple[str, str], float]:
    found = samples(desk, "duibiao_refusals_total")
    return {(sample.labels["org"], sample.labels["reason"]): sample.value for sample in found}


def refused(desk: Desk, org: str) -> float:
    return desk.metric("duibiao_submissions_total", org=org, result="refused")


def test_nobody_is_refused_before_anybody_asked(desk: Desk) -> None:
    assert refusals(desk) == {}


def test_without_a_good_key_it_is_nobodys(desk: Desk) -> None:
    assert desk.post("case", case(), by="stranger").status_code == 401
    assert refusals(desk) == {("", "unauthenticated"): 1}
    assert refused(desk, "") == 1


@pytest.mark.parametrize(
    ("body", "headers", "status", "reason"),
    [
        (b" " * 5 * KIB, {}, 413, "too-large"),
        (case(), {"Content-Type": "image/png"}, 415, "unsupported-media-type"),
        (gzip.compress(b"[", mtime=0)[:-2], {"Content-Encoding": "gzip"}, 400, "bad-request"),
        (figure(value=None), {}, 422, "invalid"),
        (figure(org=CUSTOMS), {}, 403, "forbidden"),
    ],
)
def test_a_request_is_counted_for_who_sent_it(
    desk: Desk, body: object, headers: dict[str, str], status: int, reason: str
) -> None:
    assert desk.post("observation", body, headers=headers).status_code == status
    assert refusals(desk) == {(TAX, reason): 1}
    assert refused(desk, TAX) == 1


def test_the_one_too_many_is_counted_though_it_was_not_read(desk: Desk) -> None:
    for _ in range(2):
        desk.post("observation", b"{")
    for _ in range(3):
        assert desk.post("observation", figure()).status_code == 429
    assert refusals(desk) == {(TAX, "bad-request"): 2, (TAX, "too-many-requests"): 3}
    assert refused(desk, TAX) == 5


def test_a_full_backlog_is_counted_for_the_org_that_met_it(tmp_path: Path) -> None:
    with Desk(tmp_path, max_unsent=1) as desk:
        desk.bus.open_fails = desk.bus.send_fails = 1_000
        assert desk.post("observation", figure(), by="office").status_code == 422  # whose not said
        # How many wait is counted beside the requests, so that one more may be taken.
        until(lambda: desk.post("observation", figure(org=TAX), by="office").status_code == 503)
        assert refusals(desk) == {("", "invalid"): 1, (TAX, "backlog-full"): 1}
        desk.bus.open_fails = desk.bus.send_fails = 0


def test_ordinary_routes_are_counted_too_and_are_no_submissions(desk: Desk) -> None:
    assert desk.get("/v1/submissions/none").status_code == 404
    assert Calls(desk.app).get("/v1/nowhere").status_code == 404
    assert refusals(desk) == {(TAX, "not-found"): 1, ("", "not-found"): 1}
    assert samples(desk, "duibiao_submissions_total") == []


def test_the_rows_counted_are_the_rows_received(tmp_path: Path) -> None:
    rows = [case(case_no=f"A-{n}") for n in range(10)]
    bad = case(case_no="bad", outcome="lost")
    with Desk(tmp_path) as desk:
        once = {"Idempotency-Key": "once"}
        first = desk.post("case", [*rows, bad, bad], query="?mode=partial", headers=once).json()
        again = desk.post("case", [*rows, bad, bad], query="?mode=partial", headers=once)
        assert again.headers["Idempotency-Replayed"] == "true"
        assert desk.post("case", [*rows, bad]).status_code == 422
        assert desk.post("case", rows, query="?dry_run=true").status_code == 200
        second = desk.post("case", json.dumps(rows).encode()).json()
        desk.settle(first["submission_id"], accepted=9, duplicate=1)
        desk.settle(second["submission_id"], duplicate=7, revised=3)

        found = samples(desk, "duibiao_rows_total")
        counted = {sample.labels["result"]: sample.value for sample in found}
        receipts = desk.get("/v1/submissions").json()["items"]

    assert counted == {"accepted": 9, "duplicate": 8, "revised": 3, "rejected": 2}
    assert {sample.labels["org"] for sample in found} == {TAX}
    assert sum(counted.values()) == sum(receipt["received"] for receipt in receipts) == 22
    for result, rows_counted in counted.items():
        assert rows_counted == sum(receipt[result] for receipt in receipts)
