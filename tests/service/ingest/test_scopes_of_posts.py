"""What a key may be used for and from where, on the routes that take rows; and what is audited."""

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from hashlib import sha256
from ipaddress import ip_network

import httpx
import pytest

from duibiao.audit.reading import records_after
from duibiao.store import Store
from duibiao.web.access import Caller, Scope
from duibiao.web.problems import Problem, error_detail
from services.ingest.domain.context import Kind
from tests.service.ingest.service import CALLERS, Desk, assert_problem
from tests.support.asgi import Calls, KnownKeys
from tests.support.ingest import KINDS, PATHS, case, figure, report

ROWS = {"observation": figure(), "case": case(), "progress_report": report()}
READER, TESTER = "reader", "tester"


def tax(*scopes: Scope) -> Caller:
    return replace(CALLERS["tax"], scopes=frozenset(scopes))


@pytest.fixture(autouse=True)
def _more_callers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Know further keys of the tax bureau."""
    here = (ip_network("127.0.0.1/32"),)
    for name, caller in {
        READER: tax("read"),
        TESTER: tax("dry_run"),
        "submitter": tax("submit"),
        "here": replace(CALLERS["tax"], networks=here),
    }.items():
        monkeypatch.setitem(CALLERS, name, caller)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("key", "dry_run", "kept"),
    [(READER, 403, 403), (TESTER, 200, 403), ("submitter", 200, 202), ("tax", 200, 202)],
)
def test_rows_need_the_scope_to_submit_or_to_try(
    desk: Desk, kind: Kind, key: str, dry_run: int, kept: int
) -> None:
    scope = "submit or dry_run" if key == READER else "submit"
    for query, status in (("?dry_run=true", dry_run), ("", kept)):
        answer = desk.post(kind, ROWS[kind], query=query, by=key)
        assert answer.status_code == status, answer.text
        if status == 403:
            (told,) = assert_problem(answer, 403)
            assert told["code"] == "scope-missing"
            assert f"the scope {scope};" in told["message"]
    assert desk.count("submissions") == (kept == 202)


def test_a_key_that_is_revoked_while_a_body_comes_is_refused(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def revoked(_keys: KnownKeys, _header: str | None) -> Caller:
        raise Problem("unauthenticated", [error_detail("key-revoked")])

    async def slowly() -> AsyncIterator[bytes]:
        yield b'{"indicator":"days",'
        monkeypatch.setattr(KnownKeys, "admit", revoked)
        yield b'"period":"2021Q1","value":5}'

    calls = Calls(desk.app, "submitter")
    headers = {"Content-Type": "application/json"}
    assert_problem(calls.post(PATHS["observation"], content=slowly(), headers=headers), 401)
    assert desk.count("submissions") == 0


def test_receipts_need_the_scope_to_read(desk: Desk) -> None:
    submission = desk.post("observation", figure()).json()["submission_id"]
    for path in ("/v1/submissions", f"/v1/submissions/{submission}"):
        assert desk.get(path, by=READER).status_code == 200
        for key in (TESTER, "submitter"):
            (told,) = assert_problem(desk.get(path, by=key), 403)
            assert told["code"] == "scope-missing"


def posted_from(desk: Desk, address: str) -> httpx.Response:
    calls = Calls(desk.app, "here", client=address)
    body = b"indicator,period,value\ndays,2021Q1,5\n"
    return calls.post(PATHS["observation"], content=body, headers={"Content-Type": "text/csv"})


def test_rows_come_from_the_networks_of_the_key_only(desk: Desk) -> None:
    (told,) = assert_problem(posted_from(desk, "192.0.2.1"), 403)
    assert told["code"] == "source-not-allowed"
    assert told["message"] == "This key may not be used from 192.0.2.1."
    assert desk.count("submissions") == 0
    assert posted_from(desk, "127.0.0.1").status_code == 202


def audited(desk: Desk) -> list[tuple[object, ...]]:
    store = Store(desk.url, "ingest")
    try:
        return [tuple(row[2:6]) for row in records_after(store, 0, 100)]
    finally:
        store.close()


def test_every_submission_is_audited_and_nothing_else(desk: Desk) -> None:
    first = desk.post("observation", figure()).json()["submission_id"]
    rows = [case(case_no="A-1"), case(case_no="A-2", outcome="lost")]
    second = desk.post("case", rows, query="?mode=partial").json()["submission_id"]
    desk.post("observation", figure(value="x"))
    desk.post("observation", figure(), query="?dry_run=true")
    desk.get("/v1/submissions")
    by_office = desk.post("observation", figure(org="tax-bureau"), by="office").json()
    desk.sent(3)
    hashes = [sha256(event.data).hexdigest() for event in desk.bus.events[:3]]
    noted = audited(desk)
    assert [row[:3] for row in noted] == [
        ("tax000000001/org/tax-bureau", "submission.accepted", first),
        ("tax000000001/org/tax-bureau", "submission.accepted", second),
        ("office000001/office/", "submission.accepted", by_office["submission_id"]),
    ]
    assert json.loads(str(noted[1][3])) == {
        "kind": "case",
        "org": "tax-bureau",
        "payload": hashes[1],
        "received": 2,
        "received_us": 1_622_520_000_000_000,
        "rejected": 1,
    }
    assert [json.loads(str(row[3]))["payload"] for row in noted] == hashes


def test_a_repeat_is_not_audited_twice(desk: Desk) -> None:
    for _ in range(3):
        desk.post("observation", figure(), headers={"Idempotency-Key": "one"})
    assert len(audited(desk)) == 1
