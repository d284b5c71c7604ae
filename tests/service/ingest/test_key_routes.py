"""Keys over HTTP: made, listed, revoked and rotated by the admin; an org sees its own."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from prometheus_client import CollectorRegistry

from duibiao.store import Store
from duibiao.web.app import App
from duibiao.web.audit import audit_router
from duibiao.web.keyring import Keyring
from duibiao.web.keys import Wanted
from services.ingest.adapters.key_routes import key_router
from tests.service.ingest.service import assert_problem
from tests.support.asgi import Calls
from tests.support.clock import NOON, ManualClock
from tests.support.ingest import REGISTER
from tests.support.registers import CUSTOMS, TAX
from tests.support.servers.databases import url_in

pytestmark = pytest.mark.usefixtures("each_database")

NOON_TEXT = "2021-06-01T04:00:00Z"


class Cabinet:
    """The key routes over real keys; `calls` asks with a key of a role or an org."""

    def __init__(self, folder: Path) -> None:
        self.clock = ManualClock(NOON)
        self.store = Store(url_in(folder), "access")
        self.keyring = Keyring(self.store, self.clock)
        keys = self.keyring.keys
        routers = [key_router(keys, REGISTER, self.clock), audit_router("access", self.store)]
        self.app = App(keyring=self.keyring, registry=CollectorRegistry(), routers=routers)
        self.texts = {
            "admin": keys.create(Wanted(None, "admin")).text,
            "office": keys.create(Wanted(None, "office")).text,
            "auditor": keys.create(Wanted(None, "auditor")).text,
            "tax": keys.create(Wanted(TAX, "org")).text,
        }

    def calls(self, who: str = "admin") -> Calls:
        return Calls(self.app, self.texts.get(who, who))

    def create(self, **wanted: object) -> httpx.Response:
        return self.calls().post("/v1/keys", json=wanted)

    def made(self, **wanted: object) -> dict[str, Any]:
        answer = self.create(**wanted)
        assert answer.status_code == 201, answer.text
        document: dict[str, Any] = answer.json()
        return document

    def listed(self, who: str = "admin", **params: str | int) -> list[dict[str, Any]]:
        answer = self.calls(who).get("/v1/keys", params=params)
        assert answer.status_code == 200, answer.text
        items: list[dict[str, Any]] = answer.json()["items"]
        return items

    def act(
        self, key_id: str, step: str, json: object = None, who: str = "admin"
    ) -> httpx.Response:
        return self.calls(who).post(f"/v1/keys/{key_id}/{step}", json=json)


@pytest.fixture
def cabinet(tmp_path: Path) -> Iterator[Cabinet]:
    cabinet = Cabinet(tmp_path)
    yield cabinet
    cabinet.keyring.close()
    cabinet.store.close()


def codes(answer: httpx.Response, status: int) -> list[tuple[str, str | None]]:
    return [(error["code"], error["pointer"]) for error in assert_problem(answer, status)]


def test_a_key_is_shown_once_and_works(cabinet: Cabinet) -> None:
    answer = cabinet.create(
        role="org",
        org=CUSTOMS,
        label=" 网关 ",
        scopes=["read", "submit"],
        networks=["127.0.0.0/8", "fd00::/8"],
        expires_at="2021-07-01",
    )
    assert answer.status_code == 201
    assert answer.headers["cache-control"] == "no-store"
    made = answer.json()
    text = made.pop("key")
    assert made == {
        "id": text[4:16],
        "org": CUSTOMS,
        "role": "org",
        "person": None,
        "label": "网关",
        "scopes": ["submit", "read"],
        "networks": ["127.0.0.0/8", "fd00::/8"],
        "state": "live",
        "created_at": NOON_TEXT,
        "expires_at": "2021-06-30T16:00:00Z",  # 00:00 of 1 July in Shanghai
        "revoked_at": None,
        "last_used_at": None,
    }
    (row,) = cabinet.listed(text)
    assert row == made
    assert text not in cabinet.calls().get("/v1/keys").text


def test_left_out_everything_is_allowed(cabinet: Cabinet) -> None:
    made = cabinet.made(role="auditor")
    assert made["scopes"] == ["submit", "read", "dry_run"]
    assert (made["org"], made["networks"], made["expires_at"]) == (None, [], None)


def test_only_the_admin_changes_keys(cabinet: Cabinet) -> None:
    key_id = cabinet.texts["tax"][4:16]
    for who in ("office", "auditor", "tax"):
        refused = cabinet.calls(who).post("/v1/keys", json={"role": "admin"})
        assert codes(refused, 403) == [("role-not-allowed", None)]
        for step in ("revoke", "rotate"):
            refused = cabinet.act(key_id, step, who=who)
            assert codes(refused, 403) == [("role-not-allowed", None)], (who, step)
    assert len(cabinet.listed()) == 4


def test_an_admin_key_that_only_reads_changes_nothing(cabinet: Cabinet) -> None:
    text = cabinet.made(role="admin", scopes=["read"])["key"]
    assert len(cabinet.listed(text)) == 5
    refused = cabinet.calls(text).post("/v1/keys", json={"role": "admin"})
    assert codes(refused, 403) == [("scope-missing", None)]


def test_an_org_sees_its_own_keys_and_no_others(cabinet: Cabinet) -> None:
    cabinet.made(role="org", org=CUSTOMS)
    assert [row["org"] for row in cabinet.listed("tax")] == [TAX]
    assert cabinet.listed("tax", org=TAX) == cabinet.listed("tax")
    refused = cabinet.calls("tax").get("/v1/keys", params={"org": CUSTOMS})
    assert codes(refused, 403) == [("not-visible", "/query/org")]
    for who in ("office", "auditor", "admin"):
        assert len(cabinet.listed(who)) == 5
        assert [row["org"] for row in cabinet.listed(who, org=CUSTOMS)] == [CUSTOMS]


def test_a_filter_that_is_none_is_told(cabinet: Cabinet) -> None:
    refused = cabinet.calls().get("/v1/keys", params={"status": "live", "role": "org"})
    assert codes(refused, 422) == [
        ("unknown-field", "/query/status"),
        ("unknown-field", "/query/role"),
    ]


def test_keys_are_listed_newest_first_in_pages_and_by_state(cabinet: Cabinet) -> None:
    for day in range(3):
        cabinet.clock.advance(days=1)
        cabinet.made(role="auditor", label=str(day), expires_at="2021-06-05T00:00:00+08:00")
    first = cabinet.calls().get("/v1/keys", params={"limit": 2}).json()
    assert [row["label"] for row in first["items"]] == ["2", "1"]
    second = cabinet.calls().get("/v1/keys", params={"limit": 9, "cursor": first["next_cursor"]})
    assert [row["label"] for row in second.json()["items"]] == ["0", "", "", "", ""]
    assert second.json()["next_cursor"] is None
    cabinet.act(first["items"][0]["id"], "revoke")
    cabinet.clock.advance(days=2)
    assert [row["label"] for row in cabinet.listed(state="expired")] == ["1", "0"]
    assert [row["label"] for row in cabinet.listed(state="revoked")] == ["2"]
    assert len(cabinet.listed(state="live")) == 4


def test_a_revoked_key_is_refused(cabinet: Cabinet) -> None:
    made = cabinet.made(role="org", org=CUSTOMS)
    answer = cabinet.act(made["id"], "revoke")
    assert answer.status_code == 200
    assert (answer.json()["state"], answer.json()["revoked_at"]) == ("revoked", NOON_TEXT)
    assert codes(cabinet.calls(made["key"]).get("/v1/keys"), 401) == [("key-revoked", None)]
    assert codes(cabinet.act(made["id"], "revoke"), 409) == [("key-not-live", None)]
    assert codes(cabinet.act(made["id"], "rotate"), 409) == [("key-not-live", None)]


def test_a_key_that_is_not_there_is_not_found(cabinet: Cabinet) -> None:
    for step in ("revoke", "rotate"):
        assert codes(cabinet.act("nosuchkey000", step), 404) == [("not-found", None)]


def test_both_keys_work_while_one_takes_over(cabinet: Cabinet) -> None:
    old = cabinet.made(role="org", org=CUSTOMS, scopes=["read"])
    answer = cabinet.act(old["id"], "rotate", {"overlap_hours": 2})
    assert answer.status_code == 201
    assert answer.headers["cache-control"] == "no-store"
    new = answer.json()
    assert (new["org"], new["scopes"], new["expires_at"]) == (CUSTOMS, ["read"], None)
    ends = {row["id"]: row["expires_at"] for row in cabinet.listed(old["key"])}
    assert ends == {old["id"]: "2021-06-01T06:00:00Z", new["id"]: None}
    assert len(cabinet.listed(new["key"])) == 2
    cabinet.clock.advance(hours=2)
    assert codes(cabinet.calls(old["key"]).get("/v1/keys"), 401) == [("key-expired", None)]
    assert len(cabinet.listed(new["key"])) == 2


def test_a_day_of_overlap_is_usual(cabinet: Cabinet) -> None:
    old = cabinet.made(role="org", org=CUSTOMS)
    assert cabinet.act(old["id"], "rotate").status_code == 201
    ends = {row["id"]: row["expires_at"] for row in cabinet.listed(org=CUSTOMS)}
    assert ends[old["id"]] == (NOON + timedelta(days=1)).isoformat().replace("+00:00", "Z")


def test_an_org_gets_no_third_live_key(cabinet: Cabinet) -> None:
    first = cabinet.made(role="org", org=CUSTOMS)
    cabinet.made(role="org", org=CUSTOMS)
    refused = cabinet.create(role="org", org=CUSTOMS)
    assert codes(refused, 409) == [("too-many-keys", None)]
    assert refused.json()["detail"] == "customs already has 2 live keys; revoke one first."
    assert codes(cabinet.act(first["id"], "rotate"), 409) == [("too-many-keys", None)]
    assert cabinet.act(first["id"], "rotate", {"overlap_hours": 0}).status_code == 201


@pytest.mark.parametrize(
    ("wanted", "faults"),
    [
        ({}, [("missing", "/role")]),
        ({"role": "boss"}, [("not-one-of", "/role")]),
        ({"role": "org"}, [("missing", "/org")]),
        ({"role": "office", "org": TAX}, [("not-allowed", "/org")]),
        ({"role": "org", "org": "nobody"}, [("unknown-org", "/org")]),
        ({"role": "office", "scopes": []}, [("empty", "/scopes")]),
        ({"role": "office", "scopes": ["write"]}, [("not-one-of", "/scopes/0")]),
        ({"role": "office", "label": "a\nb"}, [("control-character", "/label")]),
        ({"role": "office", "label": "x" * 201}, [("too-long", "/label")]),
        ({"role": "office", "networks": ["10.0.0.0/8"] * 21}, [("too-many", "/networks")]),
        ({"role": "office", "expires_at": "soon"}, [("bad-time", "/expires_at")]),
        ({"role": "office", "expires_at": "2021-06-01"}, [("invalid-value", "/expires_at")]),
        ({"role": "office", "expires_at": 5}, [("wrong-type", "/expires_at")]),
        ({"role": "office", "hash": "x"}, [("unknown-field", "/hash")]),
        (
            {"role": "org", "networks": ["10.0.0.0/8", "10.0.0.1/8", "x"], "expires_at": "x"},
            [
                ("missing", "/org"),
                ("invalid-value", "/networks/1"),
                ("invalid-value", "/networks/2"),
                ("bad-time", "/expires_at"),
            ],
        ),
    ],
)
def test_everything_wrong_with_a_wish_is_told_at_once(
    cabinet: Cabinet, wanted: dict[str, object], faults: list[tuple[str, str]]
) -> None:
    assert codes(cabinet.create(**wanted), 422) == faults
    assert len(cabinet.listed()) == 4


@pytest.mark.parametrize(
    ("asked", "fault"),
    [
        ({"overlap_hours": -1}, ("below-minimum", "/overlap_hours")),
        ({"overlap_hours": 2209}, ("above-maximum", "/overlap_hours")),
        ({"expires_at": "2020-01-01"}, ("invalid-value", "/expires_at")),
        ({"overlap": 5}, ("unknown-field", "/overlap")),
    ],
)
def test_a_rotation_that_cannot_be_is_told(
    cabinet: Cabinet, asked: dict[str, object], fault: tuple[str, str]
) -> None:
    key_id = cabinet.texts["tax"][4:16]
    assert codes(cabinet.act(key_id, "rotate", asked), 422) == [fault]
    assert len(cabinet.listed()) == 4


def test_a_bad_question_is_told(cabinet: Cabinet) -> None:
    for query, pointer in (({"state": "dead"}, "/query/state"), ({"org": "nobody"}, "/query/org")):
        assert [
            place for _, place in codes(cabinet.calls().get("/v1/keys", params=query), 422)
        ] == [pointer]


def test_who_changed_which_key_is_in_the_audit_log(cabinet: Cabinet) -> None:
    admin = f"{cabinet.texts['admin'][4:16]}/admin/"
    made = cabinet.made(role="org", org=CUSTOMS)
    new = cabinet.act(made["id"], "rotate").json()
    cabinet.act(made["id"], "revoke")
    answer = cabinet.calls("auditor").get("/v1/audit/access", params={"after": 4})
    assert [(row["actor"], row["act"], row["subject"]) for row in answer.json()["items"]] == [
        (admin, "key.created", made["id"]),
        (admin, "key.rotated", new["id"]),
        (admin, "key.revoked", made["id"]),
    ]
    for text in (made["key"], new["key"]):
        assert text[16:] not in answer.text
