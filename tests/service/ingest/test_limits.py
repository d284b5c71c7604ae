"""Limits: of one body, of all bodies, of what waits. What is over a limit is told, and passes."""

import asyncio
import gzip
import json
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path

import httpx
import pytest

from duibiao.contracts import topics
from duibiao.contracts.topics import SUBMISSIONS
from duibiao.store import Store
from services.ingest.domain.submission import Format
from tests.service.ingest.bombs import far_out, gzipped
from tests.service.ingest.service import Desk, assert_problem
from tests.support.asgi import Calls
from tests.support.ingest import case, figure
from tests.support.spreadsheets import table_of
from tests.support.waiting import until

pytestmark = pytest.mark.usefixtures("each_database")

KIB = 1024


def in_pieces(body: bytes, size: int = 1_000) -> AsyncIterator[bytes]:
    async def pieces() -> AsyncIterator[bytes]:
        for start in range(0, len(body), size):
            yield body[start : start + size]

    return pieces()


def post_in_pieces(desk: Desk, body: bytes) -> httpx.Response:
    headers = {"Content-Type": "application/json"}
    return Calls(desk.app, "tax").post("/v1/cases", content=in_pieces(body), headers=headers)


def cases(number: int) -> bytes:
    return json.dumps([case(case_no=f"N-{n}") for n in range(number)]).encode()


@pytest.fixture
def small_desk(tmp_path: Path) -> Iterator[Desk]:
    with Desk(tmp_path, max_body_bytes=8 * KIB, max_decoded_bytes=16 * KIB, max_rows=60) as desk:
        yield desk


def test_a_body_in_pieces_is_one_body(small_desk: Desk) -> None:
    answer = post_in_pieces(small_desk, cases(40))
    assert answer.status_code == 202, answer.text


def test_a_body_too_large_as_it_arrives(small_desk: Desk) -> None:
    body = cases(70)
    assert len(body) > 8 * KIB
    for answer in (small_desk.post("case", body), post_in_pieces(small_desk, body)):
        errors = assert_problem(answer, 413)
        assert [e["code"] for e in errors] == ["too-large"]
        assert "8192" in errors[0]["message"]
    assert small_desk.count("submissions") == 0


def test_a_body_too_large_once_unpacked(small_desk: Desk) -> None:
    fits = gzip.compress(cases(60))
    gzipped = {"Content-Encoding": "gzip"}
    assert small_desk.post("case", fits, headers=gzipped).status_code == 202
    over = gzip.compress(b" " * (16 * KIB - 2) + b"{} ")
    errors = assert_problem(small_desk.post("case", over, headers=gzipped), 413)
    assert "16384" in errors[0]["message"]


@pytest.mark.parametrize(
    ("form", "bomb"),
    [("json", gzipped), ("json", partial(gzipped, level=1)), ("xlsx", lambda _: far_out())],
)
def test_whoever_sends_bombs_has_soon_no_row_left(
    tmp_path: Path, form: Format, bomb: Callable[[int], bytes]
) -> None:
    body = bomb(50)
    with Desk(tmp_path, max_rows=40, row_burst=100) as desk:
        headers = {"Content-Encoding": "gzip"} if form == "json" else {}
        answers = [desk.post("case", body, form=form, headers=headers) for _ in range(4)]
        for answer in answers[:3]:
            assert_problem(answer, 413)
        left = [answer.headers["RateLimit"].rpartition("rows")[2] for answer in answers]
        assert [told.split(";")[1] for told in left] == ["r=60", "r=20", "r=0", "r=0"]
        errors = assert_problem(answers[3], 429)
        assert [error["code"] for error in errors] == ["too-many-requests"]
        assert answers[3].headers["Retry-After"] == "1"
        assert desk.post("case", case(), by="customs").status_code == 202


def test_the_last_row_that_fits(small_desk: Desk) -> None:
    gzipped = {"Content-Encoding": "gzip"}
    over = gzip.compress(cases(61))
    errors = assert_problem(small_desk.post("case", over, headers=gzipped), 413)
    assert [e["code"] for e in errors] == ["too-many-rows"]


