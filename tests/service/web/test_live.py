"""Live refresh: streams that tell pages of changes, and what they must not cost."""

import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import httpx
import pytest

from duibiao.process.process import Process
from duibiao.web.board import live
from duibiao.web.board.live import ADDRESS
from services.cli.assembly import Installation
from tests.service.web.session_office import Office, opened
from tests.service.web.whole_process import running
from tests.support.asgi import bearer, made
from tests.support.waiting import until

STREAM = {"Accept": "text/event-stream"}
REPORT = {"measure": "1.1", "period": "2021Q1", "state": "in_progress", "summary": "进行中"}


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "EVERY", 0.05)


@pytest.fixture
def product(tmp_path: Path) -> Iterator[tuple[Installation, Process]]:
    with running(tmp_path) as both:
        yield both


def url_of(process: Process) -> str:
    return f"http://127.0.0.1:{process.port}"


@contextmanager
def stream(process: Process) -> Iterator[Iterator[str]]:
    """Open a stream and give the lines that it tells, without comments and blanks."""
    asked = httpx.stream("GET", url_of(process) + ADDRESS, headers=STREAM, timeout=20)
    with asked as answer:
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith("text/event-stream")
        assert answer.headers["cache-control"] == "no-store"
        yield (line for line in answer.iter_lines() if line.startswith("data:"))


def post(installation: Installation, process: Process) -> None:
    key = bearer(made(installation.keyring, "finance-bureau", "org"))
    url = url_of(process) + "/v1/progress-reports"
    answer = httpx.post(url, json=REPORT, headers={"Authorization": key})
    assert answer.status_code == httpx.codes.ACCEPTED, answer.text


@pytest.mark.usefixtures("quick")
def test_a_stream_tells_the_state_of_a_page_and_then_every_other(
    product: tuple[Installation, Process],
) -> None:
    installation, process = product

    def told() -> str | None:
        """Return the state that is told, once it is that of the page."""
        with stream(process) as events:
            state = next(events).removeprefix("data: ")
        page = httpx.get(f"{url_of(process)}/board").text
        return state if f'data-state="{state}"' in page else None

    state = until(told, what="the page is of this state")
    with stream(process) as events:
        assert next(events) == f"data: {state}"
        post(installation, process)
        assert next(events) != f"data: {state}"


def test_who_accepts_no_stream_gets_none(product: tuple[Installation, Process]) -> None:
    assert httpx.get(url_of(product[1]) + ADDRESS).status_code == 204


@pytest.mark.usefixtures("quick")
def test_only_so_many_streams_are_open_and_none_holds_a_thread(
    product: tuple[Installation, Process], monkeypatch: pytest.MonkeyPatch
) -> None:
    _, process = product
    monkeypatch.setattr(live, "MOST", 30)

    def one_more() -> int:
        """Open a stream for a moment."""
        with httpx.stream("GET", url_of(process) + ADDRESS, headers=STREAM) as answer:
            return answer.status_code

    assert one_more() == 200
    before = threading.active_count()
    with ExitStack() as stack:
        events = [stack.enter_context(stream(process)) for _ in range(live.MOST)]
        assert all(next(one) for one in events)
        assert one_more() == 204
        assert threading.active_count() <= before + 5
    until(lambda: one_more() == 200, what="those that have gone make room")


def test_streams_end_at_once_when_the_process_stops(tmp_path: Path) -> None:
    with ExitStack() as stack, running(tmp_path) as (_, process):
        events = [stack.enter_context(stream(process)) for _ in range(10)]
        assert all(next(one) for one in events)
        began = time.monotonic()
        process.ask_to_stop()
        assert [list(one) for one in events] == [[]] * 10
        assert time.monotonic() - began < 2.5  # requests in flight would have 3 s


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    with opened(f"sqlite:///{tmp_path}/duibiao.db") as office:
        yield office


@pytest.mark.parametrize("accept", ["text/event-stream", "text/html, text/event-stream"])
def test_what_a_page_asks_by_itself_keeps_no_session_alive(office: Office, accept: str) -> None:
    reader = office.browser(office.tax)
    for _ in range(3):
        office.clock.advance(seconds=10 * 60 - 1)
        assert reader.get("/board/mine", {"Accept": accept}).status_code == 200
    office.clock.advance(seconds=3)
    assert reader.get("/board/mine", {"Accept": accept}).status_code == 303
    assert reader.get("/board/mine").status_code == 303
