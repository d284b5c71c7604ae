"""What a caller may do and from where: scopes of every method, networks of every address."""

from ipaddress import ip_network
from typing import Annotated

import httpx
import pytest
from fastapi import APIRouter, Depends
from prometheus_client import CollectorRegistry

from duibiao.web.access import SCOPES, Caller, Scope, any_key, need
from duibiao.web.app import App
from duibiao.web.problems import Problem
from tests.support.asgi import Calls, KnownKeys

router = APIRouter()


@router.api_route("/v1/any", methods=["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"])
async def anything(caller: Annotated[Caller, Depends(any_key)]) -> str:
    return caller.key_id


@router.post("/v1/question")
async def question(_: Annotated[Caller, Depends(need("org", "office", scope="read"))]) -> str:
    return "asked"


@router.post("/v1/office")
async def office(_: Annotated[Caller, Depends(need("office"))]) -> str:
    return "in"


def caller(*scopes: Scope, networks: tuple[str, ...] = ()) -> Caller:
    nets = tuple(ip_network(text) for text in networks)
    return Caller("tax-bureau", "org", "tax000000001", frozenset(scopes or SCOPES), nets)


def codes(answer: httpx.Response) -> list[str]:
    return [error["code"] for error in answer.json()["errors"]]


@pytest.fixture
def app() -> App:
    keys = KnownKeys(
        all=caller(),
        reader=caller("read"),
        writer=caller("submit"),
        tester=caller("dry_run"),
        office=Caller(None, "office", "office000001", frozenset({"read"})),
    )
    return App(keyring=keys, registry=CollectorRegistry(), routers=[router])


@pytest.mark.parametrize(
    ("key", "reads", "changes"),
    [("all", 200, 200), ("reader", 200, 403), ("writer", 403, 200), ("tester", 403, 403)],
)
def test_each_method_needs_its_scope(app: App, key: str, reads: int, changes: int) -> None:
    calls = Calls(app, key)
    for method in ("GET", "HEAD"):
        assert calls.request(method, "/v1/any").status_code == reads, method
    for method in ("POST", "PUT", "PATCH", "DELETE"):
        assert calls.request(method, "/v1/any").status_code == changes, method


def test_a_refusal_names_the_scope_that_is_missing(app: App) -> None:
    answer = Calls(app, "reader").post("/v1/any")
    assert answer.json()["type"] == "/problems/forbidden"
    (told,) = answer.json()["errors"]
    assert told["code"] == "scope-missing"
    assert told["message"] == "This requires the scope submit; this key has read."
    assert told["message_zh"] == "此操作需要“报送与办理”权限，本密钥只有“查询”权限。"


def test_a_question_asked_by_post_needs_only_reading(app: App) -> None:
    assert Calls(app, "reader").post("/v1/question").status_code == 200
    assert codes(Calls(app, "writer").post("/v1/question")) == ["scope-missing"]


def test_the_role_is_asked_for_as_well_as_the_scope(app: App) -> None:
    assert codes(Calls(app, "all").post("/v1/office")) == ["role-not-allowed"]
    assert codes(Calls(app, "office").post("/v1/office")) == ["scope-missing"]


@pytest.mark.parametrize(
    ("networks", "address", "inside"),
    [
        ((), "203.0.113.9", True),
        ((), None, True),
        (("10.0.0.0/8",), "10.255.0.1", True),
        (("10.0.0.0/8",), "11.0.0.1", False),
        (("10.0.0.0/8",), None, False),
        (("10.0.0.0/8",), "", False),
        (("10.0.0.0/8",), "a host", False),
        (("10.0.0.0/8",), "::ffff:10.1.2.3", True),
        (("10.0.0.0/8",), "::ffff:11.1.2.3", False),
        (("10.0.0.0/8",), "fd00::1", False),
        (("10.0.0.0/8", "fd00::/8"), "fd12::1", True),
        (("192.0.2.7/32",), "192.0.2.7", True),
        (("192.0.2.7/32",), "192.0.2.8", False),
        (("fd00::/8",), "10.0.0.1", False),
    ],
)
def test_a_key_works_from_its_networks_only(
    networks: tuple[str, ...],
    address: str | None,
    inside: bool,  # noqa: FBT001 - a column of the table
) -> None:
    found = caller(networks=networks)
    if inside:
        found.must_be_at(address)
        return
    with pytest.raises(Problem) as told:
        found.must_be_at(address)
    assert (told.value.status, told.value.faults[0].code) == (403, "source-not-allowed")


@pytest.mark.parametrize(("host", "status"), [("127.0.0.1", 200), ("192.0.2.1", 403)])
def test_every_route_asks_where_the_caller_is(host: str, status: int) -> None:
    keys = KnownKeys(here=caller(networks=("127.0.0.0/8",)))
    app = App(keyring=keys, registry=CollectorRegistry(), routers=[router])
    calls = Calls(app, "here", client=host)
    assert calls.get("/v1/any").status_code == status
    assert calls.post("/v1/question").status_code == status


def test_the_audit_log_knows_a_caller_by_key_role_and_org() -> None:
    assert caller().actor == "tax000000001/org/tax-bureau"
    assert Caller(None, "admin", "admin0000001").actor == "admin0000001/admin/"
