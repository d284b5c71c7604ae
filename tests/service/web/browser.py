"""An app as a browser asks it: keeps its cookies, posts forms, follows no redirect."""

import re
from collections.abc import Mapping
from http.cookies import SimpleCookie
from urllib.parse import urlencode

import httpx
from starlette.types import ASGIApp

from tests.support.asgi import Calls

FORM = {"Content-Type": "application/x-www-form-urlencoded"}


class Browser:
    def __init__(
        self, app: ASGIApp, *, site: str = "http://test", client: str = "127.0.0.1"
    ) -> None:
        self.cookies: dict[str, str] = {}
        self._site = site
        self._calls = Calls(app, client=client)

    def request(
        self,
        method: str,
        path: str,
        *,
        headers: Mapping[str, str] | None = None,
        content: bytes | None = None,
    ) -> httpx.Response:
        cookies = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        sent = {**({"Cookie": cookies} if cookies else {}), **(headers or {})}
        answer = self._calls.request(method, self._site + path, headers=sent, content=content)
        for text in answer.headers.get_list("set-cookie"):
            for name, morsel in SimpleCookie(text).items():
                self.cookies.pop(name, None)
                if morsel["max-age"] != "0":
                    self.cookies[name] = morsel.value
        return answer

    def get(self, path: str, headers: Mapping[str, str] | None = None) -> httpx.Response:
        return self.request("GET", path, headers=headers)

    def post(
        self, path: str, headers: Mapping[str, str] | None = None, /, **fields: str
    ) -> httpx.Response:
        content = urlencode(fields).encode()
        return self.request("POST", path, headers={**FORM, **(headers or {})}, content=content)

    def sign_in(self, key: str, back: str = "") -> httpx.Response:
        return self.post("/board/sign-in", key=key, next=back)

    @property
    def csrf(self) -> str:
        """What the forms of its pages carry."""
        found = re.search(r'name="csrf" value="([0-9a-f]{64})"', self.get("/board/sign-in").text)
        assert found is not None
        return found[1]
