"""An installation whose processes come and go while people post to it and read it."""

import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from itertools import count, cycle
from pathlib import Path

import httpx

from tests.support.history import History
from tests.support.product import Installation, Product, Row, added_up, kept_environment
from tests.support.project import ROOT
from tests.support.registers import the_register
from tests.support.waiting import until
from tests.support.writers import Writer, breach_and_recover, mortgage_cases

READ = ("/v1/verdicts", "/v1/alerts", "/v1/submissions", "/v1/duties", "/board")
PAUSE = 0.1  # seconds before each post, so that there is not too much to look through
ONWARDS = 10  # posts that show that it goes on


class Fleet(Installation):
    """Processes of one installation that come and go; requests go round those that are in it."""

    def __init__(self, folder: Path, settings: Mapping[str, str]) -> None:
        self.folder = folder
        self._settings = dict(settings)
        self._in: list[Product] = []
        self._turn = count()
        self._stack = ExitStack()
        self.client = self._stack.enter_context(httpx.Client(timeout=60))

    @property
    def on_postgres(self) -> bool:
        return "DUIBIAO_DATABASE_URL" in self._settings

    @property
    def environment(self) -> Mapping[str, str]:
        return self._in[0].environment

    def url_of(self, path: str) -> str:
        serving = self._in
        return serving[next(self._turn) % len(serving)].url_of(path)

    def metrics(self) -> dict[str, float]:
        return added_up(self._in)

    def command(self, program: str, *arguments: str) -> subprocess.Popen[str]:
        """Start a command of a release."""
        return subprocess.Popen(
            [sys.executable, "-m", program, *arguments],
            cwd=ROOT,
            env={**kept_environment(), **self._process(program).environment, "COLUMNS": "160"},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
        )

    def join(self, program: str) -> Product:
        """Start a process; requests go to it, too, once it is ready."""
        process = self._process(program)
        process.start()
        self._in = [*self._in, process]
        return process

    def leave(self, process: Product, answered: Callable[[], None]) -> None:
        """Send it no more requests; end it once those under way are answered."""
        self._in = [one for one in self._in if one is not process]
        answered()
        assert process.stop() == 0

    def close(self) -> None:
        """End what still runs."""
        self._stack.close()

    def _process(self, program: str) -> Product:
        process = Product(self.folder, settings=self._settings, program=program)
        self._stack.callback(process.close)
        return process


class StrictWriter(Writer):
    """One to whom any answer but 202 is a fault: nothing is asked twice."""

    def _until_answered(
        self, client: httpx.Client, rows: list[Row], headers: dict[str, str]
    ) -> httpx.Response:
        threading.Event().wait(PAUSE)
        return client.post(self.product.url_of(f"/v1/{self.kind}"), json=rows, headers=headers)


class Reader:
    """Somebody who reads everywhere, all the time."""

    def __init__(self, product: Installation) -> None:
        self.reads = 0
        self.faults: list[str] = []
        self._product = product
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def start(self) -> None:
        self._thread.start()

    def finish(self) -> None:
        self._stopping.set()
        self._thread.join(timeout=60)
        assert not self._thread.is_alive()
        assert not self.faults, self.faults[:3]

    def _run(self) -> None:
        headers = self._product.key("office")
        with httpx.Client(timeout=30) as client:
            for path in cycle(READ):
                answer = client.get(self._product.url_of(path), headers=headers)
                if answer.status_code != httpx.codes.OK:
                    self.faults.append(f"{path}: {answer.status_code} {answer.text[:300]}")
                self.reads += 1
                self._stopping.wait(PAUSE)
                if self._stopping.is_set():
                    return


class Traffic:
    """Two who post and one who reads."""

    def __init__(self, fleet: Fleet) -> None:
        mortgages = the_register().indicators["mortgage-registration-days"]
        rebates = the_register().indicators["export-rebate-days"]
        self.history = History()

        def writer(name: str, org: str, kind: str, requests: Iterator[list[Row]]) -> StrictWriter:
            return StrictWriter(name, fleet, org, kind, requests, self.history)

        self.writers: Sequence[StrictWriter] = [
            writer("cases", mortgages.reported_by[0], "cases",
                   mortgage_cases("cases", 3, mortgages.code)),
            writer("figures", rebates.reported_by[0], "observations",
                   breach_and_recover("figures", rebates.code)),
        ]  # fmt: skip
        self.reader = Reader(fleet)

    def start(self) -> None:
        for writer in self.writers:
            writer.start()
        self.reader.start()

    def goes_on(self, posts: int = ONWARDS) -> None:
        """Wait until everybody has been answered some more."""
        before = [(writer, writer.posts) for writer in self.writers]
        reads = self.reader.reads

        def answered() -> bool:
            assert not self.faults, self.faults[:3]
            more = all(writer.posts >= posts + so_far for writer, so_far in before)
            return more and self.reader.reads >= reads + len(READ)

        until(answered, seconds=180, what="the traffic goes on")

    @property
    def posts(self) -> int:
        return sum(writer.posts for writer in self.writers)

    @property
    def faults(self) -> list[str]:
        return [*self.reader.faults, *(fault for one in self.writers for fault in one.faults)]

    def finish(self) -> None:
        for writer in self.writers:
            writer.finish()
        self.reader.finish()
