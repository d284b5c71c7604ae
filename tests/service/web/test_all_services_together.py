"""What holds for every address of every service, asked of all three in one process."""

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from prometheus_client import Metric
from prometheus_client.openmetrics.parser import text_string_to_metric_families

from duibiao.process.process import Process
from services.cli.assembly import Installation
from tests.service.web.whole_process import running
from tests.support.asgi import bearer, made
from tests.support.project import table

# What Prometheus adds to the labels of a histogram's buckets.
BUCKET = "le"
OPEN = {"/livez", "/readyz", "/metrics", "/docs", "/openapi.json", "/problems"}


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Installation, Process]]:
    with running(tmp_path_factory.mktemp("installation")) as both:
        yield both


@pytest.fixture(scope="module")
def process(installed: tuple[Installation, Process]) -> Process:
    return installed[1]


@pytest.fixture(scope="module")
def head_key(installed: tuple[Installation, Process]) -> str:
    return bearer(made(installed[0].keyring, None, "office"))


@pytest.fixture(scope="module")
def client(process: Process) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=f"http://127.0.0.1:{process.port}", trust_env=False) as client:
        yield client


@pytest.fixture(scope="module")
def openapi(client: httpx.Client) -> dict[str, Any]:
    document: dict[str, Any] = client.get("/openapi.json").json()
    return document


def operations(openapi: dict[str, Any]) -> list[tuple[str, str, dict[str, Any]]]:
    """Return all operations but those of the open pages."""
    return [
        (method.upper(), path, about)
        for path, methods in openapi["paths"].items()
        for method, about in methods.items()
        if path not in OPEN
    ]


def filled(path: str) -> str:
    return path.replace("{", "").replace("}", "")


def refusal(answer: httpx.Response) -> list[str]:
    """Return the codes of a problem, once it is sure that it is a whole one."""
    assert answer.headers["content-type"] == "application/problem+json", answer.request.url
    told = answer.json()
    assert told["status"] == answer.status_code
    assert told["trace_id"] == answer.headers["x-request-id"]
    assert told["errors_total"] == len(told["errors"]) > 0
    assert all(error["message"] and error["message_zh"] for error in told["errors"])
    return [error["code"] for error in told["errors"]]


def test_nothing_but_the_open_pages_answers_without_a_key(
    client: httpx.Client, openapi: dict[str, Any]
) -> None:
    asked = operations(openapi)
    assert len(asked) > 20
    for method, path, about in asked:
        answer = client.request(method, filled(path))
        assert (answer.status_code, refusal(answer)) == (401, ["key-missing"]), path
        assert answer.headers["www-authenticate"] == "Bearer"
        assert about["security"], path


def test_a_key_that_is_none_is_refused_everywhere(
    client: httpx.Client, openapi: dict[str, Any]
) -> None:
    for method, path, _ in operations(openapi):
        answer = client.request(method, filled(path), headers={"Authorization": "Bearer dbk_no"})
        assert (answer.status_code, refusal(answer)) == (401, ["key-malformed"]), path
        assert "dbk_no" not in answer.text


def test_the_open_pages_answer_without_a_key(client: httpx.Client) -> None:
    assert {path: client.get(path).status_code for path in OPEN} == dict.fromkeys(OPEN, 200)


def test_head_is_answered_as_get_is_without_a_body(
    client: httpx.Client, openapi: dict[str, Any], head_key: str
) -> None:
    paths = {path for method, path, _ in operations(openapi) if method == "GET"}
    assert len(paths) > 15
    for path in sorted(paths | {"/board", "/board/orgs", "/", *OPEN, "/v1/no-such-thing"}):
        for headers in ({"Authorization": head_key}, {}):
            got, head = (client.request(m, filled(path), headers=headers) for m in ("GET", "HEAD"))
            assert (head.status_code, head.content) == (got.status_code, b""), path
            assert head.headers.get("content-type") == got.headers.get("content-type"), path
            assert got.status_code != 405, path


def test_a_method_that_is_not_possible_is_a_problem_that_says_which_are(
    client: httpx.Client, openapi: dict[str, Any]
) -> None:
    for path, methods in openapi["paths"].items():
        answer = client.request("TRACE", filled(path))
        assert (answer.status_code, refusal(answer)) == (405, ["method-not-allowed"]), path
        allowed = {word.strip() for word in answer.headers["allow"].split(",")}
        assert allowed & {method.upper() for method in methods}, path


def test_every_operation_promises_problems(openapi: dict[str, Any]) -> None:
    for _, path, about in operations(openapi):
        refusals = {status for status in about["responses"] if status >= "400"}
        assert {"401", "403", "429", "500", "503"} <= refusals, path
        for status in refusals:
            assert set(about["responses"][status]["content"]) == {"application/problem+json"}, path


def test_every_reference_of_the_openapi_document_leads_somewhere(openapi: dict[str, Any]) -> None:
    schemas = openapi["components"]["schemas"]
    headers = openapi["components"]["headers"]
    leads = {f"schemas/{name}" for name in schemas} | {f"headers/{name}" for name in headers}
    said = json.dumps(openapi).split('"$ref": "#/components/')[1:]
    assert {rest.partition('"')[0] for rest in said} <= leads


def test_the_docs_show_every_operation(client: httpx.Client, openapi: dict[str, Any]) -> None:
    page = client.get("/docs").text
    missing = [
        f"{method} {path}"
        for method, path, _ in operations(openapi)
        if f"{method} {path}" not in page
    ]
    assert missing == []


def exposed(metric: Metric) -> str:
    return metric.name + {"counter": "_total", "info": "_info"}.get(metric.type, "")


def test_metrics_are_of_the_documented_type_and_labels(client: httpx.Client) -> None:
    documented = {
        row[0].strip("`"): (row[1], frozenset(row[2].replace("`", "").split(", ")) - {"-"})
        for row in table("metrics.md", "Metrics")
    }
    accept = {"Accept": "application/openmetrics-text"}
    text = client.get("/metrics", headers=accept).text
    scraped = text_string_to_metric_families(text)  # type: ignore[no-untyped-call]
    ours = [one for one in scraped if one.name.startswith("duibiao_")]
    assert {exposed(metric) for metric in ours} == set(documented)
    for metric in ours:
        kind, labels = documented[exposed(metric)]
        assert metric.type == kind, metric.name
        shown = {frozenset(sample.labels) - {BUCKET} for sample in metric.samples}
        assert shown <= {labels}, metric.name
