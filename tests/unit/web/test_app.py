import asyncio
from collections.abc import AsyncIterator
from functools import cache
from typing import Annotated

import httpx
import pytest
from fastapi import APIRouter, Depends, HTTPException, Request
from prometheus_client import CollectorRegistry
from pydantic import BaseModel
from starlette.requests import ClientDisconnect
from starlette.types import Message, Receive, Scope, Send
from structlog.testing import capture_logs

from duibiao.core.retry import Retry
from duibiao.store.limits import REQUEST, left, unit_of_work
from duibiao.web.access import Caller, any_key, need
from duibiao.web.app import App, Bounds
from duibiao.web.exchange import trace_id_of
from duibiao.web.lists import Page, Paging
from duibiao.web.problems import Problem, error_detail
from tests.support.asgi import ADMIN, OFFICE, TAX, Calls, KnownKeys

router = APIRouter()


class Reply(BaseModel):
    days: int


@router.get("/v1/mine")
async def mine(caller: Annotated[Caller, Depends(any_key)]) -> str:
    return caller.org or caller.role


@router.get("/v1/office", dependencies=[Depends(need("office", "auditor"))])
async def office() -> str:
    return "in"


@router.get("/v1/list")
async def listed(page: Annotated[Page, Depends(Paging(str))]) -> int:
    return page.limit


@router.post("/v1/replies")
async def reply(sent: Reply) -> Reply:
    return sent


@router.get("/v1/unit-of-work")
def work() -> bool:
    with unit_of_work():
        return left() <= REQUEST


@router.get("/v1/broken")
async def broken() -> None:
    raise ZeroDivisionError("the secret recipe")


@router.get("/v1/busy")
async def busy() -> None:
    raise Retry("database is locked")


@router.get("/v1/refused")
async def refused() -> None:
    raise Problem("conflict", [error_detail("still-running")], headers={"Retry-After": "1"})


@router.get("/v1/moved")
async def moved() -> None:
    raise HTTPException(303, headers={"Location": "/board/sign-in"})


async def hot_post(scope: Scope, receive: Receive, send: Send) -> None:
    del receive
    start: Message = {"type": "http.response.start", "status": 202, "headers": []}
    await send(start)
    await send({"type": "http.response.body", "body": trace_id_of(scope).encode()})


async def hot_refused(_scope: Scope, _receive: Receive, _send: Send) -> None:
    raise Problem("invalid", [error_detail("missing", pointer="/period", index=0, field="period")])


async def hot_broken(_scope: Scope, _receive: Receive, _send: Send) -> None:
    raise ZeroDivisionError("the secret recipe")


async def hot_half(_scope: Scope, _receive: Receive, send: Send) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": []})
    raise ZeroDivisionError("half way")


async def hot_left(_scope: Scope, _receive: Receive, _send: Send) -> None:
    raise ClientDisconnect


uploads = APIRouter(prefix="/v1/uploads", max_body_size=5_000)


@uploads.post("")
async def upload(caller: Annotated[Caller, Depends(any_key)], request: Request) -> int:
    del caller
    return len(await request.body())


@cache
def app() -> App:
    return App(
        keyring=KnownKeys(office=OFFICE, admin=ADMIN, tax=TAX),
        registry=CollectorRegistry(),
        routers=[router, uploads],
        hot={
            ("POST", "/v1/observations"): hot_post,
            ("POST", "/v1/hot-refused"): hot_refused,
            ("POST", "/v1/hot-broken"): hot_broken,
            ("POST", "/v1/hot-half"): hot_half,
            ("POST", "/v1/hot-left"): hot_left,
        },
        bounds=Bounds(body_bytes=1_000, open_body_bytes=950),
    )


def assert_problem(answer: httpx.Response, status: int, type_: str, *codes: str) -> None:
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    told = answer.json()
    assert (told["type"], told["status"]) == (f"/problems/{type_}", status)
    assert [error["code"] for error in told["errors"]] == list(codes)
    assert told["trace_id"] == answer.headers["x-request-id"]
    assert told["instance"] == answer.request.url.path
    for error in told["errors"]:
        assert set(error) == {"code", "message", "message_zh", "pointer", "index"}
        assert error["message"]
        assert error["message_zh"]


