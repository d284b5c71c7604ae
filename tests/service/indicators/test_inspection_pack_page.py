"""The page's inspection pack: whom it asks as whom, and what becomes of it where nobody answers."""

import asyncio
import io
import zipfile
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from fastapi import Request
from fastapi.responses import StreamingResponse

from duibiao.store import StoreUnavailable
from services.indicators.office import inspection_pack
from tests.support.registers import the_register

SITE = "http://duibiao.example.invalid"
HEADERS = [(b"cookie", b"duibiao-session=s"), (b"x-other", b"1"), (b"host", b"elsewhere")]
VISITOR = Request({"type": "http", "headers": HEADERS})
Answer = Callable[[httpx.Request], httpx.Response]


@pytest.fixture
def pack(monkeypatch: pytest.MonkeyPatch) -> Callable[[Answer], Any]:
    client = httpx.Client

    def made(answer: Answer) -> Any:  # noqa: ANN401 - the endpoint
        def opened(**options: Any) -> httpx.Client:  # noqa: ANN401 - of httpx
            return client(transport=httpx.MockTransport(answer), **options)

        monkeypatch.setattr("services.indicators.office.inspection_pack.httpx.Client", opened)
        return inspection_pack.endpoint(the_register(), SITE)

    return made


def nothing(request: httpx.Request) -> httpx.Response:
    lists = request.url.path.endswith(".csv")
    return httpx.Response(200, text="") if lists else httpx.Response(200, json={"items": []})


def body_of(answer: StreamingResponse) -> bytes:
    async def read() -> bytes:
        return b"".join([bytes(chunk) async for chunk in answer.body_iterator])  # type: ignore[arg-type]

    return asyncio.run(read())


def test_the_installation_is_asked_with_what_the_visitor_has(pack: Any) -> None:  # noqa: ANN401
    asked: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return nothing(request)

    content = body_of(pack(answer)(VISITOR, "tax-bureau", "2021Q1"))

    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert {"2021Q1/verdicts.csv", "audit-alerts.jsonl", "index.html"} <= {*archive.namelist()}
    assert {str(one.url.copy_with(path="/", query=None)) for one in asked} == {f"{SITE}/"}
    assert {one.headers["cookie"] for one in asked} == {"duibiao-session=s"}
    assert not any("x-other" in one.headers for one in asked)


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(lambda _: httpx.Response(502), id="no answer of the product"),
        pytest.param(lambda _: httpx.Response(200, text="<html>"), id="another product"),
        pytest.param(lambda _: (_ for _ in ()).throw(httpx.ConnectError("x")), id="nobody"),
    ],
)
def test_where_others_do_not_answer_it_is_unavailable(pack: Any, answer: Answer) -> None:  # noqa: ANN401
    with pytest.raises(StoreUnavailable, match=r"example\.invalid"):
        pack(answer)(VISITOR, "tax-bureau", "2021Q1")


def test_one_is_made_at_a_time(pack: Any) -> None:  # noqa: ANN401
    def another(request: httpx.Request) -> httpx.Response:
        with pytest.raises(StoreUnavailable, match="another"):
            endpoint(VISITOR, "tax-bureau", "2021Q2")
        return nothing(request)

    endpoint = pack(another)
    for _ in range(2):
        assert body_of(endpoint(VISITOR, "tax-bureau", "2021Q1"))
