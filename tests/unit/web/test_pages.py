import asyncio
import re
from collections.abc import Iterator
from functools import cache
from html.parser import HTMLParser
from threading import Event
from typing import Annotated

import httpx
import pytest
from fastapi import APIRouter, Depends, Query
from prometheus_client import CollectorRegistry, Counter
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from duibiao.web.access import any_key
from duibiao.web.app import App
from duibiao.web.problems import CODES, PROBLEM_TYPES
from tests.support.asgi import Calls, KnownKeys

router = APIRouter()
NO_LOG = ("the log cannot be reached", "无法访问日志")
reasons: list[tuple[str, str]] = []


@router.get("/v1/verdicts", dependencies=[Depends(any_key)])
async def verdicts(target: Annotated[str, Query(description="The target's id <b>")]) -> list[str]:
    """List the verdicts."""
    return [target]


@router.post("/v1/what-if", summary="Try another threshold")
async def what_if(sent: dict[str, int], dry_run: bool = False) -> dict[str, int]:  # noqa: FBT001, FBT002 - a query parameter
    return {} if dry_run else sent


class Addresses(HTMLParser):
    """Collects every address a page would load or link to, and its scripts."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.tags: set[str] = set()
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.found += [value or "" for name, value in attrs if name in {"href", "src"}]


@cache
def app() -> App:
    registry = CollectorRegistry()
    Counter("duibiao_rows", "Rows", ["org"], registry=registry).labels(org="customs").inc(3)
    return App(
        keyring=KnownKeys(),
        registry=registry,
        not_ready=lambda: reasons,
        routers=[router],
        version="9.8.7",
    )


@pytest.fixture(autouse=True)
def _ready() -> None:
    reasons.clear()


@pytest.mark.parametrize("path", ["/docs", "/problems", "/problems/invalid"])
def test_a_page_needs_no_script_and_no_other_host(path: str) -> None:
    answer = Calls(app()).get(path)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.headers["content-security-policy"].startswith("default-src 'none'")
    page = Addresses(answer.text)
    assert page.tags.isdisjoint({"script", "iframe", "img", "link"})
    assert [address for address in page.found if re.match(r"[a-z]+:|//", address)] == []
    assert re.findall(r"url\(|@import", answer.text) == []


def test_the_docs_list_every_operation() -> None:
    page = Calls(app()).get("/docs").text
    assert "GET /v1/verdicts" in page
    assert "POST /v1/what-if" in page
    assert "Try another threshold" in page
    assert "List the verdicts" in page
    assert "The target&#39;s id &lt;b&gt;" in page
    assert "<code>dry_run</code>" in page
    assert "9.8.7" in page


def test_an_operation_says_whether_it_needs_a_key() -> None:
    page = Calls(app()).get("/docs").text
    listed, asked = (
        next(one for one in page.split("<section>") if name in one)
        for name in ("GET /v1/verdicts", "POST /v1/what-if")
    )
    assert "需要密钥" in listed
    assert "无需密钥" in asked
    assert "正文 Body: <code>application/json</code>" in asked
    answers = listed.partition("应答 Answers: ")[2]
    assert re.findall("<code>([0-9]{3})</code>", answers) == [
        *("200", "401", "403", "422", "429", "500", "503")
    ]


def test_the_openapi_document_promises_problems_and_no_other_422() -> None:
    document = Calls(app()).get("/openapi.json").json()
    answers = document["paths"]["/v1/verdicts"]["get"]["responses"]
    (media_type,) = answers["422"]["content"]
    assert media_type == "application/problem+json"
    schema = answers["422"]["content"][media_type]["schema"]
    assert schema == {"$ref": "#/components/schemas/Problem"}
    assert "HTTPValidationError" not in document["components"]["schemas"]
    assert {"trace_id", "errors"} <= set(document["components"]["schemas"]["Problem"]["required"])


@pytest.mark.parametrize("slug", sorted(PROBLEM_TYPES))
def test_every_problem_type_has_a_page_in_both_languages(slug: str) -> None:
    page = Calls(app()).get(f"/problems/{slug}").text
    kind = PROBLEM_TYPES[slug]
    for words in (kind.title_zh, kind.advice_zh, kind.title, kind.advice, str(kind.status)):
        assert words in page


def test_the_list_of_problems_has_every_type_and_code() -> None:
    page = Calls(app()).get("/problems").text
    assert [slug for slug in PROBLEM_TYPES if f"problems/{slug}" not in page] == []
    assert [code for code in CODES if f'id="{code}"' not in page] == []


def test_the_process_turns() -> None:
    reasons.append(NO_LOG)
    answer = Calls(app()).get("/livez")
    assert (answer.status_code, answer.json()) == (200, {"status": "live"})
    assert Calls(app()).request("HEAD", "/livez").status_code == 200


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_the_root_leads_to_the_board(method: str) -> None:
    answer = Calls(app()).request(method, "/")
    assert (answer.status_code, answer.headers["location"]) == (307, "/board")


def test_a_process_that_can_take_work_is_ready() -> None:
    answer = Calls(app()).get("/readyz")
    assert (answer.status_code, answer.json()) == (200, {"status": "ready"})


def test_a_process_that_cannot_says_every_reason() -> None:
    reasons.extend([NO_LOG, ("the register is being read", "正在读取登记册")])
    answer = Calls(app()).get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["type"] == "/problems/not-ready"
    assert [error["message"] for error in answer.json()["errors"]] == [
        "Not ready: the log cannot be reached.",
        "Not ready: the register is being read.",
    ]


def test_metrics_are_the_text_of_the_registry() -> None:
    answer = Calls(app()).get("/metrics")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain; version=")
    assert 'duibiao_rows_total{org="customs"} 3.0' in answer.text.splitlines()


def test_metrics_come_as_openmetrics_to_whom_asks_for_it() -> None:
    accept = {"Accept": "application/openmetrics-text; version=1.0.0"}
    answer = Calls(app()).get("/metrics", headers=accept)
    assert answer.headers["content-type"].startswith("application/openmetrics-text")
    assert answer.text.endswith("# EOF\n")


class SlowCollector(Collector):
    """Collects only once it is let go."""

    def __init__(self) -> None:
        self.begun = Event()
        self.let_go = Event()

    def collect(self) -> Iterator[GaugeMetricFamily]:
        self.begun.set()
        assert self.let_go.wait(10)
        yield GaugeMetricFamily("duibiao_outbox_age_seconds", "Age", value=1)


def test_a_slow_scrape_keeps_nobody_waiting() -> None:
    registry = CollectorRegistry(auto_describe=False)
    slow = SlowCollector()
    registry.register(slow)
    transport = httpx.ASGITransport(app=App(keyring=KnownKeys(), registry=registry))

    async def scrape_and_ask() -> tuple[httpx.Response, httpx.Response]:
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            scrape = asyncio.create_task(client.get("/metrics"))
            await asyncio.to_thread(slow.begun.wait, 10)
            live = await client.get("/livez")
            assert not scrape.done()
            slow.let_go.set()
            return live, await scrape

    live, scraped = asyncio.run(scrape_and_ask())
    assert live.status_code == 200
    assert "duibiao_outbox_age_seconds 1.0" in scraped.text