@pytest.mark.parametrize(
    ("method", "path", "status", "type_", "code"),
    [
        ("GET", "/nowhere", 404, "not-found", "not-found"),
        ("GET", "/v1/mine/", 404, "not-found", "not-found"),
        ("DELETE", "/v1/mine", 405, "method-not-allowed", "method-not-allowed"),
        ("GET", "/v1/observations", 405, "method-not-allowed", "method-not-allowed"),
        ("POST", "/livez", 405, "method-not-allowed", "method-not-allowed"),
        ("POST", "/v1/hot-refused", 422, "invalid", "missing"),
        ("GET", "/v1/mine", 401, "unauthenticated", "key-missing"),
        ("GET", "/v1/refused", 409, "conflict", "still-running"),
        ("GET", "/v1/busy", 503, "unavailable", "unavailable"),
        ("GET", "/v1/broken", 500, "internal", "internal"),
        ("POST", "/v1/hot-broken", 500, "internal", "internal"),
        ("GET", "/problems/none-such", 404, "not-found", "not-found"),
    ],
)
def test_every_failure_is_a_problem(
    method: str, path: str, status: int, type_: str, code: str
) -> None:
    with capture_logs():
        answer = Calls(app()).request(method, path)
    assert_problem(answer, status, type_, code)


def test_what_waits_for_a_database_within_a_request_has_a_limit() -> None:
    assert Calls(app()).get("/v1/unit-of-work").json() is True


def test_a_method_that_is_not_possible_is_told_which_are() -> None:
    answer = Calls(app()).request("PUT", "/v1/observations")
    assert answer.headers["allow"] == "POST"
    assert answer.json()["errors"][0]["message"] == "PUT is not supported here; use POST."


def test_all_faults_of_a_request_are_told_at_once() -> None:
    answer = Calls(app()).get("/v1/list", params={"limit": 0, "cursor": "x" * 2_000})
    assert_problem(answer, 422, "invalid", "below-minimum", "too-long")
    assert [e["pointer"] for e in answer.json()["errors"]] == ["/query/limit", "/query/cursor"]


def test_a_limit_above_a_thousand_is_refused() -> None:
    assert Calls(app()).get("/v1/list", params={"limit": 1_000}).json() == 1_000
    answer = Calls(app()).get("/v1/list", params={"limit": 1_001})
    assert_problem(answer, 422, "invalid", "above-maximum")


@pytest.mark.parametrize(
    ("body", "status", "type_", "code"),
    [
        (b'{"days":', 422, "invalid", "malformed"),
        (b"", 422, "invalid", "missing"),
        (b"[1]", 422, "invalid", "wrong-type"),
        (b'{"days": "\xff"}', 400, "bad-request", "malformed"),
        (b"[" * 900, 422, "invalid", "malformed"),
        (b'{"days": "' + b"1" * 1_000 + b'"}', 413, "too-large", "too-large"),
    ],
)
def test_a_bad_body_is_a_problem(body: bytes, status: int, type_: str, code: str) -> None:
    headers = {"content-type": "application/json"}
    answer = Calls(app()).post("/v1/replies", content=body, headers=headers)
    assert_problem(answer, status, type_, code)


def test_a_large_body_without_a_length_is_refused_too() -> None:
    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(11):
            yield b"1" * 100

    headers = {"content-type": "application/json"}
    answer = Calls(app(), "tax").post("/v1/replies", content=chunks(), headers=headers)
    assert_problem(answer, 413, "too-large", "too-large")
    assert "1000" in answer.json()["detail"]


@pytest.mark.parametrize("declared", [True, False])
@pytest.mark.parametrize("path", ["/v1/replies", "/v1/nothing"])
def test_without_a_key_a_large_body_is_not_even_read(path: str, *, declared: bool) -> None:
    read = 0

    async def chunks() -> AsyncIterator[bytes]:
        nonlocal read
        for _ in range(96):
            read += 1
            yield b"1" * 10

    headers = {"content-type": "application/json"} | ({"content-length": "960"} if declared else {})
    answer = Calls(app()).post(path, content=chunks(), headers=headers)
    assert_problem(answer, 401, "unauthenticated", "key-missing")
    assert read == 0
    answer = Calls(app(), "tax").post("/v1/replies", content=chunks(), headers=headers)
    assert_problem(answer, 422, "invalid", "wrong-type")
    assert read == 96


