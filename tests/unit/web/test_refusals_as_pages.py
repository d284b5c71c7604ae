"""What a browser is told when it asks for a page of the board that it does not get."""

import httpx
import pytest
from fastapi import APIRouter
from prometheus_client import CollectorRegistry

from duibiao.web.app import App
from duibiao.web.problems import Problem, error_detail
from tests.support.asgi import Calls, KnownKeys

BROWSER = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
PATHS = "/board/nothing", "/board/closed", "/board/failing"
router = APIRouter()


@router.get("/board/closed")
def closed() -> None:
    state, step = ("closed", "已锁定"), ("accepted", "审核通过")
    fault = error_detail("wrong-decision", subject=("review", "报送"), state=state, step=step)
    raise Problem("conflict", [fault], headers={"Retry-After": "5"})


@router.get("/board/failing")
def failing() -> None:
    raise RuntimeError("<b>a secret</b>")


@router.get("/v1/closed")
def also() -> None:
    closed()


def asked(path: str, **headers: str) -> httpx.Response:
    app = App(keyring=KnownKeys(), registry=CollectorRegistry(), routers=[router])
    return Calls(app).get(path, headers=headers)


@pytest.mark.parametrize(("path", "status"), [*zip(PATHS, (404, 409, 500), strict=True)])
def test_a_browser_is_told_in_a_page_in_both_languages(path: str, status: int) -> None:
    answer = asked(path, **BROWSER)
    problem = asked(path).json()
    assert (answer.status_code, problem["status"]) == (status, status)
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    for text in (problem["title"], problem["title_zh"]):
        assert text in answer.text
    assert 'href="/board"' in answer.text
    assert "secret" not in answer.text


def test_the_page_says_what_is_wrong_and_when_to_come_again() -> None:
    answer = asked("/board/closed", **BROWSER)
    (error,) = asked("/board/closed").json()["errors"]
    assert error["message_zh"] in answer.text
    assert error["message"] in answer.text
    assert answer.headers["retry-after"] == "5"


def test_what_an_address_holds_is_text() -> None:
    answer = asked("/board/<script>alert(1)<", **BROWSER)
    assert "<script" not in answer.text
    assert "&lt;script" in answer.text


@pytest.mark.parametrize("accept", ["*/*", "application/json", "application/problem+json"])
def test_a_program_is_told_in_json(accept: str) -> None:
    assert asked(PATHS[0], Accept=accept).headers["content-type"] == "application/problem+json"
    assert asked("/v1/closed", **BROWSER).headers["content-type"] == "application/problem+json"
