"""Pages without a key are limited by address; requests with a key never are."""

from functools import partial

import pytest
from fastapi import APIRouter
from prometheus_client import CollectorRegistry

from duibiao.web.app import App, Bounds
from duibiao.web.quotas import Policy, Quota
from tests.support.asgi import TAX, Calls, KnownKeys

BURST = 3
router = APIRouter()


@router.get("/board")
@router.get("/board/static/board.css")
@router.get("/v1/notice")
async def page() -> str:
    return "page"


class Seconds:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def seconds() -> Seconds:
    return Seconds()


@pytest.fixture
def app(seconds: Seconds) -> App:
    quota = Quota(Policy("pages", ("pages", "个页面"), BURST, 0.5), seconds)
    return App(
        keyring=KnownKeys(tax=TAX),
        registry=CollectorRegistry(),
        routers=[router],
        bounds=Bounds(pages=quota),
    )


def statuses(calls: Calls, path: str = "/board", times: int = BURST + 1) -> list[int]:
    return [calls.get(path).status_code for _ in range(times)]


def test_one_page_too_many_is_answered_with_a_page_that_says_when_to_come_again(
    app: App, seconds: Seconds
) -> None:
    calls = Calls(app, client="10.1.2.3")
    assert statuses(calls) == [200, 200, 200, 429]
    told = calls.get("/board")

    assert told.headers["content-type"].startswith("text/html")
    assert told.headers["retry-after"] == "2"  # one page in two seconds
    assert told.headers["cache-control"] == "no-store"
    assert "请在2秒后再试" in told.text
    assert "Try again in 2 s" in told.text
    seconds.now += 2
    assert statuses(calls, times=2) == [200, 429]


@pytest.mark.parametrize("path", ["/docs", "/problems", "/problems/invalid"])
def test_all_pages_count_together(app: App, path: str) -> None:
    calls = Calls(app)
    assert statuses(calls, times=BURST) == [200] * BURST
    assert calls.get(path).status_code == 429


@pytest.mark.parametrize("path", ["/board/static/board.css", "/v1/notice", "/livez", "/metrics"])
def test_what_is_no_page_is_not_counted(app: App, path: str) -> None:
    calls = Calls(app)
    assert statuses(calls, path, 10) == [200] * 10
    assert statuses(calls) == [200, 200, 200, 429]
    assert calls.get(path).status_code == 200


def test_who_has_a_key_is_not_counted_nor_kept_out(app: App) -> None:
    known, stranger = Calls(app, "tax"), Calls(app)
    assert statuses(known, times=10) == [200] * 10
    assert statuses(stranger) == [200, 200, 200, 429]
    assert statuses(known, times=10) == [200] * 10


def test_a_bad_key_is_none(app: App) -> None:
    assert statuses(Calls(app, "nonsense")) == [200, 200, 200, 429]


@pytest.mark.parametrize(
    ("one", "other", "shared"),
    [
        ("10.1.2.3", "10.1.2.4", False),
        ("10.1.2.3", "::ffff:10.1.2.3", True),
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", True),  # one line has all of a /64
        ("2001:db8:1:2::1", "2001:db8:1:3::1", False),
        ("not an address", "nor this", True),
    ],
)
def test_what_counts_as_one_address(app: App, one: str, other: str, *, shared: bool) -> None:
    of = partial(Calls, app)
    assert statuses(of(client=one)) == [200, 200, 200, 429]
    assert of(client=other).get("/board").status_code == (429 if shared else 200)


def test_addresses_that_have_come_to_rest_are_forgotten(
    seconds: Seconds, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("duibiao.web.quotas._MANY", 2)
    quota = Quota(Policy("pages", ("pages", "个页面"), 1, 1.0), seconds)
    quota.take("a")
    seconds.now += 0.5
    quota.take("b")
    seconds.now += 0.5  # a's bucket is full again, b's is not
    quota.take("c")
    assert sorted(quota._buckets) == ["b", "c"]  # noqa: SLF001 - what it keeps is the point
