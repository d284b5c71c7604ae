"""Workbooks are read in child processes, so that none of them holds up the interpreter.

A child reads one workbook after another, at most `SECONDS` of processor time and `BYTES` of memory
each; one that needs more ends its child and is refused. Parent and child speak pickle over pipes:
a child whose parent is gone reads the end of its input, and ends.
"""

import pickle
import resource
import subprocess
import sys
from collections.abc import Collection
from queue import Empty, SimpleQueue
from typing import IO, Final

import structlog

from services.ingest.adapters.formats.unreadable import Unreadable
from services.ingest.adapters.formats.workbook.reading import read_sheet
from services.ingest.domain.flaws import Flaws
from services.ingest.domain.terms import Limits

SECONDS: Final = 20
BYTES: Final = 320 * 1024 * 1024

_log = structlog.get_logger(__name__)

Found = tuple[list[object], tuple[int, ...], Flaws]


class WorkbookReaders:
    """Reads workbooks, each in a child process that is idle or is started. Called from threads.

    There are as many children as were ever needed at once.
    """

    def __init__(self) -> None:
        self._idle: SimpleQueue[subprocess.Popen[bytes]] = SimpleQueue()

    def read(self, body: bytes, fields: Collection[str], limits: Limits) -> Found:
        """Return what `read_sheet` does.

        Raises:
            Unreadable: as `read_sheet`; or the child came to its bounds.

        """
        child = self._child()
        try:
            found = _asked(child, (body, fields, limits))
        except (EOFError, OSError, pickle.UnpicklingError):
            _end(child)
            _log.warning("a reader of workbooks ended", returncode=child.returncode)
            raise Unreadable("too-large", "workbook-too-complex") from None
        self._idle.put(child)
        if isinstance(found, Unreadable):
            raise found
        return found

    def _child(self) -> "subprocess.Popen[bytes]":
        try:
            while (child := self._idle.get_nowait()).poll() is not None:
                _end(child)
        except Empty:
            return _started()
        return child

    def close(self) -> None:
        """End the children that are idle."""
        while not self._idle.empty():
            _end(self._idle.get_nowait())


def _started() -> "subprocess.Popen[bytes]":
    command = [sys.executable, "-m", "services.ingest.adapters.formats.workbook.child"]
    # In a session of its own: an interrupt from the terminal is the parent's to handle.
    return subprocess.Popen(  # noqa: S603 - our own module
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


def _asked(
    child: "subprocess.Popen[bytes]", question: tuple[bytes, Collection[str], Limits]
) -> Found | Unreadable:
    questions, answers = child.stdin, child.stdout
    if questions is None or answers is None:
        raise EOFError
    _write(questions, question)
    answer: Found | Unreadable = pickle.load(answers)  # noqa: S301 - of our own child
    return answer


def _end(child: "subprocess.Popen[bytes]") -> None:
    with child:  # which closes the pipes and waits
        child.kill()


def _write(stream: IO[bytes], value: object) -> None:
    pickle.dump(value, stream, pickle.HIGHEST_PROTOCOL)
    stream.flush()


def _serve() -> None:
    """Answer questions on standard input until it ends."""
    questions, answers = sys.stdin.buffer, sys.stdout.buffer
    resource.setrlimit(resource.RLIMIT_DATA, (BYTES, BYTES))
    while True:
        try:
            body, fields, limits = pickle.load(questions)  # noqa: S301 - of our own parent
        except EOFError:
            return
        used = resource.getrusage(resource.RUSAGE_SELF)
        most = int(used.ru_utime + used.ru_stime) + SECONDS
        resource.setrlimit(resource.RLIMIT_CPU, (most, resource.RLIM_INFINITY))
        answer: Found | Unreadable
        try:
            answer = read_sheet(body, fields, limits)
        except Unreadable as unreadable:
            answer = unreadable
        _write(answers, answer)


if __name__ == "__main__":
    _serve()
