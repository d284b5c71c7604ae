import pytest
from fastapi import APIRouter, FastAPI
from starlette.exceptions import HTTPException
from starlette.routing import BaseRoute, Route

from duibiao.core.retry import Retry
from duibiao.store import ClockSkewed, StoreFull, StoreUncertain
from duibiao.web.error_mapping import allowed_at, from_http_exception, problem_of


@pytest.mark.parametrize(
    ("status", "type_", "code"),
    [
        (400, "bad-request", "malformed"),
        (404, "not-found", "not-found"),
        (405, "method-not-allowed", "method-not-allowed"),
        (413, "too-large", "http-error"),
        (418, "client-error", "http-error"),
        (503, "unavailable", "unavailable"),
        (507, "internal", "http-error"),
    ],
)
def test_an_http_exception_keeps_its_status_and_headers(status: int, type_: str, code: str) -> None:
    error = HTTPException(status, "said in English only", {"Allow": "GET"})
    problem = from_http_exception(error, method="PUT", path="/v1/x")
    assert (problem.status, problem.type) == (status, type_)
    assert [fault.code for fault in problem.faults] == [code]
    assert problem.headers == {"Allow": "GET"}
    assert "said in English only" not in problem.detail


def test_work_to_be_tried_again_says_when() -> None:
    problem = problem_of(Retry("database is locked"), method="GET", path="/")
    assert (problem.status, problem.type) == (503, "unavailable")
    assert problem.headers == {"Retry-After": "5"}
    assert "locked" not in problem.detail


def test_a_commit_that_nobody_can_vouch_for_is_told_apart() -> None:
    problem = problem_of(StoreUncertain("server closed"), method="POST", path="/v1/cases")

    assert (problem.status, problem.type) == (503, "uncertain")
    assert problem.headers["Retry-After"].isdigit()
    assert [fault.code for fault in problem.faults] == ["uncertain"]


def test_a_full_disk_is_told_apart() -> None:
    problem = problem_of(StoreFull("database or disk is full"), method="POST", path="/v1/cases")
    assert (problem.status, problem.type) == (503, "unavailable")
    assert [fault.code for fault in problem.faults] == ["disk-full"]
    assert problem.headers == {"Retry-After": "5"}


def test_a_wrong_clock_is_told_apart() -> None:
    problem = problem_of(ClockSkewed("864000 s"), method="POST", path="/v1/cases")
    assert (problem.status, problem.type) == (503, "unavailable")
    assert [fault.code for fault in problem.faults] == ["clock-skewed"]
    assert problem.headers == {"Retry-After": "5"}
    assert "864000" not in problem.detail


def test_what_nobody_expected_tells_nothing_about_itself() -> None:
    problem = problem_of(ZeroDivisionError("secret place"), method="GET", path="/")
    assert (problem.status, problem.type) == (500, "internal")
    assert "secret" not in problem.detail + problem.detail_zh


async def nothing() -> None:
    return None


def nested() -> list[BaseRoute]:
    keys, key = APIRouter(prefix="/v1/keys"), APIRouter()
    for router, path, method in ((keys, "", "GET"), (keys, "", "POST"), (key, "/{id}", "DELETE")):
        router.add_api_route(path, nothing, methods=[method])
    keys.include_router(key)
    app = FastAPI(docs_url=None, redoc_url=None)
    app.include_router(keys)
    return [*app.router.routes, Route("/livez", nothing)]


@pytest.mark.parametrize(
    ("path", "allowed"),
    [
        ("/v1/keys", "GET, POST"),
        ("/v1/keys/1", "DELETE"),
        ("/livez", "GET, HEAD"),
        ("/nowhere", ""),
    ],
)
def test_a_path_allows_the_methods_of_all_its_routes(path: str, allowed: str) -> None:
    scope = {"type": "http", "method": "TRACE", "path": path, "root_path": "", "headers": []}
    assert allowed_at(nested(), scope) == allowed
