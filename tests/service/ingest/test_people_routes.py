"""People over HTTP, on every database: named, given a key, ended; the admin's alone."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from prometheus_client import CollectorRegistry

from duibiao.audit.reading import records_after
from duibiao.store import Store
from duibiao.web.app import App
from duibiao.web.keyring import Keyring
from duibiao.web.keys import Wanted
from services.ingest.adapters.key_routes import key_router
from services.ingest.adapters.people_routes import people_router
from tests.support.asgi import Calls
from tests.support.clock import NOON, ManualClock
from tests.support.ingest import REGISTER
from tests.support.registers import CUSTOMS, TAX
from tests.support.servers.databases import url_in

pytestmark = pytest.mark.usefixtures("each_database")


class Staff:
    def __init__(self, folder: Path) -> None:
        self.clock = ManualClock(NOON)
        self.store = Store(url_in(folder), "access")
        self.keyring = Keyring(self.store, self.clock)
        routers = [
            people_router(self.keyring, REGISTER),
            key_router(self.keyring.keys, REGISTER, self.clock),
        ]
        self.app = App(keyring=self.keyring, registry=CollectorRegistry(), routers=routers)
        self.admin = self.keyring.keys.create(Wanted(None, "admin")).text

    def calls(self, key: str = "") -> Calls:
        return Calls(self.app, key or self.admin)

    def create(self, **wanted: object) -> httpx.Response:
        self.clock.advance(seconds=1)
        return self.calls().post("/v1/people", json={"name": "张三", **wanted})


@pytest.fixture
def staff(tmp_path: Path) -> Iterator[Staff]:
    staff = Staff(tmp_path)
    yield staff
    staff.keyring.close()
    staff.store.close()


def errors(answer: httpx.Response) -> list[tuple[str, str | None]]:
    return [(error["code"], error["pointer"]) for error in answer.json()["errors"]]


def test_a_subject_is_one_persons(staff: Staff) -> None:
    assert staff.create(position="head", org=TAX, subject="u-1").status_code == 201
    again = staff.create(position="head", org=CUSTOMS, subject="u-1")
    assert (again.status_code, errors(again)) == (409, [("subject-taken", "/subject")])
    assert len(staff.keyring.people.rows()) == 1


def test_a_person_gets_a_key_that_says_who_they_are(staff: Staff) -> None:
    answer = staff.create(position="head", org=TAX, email="zs@example.cn", subject="u-1")
    assert (answer.status_code, answer.headers["cache-control"]) == (201, "no-store")
    made = answer.json()
    caller = staff.keyring.authenticate(f"Bearer {made.pop('key')}")
    assert caller.person is not None
    assert (caller.org, caller.role, caller.position) == (TAX, "org", "head")
    assert (caller.person.id, caller.person.name) == (made["id"], "张三")
    assert caller.actor == f"{caller.key_id}/org/{TAX}/{made['id']}/张三"
    assert made == {
        "id": made["id"],
        "name": "张三",
        "position": "head",
        "org": TAX,
        "email": "zs@example.cn",
        "subject": "u-1",
        "created_at": "2021-06-01T04:00:01Z",
        "ended_at": None,
    }
    assert staff.calls().get("/v1/people").json() == {"items": [made], "next_cursor": None}
    (key,) = [one for one in staff.calls().get("/v1/keys").json()["items"] if one["person"]]
    assert (key["person"], key["label"], key["org"]) == (made["id"], "张三", TAX)


@pytest.mark.parametrize(
    ("position", "role"),
    [
        *(("reporter", "org"), ("head", "org"), ("duty-officer", "office")),
        *(("office-head", "office"), ("auditor", "auditor"), ("admin", "admin")),
    ],
)
def test_the_role_follows_from_the_position(staff: Staff, position: str, role: str) -> None:
    org = TAX if role == "org" else None
    key = staff.create(position=position, org=org).json()["key"]
    caller = staff.keyring.authenticate(f"Bearer {key}")
    assert (caller.role, caller.org, caller.position) == (role, org, position)


def test_a_person_may_be_without_a_key(staff: Staff) -> None:
    assert staff.create(position="auditor", key=False).json()["key"] is None
    assert len(staff.keyring.keys.rows()) == 1


def test_keys_of_people_are_not_counted_among_those_of_the_org(staff: Staff) -> None:
    for _ in range(4):
        assert staff.create(position="reporter", org=CUSTOMS).status_code == 201
    for status in (201, 201, 409):
        body = {"role": "org", "org": CUSTOMS}
        assert staff.calls().post("/v1/keys", json=body).status_code == status


def test_who_has_ended_can_do_nothing_more(staff: Staff) -> None:
    made = staff.create(position="head", org=TAX).json()
    key = staff.calls().get("/v1/keys").json()["items"][0]["id"]
    rotated = staff.calls().post(f"/v1/keys/{key}/rotate", json={"overlap_hours": 24}).json()
    assert rotated["person"] == made["id"]
    staff.clock.advance(seconds=1)
    answer = staff.calls().post(f"/v1/people/{made['id']}/end")
    assert (answer.status_code, answer.json()["ended_at"]) == (200, "2021-06-01T04:00:02Z")
    for text in (made["key"], rotated["key"]):
        assert errors(staff.calls(text).get("/v1/keys")) == [("key-revoked", None)]
    states = [one["state"] for one in staff.calls().get("/v1/keys").json()["items"]]
    assert states == ["revoked", "revoked", "live"]
    for gone in (made["id"], "nobody"):
        answer = staff.calls().post(f"/v1/people/{gone}/end")
        assert (answer.status_code, errors(answer)) == (404, [("not-found", "/path/person_id")])
    acts = [str(row[3]) for row in records_after(staff.store, 0, 100)]
    assert acts == ["key.created", "person.created", "key.created", "key.rotated", "person.ended"]


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ({"position": "head"}, [("missing", "/org")]),
        ({"position": "auditor", "org": TAX}, [("not-allowed", "/org")]),
        ({"position": "head", "org": "nobody"}, [("unknown-org", "/org")]),
        ({"position": "boss"}, [("not-one-of", "/position")]),
        ({"position": "admin", "name": ""}, [("empty", "/name")]),
        ({"position": "admin", "name": "x" * 61}, [("too-long", "/name")]),
        ({"position": "admin", "name": "a\u202eb"}, [("control-character", "/name")]),
        (
            {"position": "head", "name": "a\u202eb"},
            [("missing", "/org"), ("control-character", "/name")],
        ),
        ({"position": "admin", "email": "a\u200fb@c"}, [("control-character", "/email")]),
    ],
)
def test_everything_that_is_wrong_is_said(
    staff: Staff, wanted: dict[str, object], expected: list[tuple[str, str]]
) -> None:
    answer = staff.create(**wanted)
    assert (answer.status_code, errors(answer)) == (422, expected)
    assert staff.calls().get("/v1/people").json()["items"] == []


def test_lists_come_in_pages_newest_first(staff: Staff) -> None:
    made = [staff.create(position="auditor", key=False).json()["id"] for _ in range(3)]
    first = staff.calls().get("/v1/people", params={"limit": 2}).json()
    assert [one["id"] for one in first["items"]] == made[:0:-1]
    rest = staff.calls().get("/v1/people", params={"cursor": first["next_cursor"]}).json()
    assert ([one["id"] for one in rest["items"]], rest["next_cursor"]) == (made[:1], None)
    assert staff.calls().get("/v1/people", params={"org": TAX}).status_code == 422


@pytest.mark.parametrize("position", ["head", "office-head", "auditor"])
def test_people_are_the_admins_alone(staff: Staff, position: str) -> None:
    made = staff.create(position=position, org=TAX if position == "head" else None).json()
    calls = staff.calls(made["key"])
    answers = [
        calls.get("/v1/people"),
        calls.post("/v1/people", json={"name": "x", "position": "admin"}),
        calls.post(f"/v1/people/{made['id']}/end"),
    ]
    assert [errors(answer) for answer in answers] == [[("role-not-allowed", None)]] * 3
