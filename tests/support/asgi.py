"""An app called in process: no socket, no server, every call runs to its end."""

import asyncio
from collections.abc import AsyncIterator, Mapping

import httpx
from starlette.types import ASGIApp

from duibiao.web.access import Caller
from duibiao.web.problems import Problem, error_detail
from tests.support.chinese import foreign


class Calls:
    """Asks an app as a client at an address would; `key` is what it sends as its key."""

    def __init__(self, app: ASGIApp, key: str | None = None, *, client: str = "127.0.0.1") -> None:
        self._app = app
        self._client = client
        self._headers = {} if key is None else {"Authorization": f"Bearer {key}"}

    def request(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, str | int] | None = None,
        headers: Mapping[str, str] | None = None,
        content: bytes | AsyncIterator[bytes] | None = None,
        json: object = None,
    ) -> httpx.Response:
        async def call() -> httpx.Response:
            transport = httpx.ASGITransport(app=self._app, client=(self._client, 50_000))
            async with httpx.AsyncClient(
                transport=transport, base_url="http://test", trust_env=False
            ) as client:
                return await client.request(
                    method,
                    path,
                    params=params,
                    headers={**self._headers, **(headers or {})},
                    content=content,
                    json=json,
                )

        return _in_clean_chinese(asyncio.run(call()))

    def get(
        self,
        path: str,
        *,
        params: Mapping[str, str | int] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> httpx.Response:
        return self.request("GET", path, params=params, headers=headers)

    def post(
        self,
        path: str,
        *,
        json: object = None,
        content: bytes | AsyncIterator[bytes] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> httpx.Response:
        return self.request("POST", path, json=json, content=content, headers=headers)


def _in_clean_chinese(answer: httpx.Response) -> httpx.Response:
    """Return an answer whose faults and warnings, if it has any, are told in clean Chinese."""
    kind = answer.headers.get("content-type", "").partition(";")[0]
    if answer.content and kind.endswith(("/json", "+json")):
        told = answer.json()
        if isinstance(told, dict):
            for one in (*told.get("errors", ()), *told.get("warnings", ())):
                assert foreign(one["message_zh"]) == [], one
    return answer


class KnownKeys:
    """A keyring that knows what it is told, for apps under test."""

    def __init__(self, **callers: Caller) -> None:
        self._callers = callers

    async def admit(self, header: str | None) -> Caller:
        caller = self._callers.get((header or "").removeprefix("Bearer "))
        if caller is None:
            raise Problem("unauthenticated", [error_detail("key-missing")])
        return caller


OFFICE = Caller(None, "office", "office000001")
AUDITOR = Caller(None, "auditor", "auditor00001")
ADMIN = Caller(None, "admin", "admin0000001")
TAX = Caller("tax-bureau", "org", "tax000000001")
