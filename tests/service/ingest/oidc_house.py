"""An installation whose people sign in through an OpenID provider, reached in process."""

import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import httpx
import pytest
from prometheus_client import CollectorRegistry

from duibiao.store import Store
from duibiao.web.app import App
from duibiao.web.keyring import Keyring
from duibiao.web.migrations import SCHEMA
from services.ingest.adapters.oidc import OidcProvider
from services.ingest.adapters.oidc_routes import add_oidc
from services.ingest.board.sign_in import sign_in_router
from services.ingest.settings import IngestSettings
from tests.service.web.browser import Browser
from tests.support.clock import ManualClock
from tests.support.registers import TAX, the_register

with warnings.catch_warnings(record=True):  # of what the provider has not given up yet
    import oidc_provider_mock
    from authlib.jose import RSAKey
    from oidc_provider_mock._storage import Storage

ISSUER = "http://localhost:9"
BEGIN, CALLBACK = "/board/sign-in/oidc", "/board/sign-in/oidc/callback"
CLAIMS = {"name": "李四", "org": TAX, "position": "head", "email": "admin@example.gov.cn"}
Change = Callable[[httpx.Request, httpx.Response], httpx.Response]


class Provider(httpx.BaseTransport):
    """The provider as the product reaches it: `change` may do something to its answers."""

    def __init__(self) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            app = oidc_provider_mock.app(require_nonce=True)
        self._wsgi = httpx.WSGITransport(app=app.wsgi_app.app)
        self.change: Change = lambda _, answer: answer
        self.asked: list[httpx.Request] = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        return self.change(request, self.answer(request))

    def answer(self, request: httpx.Request) -> httpx.Response:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            answer = self._wsgi.handle_request(request)
        answer.read()
        return answer

    def person(self, sub: str = "u1", **claims: object) -> str:
        with self.client() as client:
            assert client.put(f"{ISSUER}/users/{sub}", json=claims).status_code == 204
        return sub

    def consent(self, address: str, sub: str = "u1", **form: str) -> str:
        """Sign in at the provider, and return where it leads the browser."""
        with self.client() as client:
            answer = client.post(address, data={"sub": sub, **form})
        assert answer.status_code == 302, answer.text
        return answer.headers["location"].removeprefix("http://test")

    def client(self) -> httpx.Client:
        return httpx.Client(transport=self)


@contextmanager
def rotated() -> Iterator[None]:
    """Have every provider sign with another key, and publish that one alone."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        key = RSAKey.generate_key(is_private=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Storage, "jwk", property(lambda _: key, lambda *_: None), raising=False)
        yield


class House:
    """An installation whose people sign in there."""

    def __init__(self, folder: Path) -> None:
        self.clock = ManualClock(datetime.now(UTC))
        self.provider = Provider()
        self.store = Store(f"sqlite:///{folder}/duibiao.db", "access")
        SCHEMA.migrate(self.store)
        self.keyring = Keyring(self.store, self.clock)
        (folder / "secret").write_text("s p\n")
        self.settings = IngestSettings(
            oidc_issuer=ISSUER, oidc_client_id="dui biao", oidc_client_secret_file=folder / "secret"
        )
        self.browser = self.browser_of()

    def browser_of(self, **changes: str) -> Browser:
        settings = self.settings.model_copy(update=changes)
        provider = OidcProvider(settings, the_register(), self.clock.now, self.provider)
        oidc = partial(add_oidc, provider, self.keyring)
        routers = [sign_in_router(the_register(), self.keyring, oidc)]
        app = App(keyring=self.keyring, registry=CollectorRegistry(), routers=routers)
        return Browser(app)

    def begin(self, back: str = "/board/orgs?lang=en") -> str:
        answer = self.browser.get(f"{BEGIN}?next={back}")
        assert answer.status_code == 303
        return str(answer.headers["location"])

    def sign_in(self, sub: str = "u1") -> httpx.Response:
        return self.browser.get(self.provider.consent(self.begin(), sub))

    def is_in(self) -> bool:
        return "duibiao-session" in self.browser.cookies

    def refused(self, answer: httpx.Response, words: str, status: int = 403) -> None:
        assert answer.status_code == status, answer.text
        assert words in answer.text
        assert answer.headers["content-type"].startswith("text/html")
        assert not self.is_in()

    def close(self) -> None:
        self.keyring.close()
        self.store.close()
