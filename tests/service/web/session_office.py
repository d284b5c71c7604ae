"""An installation in process whose people sign in: its store, its clock, and some routes."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import httpx
from fastapi import APIRouter, Depends, Request, Response
from prometheus_client import CollectorRegistry
from starlette.responses import HTMLResponse

from duibiao.audit.reading import records_after
from duibiao.store import Store
from duibiao.web.access import Caller, any_key, need
from duibiao.web.app import App, Bounds
from duibiao.web.forms import Form
from duibiao.web.keyring import Keyring
from duibiao.web.keys import Wanted
from duibiao.web.migrations import SCHEMA
from duibiao.web.page_cache import PageCache
from duibiao.web.people import NewPerson, PersonRow
from duibiao.web.quotas import Policy, Quota
from duibiao.web.signing_in import signed_in
from services.ingest.board.sign_in import sign_in_router
from tests.service.web.browser import Browser
from tests.support.clock import ManualClock
from tests.support.registers import TAX, the_register

METHODS = ("POST", "PUT", "PATCH", "DELETE")
NAME = "duibiao-session"
HEAD = NewPerson("张三", "head", TAX)


def routes(cache: PageCache) -> APIRouter:
    router = APIRouter()

    @router.api_route("/v1/any", methods=["GET", *METHODS])
    async def anything(caller: Annotated[Caller, Depends(any_key)]) -> str:
        return caller.actor

    @router.post("/board/act")
    def act(form: Form, caller: Annotated[Caller, Depends(signed_in("org"))]) -> str:
        return f"{caller.actor} {form.get('said')}"

    @router.post("/board/any")
    async def forgetful(caller: Annotated[Caller, Depends(any_key)]) -> str:
        return caller.actor

    @router.get("/board/mine")
    def mine(caller: Annotated[Caller, Depends(signed_in())]) -> str:
        return caller.actor

    @router.post("/v1/signed")
    def not_reporters(
        caller: Annotated[Caller, Depends(need("org", "office", but=["reporter", "duty-officer"]))],
    ) -> str:
        return caller.actor

    def page(request: Request) -> Response:
        caller: Caller | None = request.state.caller if hasattr(request.state, "caller") else None
        return HTMLResponse(caller.actor if caller else "nobody")

    router.add_api_route("/board", cache.endpoint(page))
    return router


class Office:
    """An installation as a process sees it; `process` makes another one over the same store."""

    def __init__(self, store: Store, clock: ManualClock) -> None:
        self.store = store
        self.clock = clock
        self.keyring, self.app = self.process()
        keys = self.keyring.keys
        self.tax = keys.create(Wanted(TAX, "org")).text
        self.admin = keys.create(Wanted(None, "admin")).text

    def process(self, public_url: str = "") -> tuple[Keyring, App]:
        keyring = Keyring(self.store, self.clock)
        pages = Quota(Policy("pages", ("pages", "个页面"), 50, 0.001), self.clock.monotonic)
        app = App(
            keyring=keyring,
            registry=CollectorRegistry(),
            routers=[
                sign_in_router(the_register(), keyring),
                routes(PageCache("lang", self.clock.monotonic)),
            ],
            bounds=Bounds(pages=pages),
            public_url=public_url,
        )
        return keyring, app

    def browser(self, key: str = "") -> Browser:
        browser = Browser(self.app)
        if key:
            assert browser.sign_in(key).status_code == 303
        return browser

    def person(self, wanted: NewPerson = HEAD) -> tuple[PersonRow, str]:
        person = self.keyring.people.create(wanted)
        made = self.keyring.keys.create(Wanted(person.org, "org", person=person.id))
        return person, made.text

    def acts(self) -> list[tuple[str, str, str]]:
        rows = records_after(self.store, 0, 1000)
        return [(str(row[2]), str(row[3]), str(row[4])) for row in rows]


@contextmanager
def opened(url: str) -> Iterator[Office]:
    store = Store(url, "access")
    SCHEMA.migrate(store)
    office = Office(store, ManualClock())
    yield office
    office.keyring.close()
    store.close()


def refused(answer: httpx.Response) -> tuple[int, str]:
    (error,) = answer.json()["errors"]
    return answer.status_code, error["code"]


def is_out(browser: Browser) -> bool:
    return browser.get("/board/mine").status_code == 303