@pytest.mark.parametrize("form", ["json", "xlsx"])
@pytest.mark.parametrize("partial", [False, True])
def test_rows_that_would_be_a_record_too_large_for_the_log(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, form: Format, *, partial: bool
) -> None:
    room = 8 * KIB
    small = replace(SUBMISSIONS, max_bytes=SUBMISSIONS.max_bytes - SUBMISSIONS.max_data + room)
    monkeypatch.setattr(topics, "SUBMISSIONS", small)
    rows = [
        case(case_no=f"N-{n}", labels={f"label {k}": "字" * 30 + f" {n} {k}" for k in range(5)})
        for n in range(20)
    ]
    many: object = rows
    if form == "xlsx":
        texts = [json.dumps(row["labels"], ensure_ascii=False) for row in rows]
        many = table_of([row | {"labels": text} for row, text in zip(rows, texts, strict=True)])
    with Desk(tmp_path) as desk:
        query = "?mode=partial" if partial else ""
        errors = assert_problem(desk.post("case", many, form=form, query=query), 413)
        assert [error["code"] for error in errors] == ["too-much"]
        assert str(room) in errors[0]["message"]
        assert desk.count("submissions") == 0
        assert desk.post("case", case()).status_code == 202


@contextmanager
def held_up(desk: Desk) -> Iterator[None]:
    """Keep the store from being written: what is posted meanwhile waits for the disk."""
    with closing(Store(desk.url, "ingest")) as other, other.begin():
        yield


def test_a_full_backlog_is_told_and_passes(tmp_path: Path) -> None:
    with Desk(tmp_path, max_waiting=2) as desk:
        answers: list[httpx.Response] = []

        def post(number: int) -> None:
            answers.append(desk.post("observation", figure(value=number)))

        threads = [threading.Thread(target=post, args=(number,)) for number in range(6)]
        with held_up(desk):
            for thread in threads:
                thread.start()
            # Two at most are being written and two wait: nobody else is kept waiting.
            until(lambda: len(answers) >= 2)
            refused = answers[:]
        for thread in threads:
            thread.join()
        for answer in refused:
            assert [e["code"] for e in assert_problem(answer, 503)] == ["backlog-full"]
            assert int(answer.headers["Retry-After"]) > 0
        statuses = [answer.status_code for answer in answers]
        assert set(statuses) == {202, 503}
        assert desk.post("observation", figure()).status_code == 202
        assert desk.count("submissions") == statuses.count(202) + 1


def test_a_log_that_is_down_fills_the_backlog_in_the_end(tmp_path: Path) -> None:
    with Desk(tmp_path, max_unsent=3) as desk:
        desk.bus.open_fails = desk.bus.send_fails = 1_000
        statuses = [desk.post("observation", figure(value=n)).status_code for n in range(5)]
        assert statuses == [202, 202, 202, 503, 503]
        assert [en for en, _ in desk.service.not_ready()] == ["backlog full"]
        desk.bus.open_fails = desk.bus.send_fails = 0
        assert len(desk.sent(3)) == 3
        until(lambda: not desk.service.not_ready())
        assert desk.post("observation", figure()).status_code == 202


def test_what_waits_for_the_log_is_counted_again_after_a_restart(tmp_path: Path) -> None:
    with Desk(tmp_path) as desk:
        desk.bus.open_fails = desk.bus.send_fails = 1_000
        desk.post("observation", figure())
    with Desk(tmp_path, max_unsent=1) as desk:
        (sent,) = desk.sent()
        assert sent.observations[0].value == "5.5"
        until(lambda: not desk.service.not_ready())
        assert desk.unsent() == 0


def test_all_bodies_together_have_a_limit(tmp_path: Path) -> None:
    with Desk(tmp_path, max_bodies_bytes=2 * KIB) as desk:
        arrived, let_go = threading.Event(), threading.Event()

        async def slow() -> AsyncIterator[bytes]:
            yield b" " * 2_000
            arrived.set()
            await asyncio.get_running_loop().run_in_executor(None, let_go.wait, 5)
            yield json.dumps(figure()).encode()

        answers = []

        def post_slowly() -> None:
            headers = {"Content-Type": "application/json"}
            calls = Calls(desk.app, "tax")
            answers.append(calls.post("/v1/observations", content=slow(), headers=headers))

        thread = threading.Thread(target=post_slowly)
        thread.start()
        assert arrived.wait(5)
        assert_problem(desk.post("observation", figure()), 503)
        let_go.set()
        thread.join()
        assert answers[0].status_code == 202
        assert desk.post("observation", figure()).status_code == 202
