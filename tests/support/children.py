"""Starting the small process as a child, talking to it and ending it."""

import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO

import httpx

from tests.support.waiting import until

ROOT = Path(__file__).parents[2]
START_WITHIN = 30.0


class Child:
    """A running small process; its stderr goes to a file in its folder."""

    def __init__(self, folder: Path, *arguments: str, port: int = 0) -> None:
        self._log = folder / "stderr.jsonl"
        with self._log.open("ab") as stderr:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "tests.support.small_process", str(folder), *arguments],
                cwd=ROOT,
                env={**os.environ, "DUIBIAO_PORT": str(port)},
                stdout=subprocess.PIPE,
                stderr=stderr,
                text=True,
            )
        self.client = httpx.Client(timeout=10)

    def ready(self) -> "Child":
        """Wait until it has told its port and answers that it is ready."""
        line = self._stdout().readline()
        assert line, self.log()
        self.client.base_url = httpx.URL(f"http://127.0.0.1:{int(line)}")
        until(lambda: self.client.get("/readyz").status_code == 200, within=START_WITHIN)
        return self

    def put(self, key: str, names: Sequence[str]) -> list[str]:
        """Post names one by one; return those answered 202, up to the first that was not."""
        taken = []
        with suppress(httpx.TransportError):
            for name in names:
                if self.client.post(f"/names/{key}/{name}").status_code != 202:
                    break
                taken.append(name)
        return taken

    def handled(self) -> list[str]:
        found: list[str] = self.client.get("/names").json()
        return found

    def log(self) -> str:
        return self._log.read_text()

    def ended(self, within: float = 15) -> int:
        """Wait for its end and return its exit code."""
        code = self.process.wait(within)
        self._stdout().close()
        self.client.close()
        return code

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        self.process.send_signal(number)
        return self.ended()

    def kill(self) -> None:
        """Make sure that it is gone."""
        if self.process.poll() is None:
            self.process.kill()
        self.ended()

    def _stdout(self) -> IO[str]:
        assert self.process.stdout is not None
        return self.process.stdout