def test_a_router_may_take_larger_bodies_from_whoever_has_a_key() -> None:
    assert Calls(app(), "tax").post("/v1/uploads", content=b"1" * 5_000).json() == 5_000
    answer = Calls(app()).post("/v1/uploads", content=b"1" * 1_001)
    assert_problem(answer, 401, "unauthenticated", "key-missing")
    answer = Calls(app(), "tax").post("/v1/uploads/", content=b"1" * 1_001)
    assert_problem(answer, 413, "too-large", "too-large")


@pytest.mark.parametrize("path", ["/v1/broken", "/v1/hot-broken"])
def test_an_unexpected_failure_is_logged_once_and_tells_nothing(path: str) -> None:
    method = "POST" if "hot" in path else "GET"
    with capture_logs() as logs:
        answer = Calls(app()).request(method, path)
    (event,) = logs
    assert (event["event"], event["log_level"]) == ("request failed", "error")
    assert event["trace_id"] == answer.json()["trace_id"]
    assert isinstance(event["exc_info"], ZeroDivisionError)
    assert "secret" not in answer.text
    assert "Traceback" not in answer.text


def test_a_busy_store_is_logged_once_and_says_when_to_come_back() -> None:
    with capture_logs() as logs:
        answer = Calls(app()).get("/v1/busy")
    assert [event["event"] for event in logs] == ["request put off"]
    assert answer.headers["retry-after"] == "5"


def test_an_answer_that_broke_off_half_way_is_logged_and_not_begun_again() -> None:
    sent: list[Message] = []

    async def send(message: Message) -> None:
        await asyncio.sleep(0)
        sent.append(message)

    async def receive() -> Message:
        await asyncio.sleep(0)
        return {"type": "http.request"}

    scope = {"type": "http", "method": "POST", "path": "/v1/hot-half", "headers": []}
    with capture_logs() as logs:
        asyncio.run(app()(scope, receive, send))
    assert [message["type"] for message in sent] == ["http.response.start"]
    assert [event["event"] for event in logs] == ["request failed"]


def test_a_client_that_left_is_no_failure() -> None:
    async def nothing() -> Message:
        await asyncio.sleep(0)
        return {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        raise AssertionError(message)

    scope = {"type": "http", "method": "POST", "path": "/v1/hot-left", "headers": []}
    with capture_logs() as logs:
        asyncio.run(app()(scope, nothing, send))
    assert [(event["event"], event["log_level"]) for event in logs] == [("client left", "info")]


def test_a_redirect_is_no_problem() -> None:
    answer = Calls(app()).get("/v1/moved")
    assert (answer.status_code, answer.headers["location"]) == (303, "/board/sign-in")


def test_a_hot_route_is_taken_first_and_knows_its_trace_id() -> None:
    answer = Calls(app()).post("/v1/observations", headers={"X-Request-Id": "batch-7"})
    assert (answer.status_code, answer.text) == (202, "batch-7")
    assert answer.headers["x-request-id"] == "batch-7"


@pytest.mark.parametrize("odd", ["", "a b", "a" * 65, 'x"y', "<script>"])
def test_an_odd_request_id_is_replaced(odd: str) -> None:
    found = Calls(app()).get("/livez", headers={"X-Request-Id": odd}).headers["x-request-id"]
    assert found != odd
    assert len(found) == 32
    assert found.isalnum()


def test_two_requests_have_two_trace_ids() -> None:
    calls = Calls(app())
    ids = {calls.get("/livez").headers["x-request-id"] for _ in range(5)}
    assert len(ids) == 5


def test_a_key_opens_what_its_role_may() -> None:
    assert Calls(app(), "tax").get("/v1/mine").json() == "tax-bureau"
    assert Calls(app(), "office").get("/v1/office").json() == "in"
    answer = Calls(app(), "tax").get("/v1/office")
    assert_problem(answer, 403, "forbidden", "role-not-allowed")
    assert "office, auditor" in answer.json()["detail"]
    assert_problem(Calls(app(), "admin").get("/v1/office"), 403, "forbidden", "role-not-allowed")


@pytest.mark.parametrize(
    ("caller", "seen"),
    [
        (TAX, ["tax-bureau"]),
        (OFFICE, ["tax-bureau", "customs", None]),
        (Caller(None, "auditor", "k"), ["tax-bureau", "customs", None]),
        (ADMIN, []),
    ],
)
def test_who_sees_what_belongs_to_an_org(caller: Caller, seen: list[str | None]) -> None:
    assert [org for org in ("tax-bureau", "customs", None) if caller.sees(org)] == seen
