"""An app called in process: no socket, no server, every call runs to its end."""

import asyncio
import re
from collections.abc import AsyncIterator, Mapping
from datetime import datetime
from typing import Any, Final

import httpx
from starlette.types import ASGIApp

from duibiao.web.access import Caller, Role
from duibiao.web.keyring import Keyring
from duibiao.web.keys import Wanted
from duibiao.web.problems import Problem, error_detail

PLAIN: Final = frozenset(
    {"JSON", "CSV", "HTTP", "XML", "NUL", "zstd", "gzip", "Excel", "WPS", "OpenDocument"}
    | {"xlsx", "xls", "xlsm", "xlsb", "et", "ods", "UTF", "GB"}
)
"""Names of formats, as a clerk sees them in the dialog that saves a file."""

_QUOTED: Final = re.compile(r"“([^“”]*)”")
_PYTHON: Final = re.compile(r"None|True|False|nan|inf|[\[({]['\"]|<[^>]* at 0x")
_CODES: Final = re.compile(
    r"[0-9]{4}[SQ][1-4]"  # a period
    r"|(?<![A-Za-z])[A-Z]{1,3}[0-9]+(?![A-Za-z])"  # a cell of a sheet
    r"|[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]+(?:Z|[+-][0-9]{2}:[0-9]{2})?"  # a time
)
_WORD: Final = re.compile(r"[A-Za-z][A-Za-z_]*")


def foreign(sentence: str) -> list[str]:
    """Return what does not belong into a Chinese sentence."""
    bare = _CODES.sub("", _QUOTED.sub("", sentence))
    words = [word for word in _WORD.findall(bare) if word not in PLAIN]
    values = [quoted for quoted in _QUOTED.findall(sentence) if _PYTHON.fullmatch(quoted)]
    return words + values


def made(
    keyring: Keyring,
    org: str | None,
    role: Role,
    *,
    label: str = "",
    expires_at: datetime | None = None,
    **wanted: Any,  # noqa: ANN401 - the rest of `Wanted`
) -> str:
    """Make a key and return its text."""
    key = Wanted(org, role, label, expires_at=expires_at, **wanted)
    return keyring.keys.create(key).text


def id_of(text: str) -> str:
    return text[4:16]


def bearer(text: str) -> str:
    return f"Bearer {text}"


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

    async def admit_session(self, token: str, *, used: bool = True) -> Caller:
        del used
        return await self.admit(f"Bearer {token}")


OFFICE = Caller(None, "office", "office000001")
AUDITOR = Caller(None, "auditor", "auditor00001")
ADMIN = Caller(None, "admin", "admin0000001")
TAX = Caller("tax-bureau", "org", "tax000000001")
CUSTOMS = Caller("customs", "org", "customs00001")
