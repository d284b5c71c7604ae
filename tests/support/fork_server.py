"""A process that has loaded the product and forks one of its processes whenever it is asked to.

    python -m tests.support.fork_server

Loading takes seconds of processor time, starting what was loaded a fraction of one. Each start is a
fork with a session, an environment and outputs of its own that then runs `duibiao`'s own main.

On stdin, a line of JSON each: {"start": arguments, "environment", "output", "errors"} or
{"look": pid}. On stdout one line for each: the pid, or the exit code, null while it runs.
"""

import atexit
import ctypes
import importlib
import json
import os
import pkgutil
import selectors
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, Final

from tests.support import bent_clock
from tests.support.project import ROOT

PR_SET_PDEATHSIG: Final = 1


class Forked:
    """A process of the product that was started by a fork; what `Popen` has of use here."""

    def __init__(self, server: "ForkServer", pid: int) -> None:
        self.pid = pid
        self._server = server
        self._descriptor = os.pidfd_open(pid)
        self._code: int | None = None

    def poll(self) -> int | None:
        """Return the exit code, negative the number of a signal; None while it runs."""
        if self._code is None:
            self._code = self._server.asked({"look": self.pid})
            if self._code is not None:
                os.close(self._descriptor)
        return self._code

    def wait(self, timeout: float | None = None) -> int:
        """Wait for the exit code. Raises `subprocess.TimeoutExpired`."""
        if self._code is None:
            with selectors.DefaultSelector() as selector:
                selector.register(self._descriptor, selectors.EVENT_READ)
                if not selector.select(timeout):
                    raise subprocess.TimeoutExpired(f"process {self.pid}", timeout or 0.0)
        code = self.poll()
        assert code is not None
        return code

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        """End it and whatever it has started."""
        if self.poll() is None:
            os.killpg(self.pid, signal.SIGKILL)


class ForkServer:
    """The running server. Shared between threads."""

    def __init__(self) -> None:
        self._turn = threading.Lock()
        self._process = subprocess.Popen(
            [sys.executable, "-m", __name__],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        atexit.register(self.close)

    def start(
        self,
        arguments: Sequence[str],
        environment: Mapping[str, str],
        output: Path,
        errors: Path | None = None,
    ) -> Forked:
        """Start `duibiao ARGUMENTS` with this whole environment; outputs are added to files."""
        question = {
            "start": list(arguments),
            "environment": dict(environment),
            "output": str(output),
            "errors": str(errors or output),
        }
        return Forked(self, self.asked(question))

    def asked(self, question: Mapping[str, object]) -> Any:  # noqa: ANN401 - JSON
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        with self._turn:
            self._process.stdin.write(json.dumps(question) + "\n")
            self._process.stdin.flush()
            return json.loads(self._process.stdout.readline())

    def close(self) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait(30)
        self._process.stdout.close()


@cache
def fork_server() -> ForkServer:
    """Return the server of this test process, started by the first who asks for it."""
    return ForkServer()


def _become(question: Mapping[str, Any]) -> None:
    environment: Mapping[str, str] = question["environment"]
    # A run of tests that is killed takes the server with it, and the server what it has started.
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    os.setsid()
    os.environ.clear()
    os.environ.update(environment)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    for target, name in ((1, "output"), (2, "errors")):
        os.dup2(os.open(question[name], os.O_WRONLY | os.O_APPEND | os.O_CREAT), target)
    sys.argv = ["duibiao", *question["start"]]
    code = 1
    try:
        program = bent_clock.PROGRAM if bent_clock.FILE in environment else "services.__main__"
        importlib.import_module(program).main()
        code = 0
    except SystemExit as ended:
        code = ended.code if isinstance(ended.code, int) else int(ended.code is not None)
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def _answer(question: Mapping[str, Any]) -> int | None:
    if "look" in question:
        pid, status = os.waitpid(question["look"], os.WNOHANG)
        return os.waitstatus_to_exitcode(status) if pid else None
    pid = os.fork()
    if not pid:
        _become(question)
    return pid


def main() -> None:
    for package in ("duibiao", "services"):  # loaded once, so that no fork need load them
        for module in pkgutil.walk_packages([str(ROOT / package)], f"{package}."):
            # Alembic loads its own: they do not load by themselves.
            if ".versions." not in module.name and not module.name.endswith(".alembic.env"):
                importlib.import_module(module.name)
    # Reads and writes without buffers: a fork must find nothing in one.
    waiting = b""
    while more := os.read(0, 65536):
        *lines, waiting = (waiting + more).split(b"\n")
        for line in lines:
            os.write(1, json.dumps(_answer(json.loads(line))).encode() + b"\n")


if __name__ == "__main__":
    main()
