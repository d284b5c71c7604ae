"""`GET /v1/audit/{chain}`: for the auditor and the office, oldest first, in pages."""

import hashlib
import json
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from prometheus_client import CollectorRegistry

from duibiao.audit import Act
from duibiao.web.access import Caller
from duibiao.web.app import App
from duibiao.web.audit import audit_router
from tests.support.asgi import ADMIN, OFFICE, TAX, Calls, KnownKeys
from tests.support.audit import AuditedStore
from tests.support.clock import ManualClock

AUDITOR = Caller(None, "auditor", "auditor00001")
ONLY_SUBMITS = Caller(None, "auditor", "auditor00002", frozenset({"submit"}))
PATH = "/v1/audit/ingest"


@pytest.fixture
def on_sqlite(tmp_path: Path, clock: ManualClock) -> Iterator[AuditedStore]:
    with closing(AuditedStore(f"sqlite:///{tmp_path}/changed.db", clock)) as audited:
        yield audited


@pytest.fixture
def audited(database_url: str, clock: ManualClock) -> Iterator[AuditedStore]:
    with closing(AuditedStore(database_url, clock)) as audited:
        yield audited


@pytest.fixture
def app(audited: AuditedStore) -> App:
    return app_over(audited)


def app_over(audited: AuditedStore) -> App:
    keys = KnownKeys(auditor=AUDITOR, office=OFFICE, tax=TAX, admin=ADMIN, blind=ONLY_SUBMITS)
    return App(
        keyring=keys, registry=CollectorRegistry(), routers=[audit_router("ingest", audited.store)]
    )


def items(app: App, **params: str | int) -> tuple[list[dict[str, Any]], str | None]:
    answer = Calls(app, "auditor").get(PATH, params=params)
    assert answer.status_code == 200, answer.text
    return answer.json()["items"], answer.json()["next_cursor"]


def test_a_record_is_shown_whole(app: App, audited: AuditedStore) -> None:
    audited.append(Act("key1/org/tax", "key.created", "key2", {"n": None, "label": "网关"}))
    ((shown,), cursor) = items(app)
    assert cursor is None
    hashed = shown.pop("hash")
    assert shown == {
        "sequence": 1,
        "time": "2021-06-01T04:00:00Z",
        "time_us": 1_622_520_000_000_000,
        "actor": "key1/org/tax",
        "act": "key.created",
        "subject": "key2",
        "details": {"label": "网关", "n": None},
        "algorithm": "sha256",
        "previous": "0" * 64,
    }
    # What was answered is enough to compute the hash.
    details = json.dumps(shown["details"], ensure_ascii=False, separators=(",", ":"))
    content = [
        "ingest",
        *(shown[name] for name in ("algorithm", "sequence", "time_us", "actor", "act", "subject")),
        details,
        shown["previous"],
    ]
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    assert hashed == hashlib.sha256(text.encode()).hexdigest()


def test_records_come_oldest_first_in_pages(app: App, audited: AuditedStore) -> None:
    audited.fill(7)
    seen: list[int] = []
    page, cursor = items(app, limit=3)
    seen += [row["sequence"] for row in page]
    while cursor is not None:
        audited.fill(0)
        page, cursor = items(app, limit=3, cursor=cursor)
        seen += [row["sequence"] for row in page]
    assert seen == [1, 2, 3, 4, 5, 6, 7]


def test_records_after_a_number(app: App, audited: AuditedStore) -> None:
    audited.fill(5)
    assert [row["sequence"] for row in items(app, after=3)[0]] == [4, 5]
    assert items(app, after=5) == ([], None)
    page, cursor = items(app, after=1, limit=2)
    assert [row["sequence"] for row in page] == [2, 3]
    assert cursor is not None
    assert [row["sequence"] for row in items(app, after=1, limit=9, cursor=cursor)[0]] == [4, 5]


@pytest.mark.parametrize(
    ("key", "status", "code"),
    [
        (None, 401, "key-missing"),
        ("tax", 403, "role-not-allowed"),
        ("admin", 403, "role-not-allowed"),
        ("blind", 403, "scope-missing"),
        ("office", 200, None),
        ("auditor", 200, None),
    ],
)
def test_the_auditor_and_the_office_read_it(
    app: App, key: str | None, status: int, code: str | None
) -> None:
    answer = Calls(app, key).get(PATH)
    assert answer.status_code == status
    if code is not None:
        assert [error["code"] for error in answer.json()["errors"]] == [code]


@pytest.mark.parametrize(
    ("query", "pointer"),
    [
        ({"after": -1}, "/query/after"),
        ({"after": "x"}, "/query/after"),
        ({"limit": 0}, "/query/limit"),
        ({"cursor": "x"}, "/query/cursor"),
        ({"from": 7}, "/query/from"),
    ],
)
def test_a_bad_question_is_told(app: App, query: dict[str, str | int], pointer: str) -> None:
    answer = Calls(app, "auditor").get(PATH, params=query)
    assert answer.status_code == 422
    assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]


@pytest.mark.parametrize(
    ("change", "name", "shown"),
    [
        ("time_us = 'never'", "time", None),
        ("time_us = 9000000000000000000", "time", None),
        ("details = 'no json'", "details", "no json"),
        ("actor = x'6162'", "actor", "6162"),
        ("hash = 'text'", "hash", "text"),
        ("subject = CAST(x'ff' AS TEXT)", "subject", None),
    ],
)
def test_a_record_that_somebody_has_changed_is_still_shown(
    on_sqlite: AuditedStore, change: str, name: str, shown: object
) -> None:
    on_sqlite.fill(3)
    on_sqlite.by_hand(f"UPDATE audit SET {change} WHERE sequence = 2")  # noqa: S608 - the list above
    page, _ = items(app_over(on_sqlite))
    assert [row["sequence"] for row in page] == [1, 2, 3]
    assert page[1][name] == shown
