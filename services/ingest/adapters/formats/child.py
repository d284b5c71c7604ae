"""Workbooks and large bodies are read in child processes, which hold up no other request.

A call into C over 32 MiB keeps the interpreter for a good part of a second, and so does Python over
a workbook. A child reads one body after another, at most `SECONDS` of processor time and `BYTES` of
memory each; one that needs more ends its child and is refused. Parent and child speak pickle over
pipes: a child whose parent is gone reads the end of its input, and ends.
"""

import os
import pickle
import resource
import subprocess
import sys
from collections.abc import Callable, Mapping
from queue import Empty, SimpleQueue
from typing import IO, Any, Final, TypeVar

import structlog

from services.ingest.adapters.formats.reading import Read, read_rows, rows_with_errors
from services.ingest.adapters.formats.unreadable import Unreadable
from services.ingest.domain.context import Limits
from services.ingest.domain.errors import RowErrors
from services.ingest.domain.rows import Field
from services.ingest.domain.submission import Media

# Bytes of JSON, NDJSON or CSV from which on they are read in a child.
LARGE: Final = 1024 * 1024

SECONDS: Final = 20
BYTES: Final = 320 * 1024 * 1024
# How far a child gives way to the process that answers requests.
NICE: Final = 10

_log = structlog.get_logger(__name__)

_Child = subprocess.Popen[bytes]
_Question = tuple[Callable[..., Any], tuple[Any, ...]]
T = TypeVar("T")


class BodyReaders:
    """Reads bodies row by row, large ones in a child that is idle or is started; from any thread.

    There are as many children as were ever needed at once.
    """

    def __init__(self) -> None:
        self._idle: SimpleQueue[_Child] = SimpleQueue()

    def read(
        self,
        media: Media,
        body: bytes,
        columns: Mapping[str, Field],
        limits: Limits,
        errors: RowErrors,
    ) -> Read:
        """Return what `read_rows` does.

        Raises:
            Unreadable: as `read_rows`; or the child came to its bounds.

        """
        if media.format != "xlsx" and len(body) <= LARGE:
            return read_rows(media, body, columns, limits, errors)
        read, found = self.run(rows_with_errors, media, body, columns, limits)
        for error in found.kept:
            errors.bar(error)
        errors.warnings += found.warnings
        return read

    def run(self, work: Callable[..., T], *given: object) -> T:
        """Return what a function of a module makes of what it is given, worked out in a child.

        Raises:
            Unreadable: as the function; or the child came to its bounds.

        """
        child = self._child()
        try:
            _write(child.stdin, (work, given))
            answer: T | Unreadable = pickle.load(child.stdout)  # type: ignore[arg-type]  # noqa: S301
        except (EOFError, OSError, pickle.UnpicklingError):
            _end(child)
            _log.warning("a reader of bodies ended", returncode=child.returncode)
            raise Unreadable("too-large", "too-complex") from None
        self._idle.put(child)
        if isinstance(answer, Unreadable):
            raise answer
        return answer

    def _child(self) -> _Child:
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


def _started() -> _Child:
    # In a process group of its own, since an interrupt from the terminal is the parent's to handle;
    # in the same session, since Linux weighs priorities within a session only.
    return subprocess.Popen(
        [sys.executable, "-m", "services.ingest.adapters.formats.child"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        process_group=0,
    )


def _end(child: _Child) -> None:
    with child:  # which closes the pipes and waits
        child.kill()


def _write(stream: IO[bytes] | None, value: object) -> None:
    if stream is not None:  # it is a pipe
        pickle.dump(value, stream, pickle.HIGHEST_PROTOCOL)
        stream.flush()


def _serve() -> None:
    """Read the bodies that come on standard input until it ends."""
    resource.setrlimit(resource.RLIMIT_DATA, (BYTES, BYTES))
    os.nice(NICE)
    while True:
        try:
            question: _Question = pickle.load(sys.stdin.buffer)  # noqa: S301 - of our own parent
        except EOFError:
            return
        used = resource.getrusage(resource.RUSAGE_SELF)
        most = int(used.ru_utime + used.ru_stime) + SECONDS
        resource.setrlimit(resource.RLIMIT_CPU, (most, resource.RLIM_INFINITY))
        answer: object
        work, given = question
        try:
            answer = work(*given)
        except Unreadable as unreadable:
            answer = unreadable
        _write(sys.stdout.buffer, answer)
        del question, work, given, answer


if __name__ == "__main__":
    _serve()
