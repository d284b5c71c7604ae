"""Whatever is asked, the app answers, and a refusal is always a problem."""

import asyncio
import json
from functools import cache
from typing import Annotated

from fastapi import APIRouter, Depends
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client import CollectorRegistry
from starlette.types import Message, Scope

from duibiao.web.access import Caller, any_key
from duibiao.web.app import App
from duibiao.web.lists import Page, Paging
from tests.support.asgi import OFFICE, KnownKeys

METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "BREW"]
PATHS = ["/v1/list", "/v1/number/7", "/v1/text", "/livez", "/problems/invalid", "/docs", "/v1"]
HEADERS = [b"authorization", b"content-type", b"content-length", b"accept", b"x-request-id"]
MEMBERS = {"type", "title", "status", "detail", "instance", "trace_id", "errors", "errors_total"}

router = APIRouter()


@router.get("/v1/list")
async def listed(
    page: Annotated[Page, Depends(Paging(str, int))], caller: Annotated[Caller, Depends(any_key)]
) -> str:
    return f"{caller.role} {page.limit}"


@router.get("/v1/number/{number}")
async def number_in_path(number: int, day: float = 0.5) -> float:
    return number + day * 0


@router.post("/v1/text")
async def text(sent: list[str]) -> int:
    return len(sent)


@cache
def app() -> App:
    return App(keyring=KnownKeys(office=OFFICE), registry=CollectorRegistry(), routers=[router])


requests = st.fixed_dictionaries(
    {
        "method": st.sampled_from(METHODS),
        "path": st.sampled_from(PATHS) | st.text().map(lambda text: "/" + text),
        "query_string": st.binary(max_size=60)
        | st.sampled_from(
            [b"limit=7", b"limit=-1&cursor=W10", b"cursor=%ff", b"day=NaN&day=1e999"]
        ),
        "headers": st.lists(
            st.tuples(st.sampled_from(HEADERS), st.binary(max_size=30))
            | st.just((b"authorization", b"Bearer office"))
            | st.just((b"content-type", b"application/json")),
            max_size=4,
        ),
    }
)


def ask(request: dict[str, object], body: bytes) -> tuple[int, dict[bytes, bytes], bytes]:
    sent: list[Message] = []

    async def receive() -> Message:
        await asyncio.sleep(0)
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: Message) -> None:
        await asyncio.sleep(0)
        sent.append(message)

    scope: Scope = {
        "type": "http",
        "http_version": "1.1",
        "scheme": "http",
        "server": ("test", 80),
        "client": ("test", 1),
        "root_path": "",
        **request,
    }
    asyncio.run(app()(scope, receive, send))
    headers = dict(sent[0]["headers"])
    return sent[0]["status"], headers, b"".join(message.get("body", b"") for message in sent[1:])


@given(requests, st.binary(max_size=40) | st.sampled_from([b'["\\ud800"]', b"[1e999]", b"[NaN]"]))
def test_a_refusal_is_a_problem_and_nothing_odd_is_our_failure(
    request: dict[str, object], body: bytes
) -> None:
    status, headers, answer = ask(request, body)
    assert status < 500, (request, body)
    assert headers[b"x-request-id"]
    if status < 400:
        return
    assert headers[b"content-type"] == b"application/problem+json"
    if request["method"] == "HEAD":
        return
    told = json.loads(answer)
    assert set(told) >= MEMBERS
    assert told["status"] == status
    assert told["trace_id"].encode() == headers[b"x-request-id"]
    assert told["errors"]
    for error in told["errors"]:
        assert error["message"]
        assert error["message_zh"]
