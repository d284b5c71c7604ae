"""Workbooks and large bodies are read in children: bounded, started late, gone with the parent."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest

from services.ingest.adapters.formats import BodyReaders, Unreadable, child, read_rows
from services.ingest.domain.errors import RowErrors
from services.ingest.domain.rows import ROWS
from services.ingest.domain.submission import Media
from tests.service.ingest.bombs import repeated_text
from tests.service.ingest.service import Desk, assert_problem
from tests.support.ingest import LIMITS, figure
from tests.support.spreadsheets import table_of
from tests.support.waiting import until

MANY = replace(LIMITS, rows=10_000)
VALID = table_of([figure()])


@pytest.fixture
def readers() -> Iterator[BodyReaders]:
    readers = BodyReaders()
    yield readers
    readers.close()


def read(readers: BodyReaders, body: bytes) -> int:
    media = Media("xlsx" if body.startswith(b"PK") else "json", None)
    return len(readers.read(media, body, ROWS["observation"].columns, MANY, RowErrors()).rows)


def children() -> set[int]:
    """Return the children of this process that read workbooks."""
    found = set()
    for listed in Path(f"/proc/{os.getpid()}/task").glob("*/children"):
        pids = ""
        with suppress(FileNotFoundError):  # the thread has ended
            pids = listed.read_text(encoding="ascii")
        for pid in map(int, pids.split()):
            if child.__name__ in Path(f"/proc/{pid}/cmdline").read_text(encoding="utf-8"):
                found.add(pid)
    return found


def test_nothing_is_started_before_there_is_a_workbook(readers: BodyReaders) -> None:
    before = children()
    assert (read(readers, VALID), read(readers, VALID)) == (1, 1)
    assert len(children() - before) == 1


def test_what_is_large_is_read_there_and_what_is_small_here(readers: BodyReaders) -> None:
    before = children()
    assert read(readers, b"[{}]") == 1
    assert children() == before
    for body in (
        b" " * child.LARGE + b"[{}]",
        b"[" + b",".join([b'{"a": 1.50}'] * 9_999) + b" " * child.LARGE + b"]",
    ):
        here = read_rows(Media("json", None), body, {}, MANY, RowErrors())
        assert readers.read(Media("json", None), body, {}, MANY, RowErrors()) == here
    assert len(children() - before) == 1
    with pytest.raises(Unreadable, match="malformed"):
        read(readers, b" " * child.LARGE + b"[{]")


def test_two_at_once_have_a_child_each_and_both_end(readers: BodyReaders) -> None:
    before = children()
    with ThreadPoolExecutor(2) as threads:
        assert list(threads.map(lambda _: read(readers, VALID), range(2))) == [1, 1]
    assert 1 <= len(children() - before) <= 2
    readers.close()
    assert children() == before


def test_one_that_needs_too_much_memory_is_refused_and_the_next_is_read(
    readers: BodyReaders,
) -> None:
    with pytest.raises(Unreadable, match="too-complex"):
        read(readers, repeated_text())
    assert read(readers, VALID) == 1


def test_a_child_that_is_killed_is_replaced(readers: BodyReaders) -> None:
    before = children()
    read(readers, VALID)
    (pid,) = children() - before
    os.kill(pid, signal.SIGKILL)
    until(lambda: _is_dead(pid))
    assert read(readers, VALID) == 1


def test_a_child_ends_with_its_parent() -> None:
    """Even with one that is killed."""
    script = (
        "import sys, time\n"
        "from services.ingest.adapters.formats import child\n"
        "print(child._started().pid, flush=True)\n"
        "time.sleep(60)\n"
    )
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        assert Path(f"/proc/{pid}").exists()
        parent.kill()
    until(lambda: not Path(f"/proc/{pid}").exists() or _is_dead(pid), seconds=20)


def _is_dead(pid: int) -> bool:
    return ") Z " in Path(f"/proc/{pid}/stat").read_text(encoding="utf-8")


def test_whoever_sends_one_that_is_too_complex_is_told(one_desk: Desk) -> None:
    (error,) = assert_problem(one_desk.post("observation", repeated_text(), form="xlsx"), 413)
    assert error["code"] == "too-complex"
    assert "复制到新工作簿" in error["message_zh"]
