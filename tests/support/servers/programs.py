"""A server as a child process or as a container, and what a test does to it either way."""

import os
import shutil
import signal
import subprocess
from contextlib import suppress
from pathlib import Path
from threading import Thread
from typing import Any, Final

import psutil
from docker.errors import NotFound
from docker.models.containers import Container as Contained
from requests import RequestException

from tests.support import project
from tests.support.servers.images import LABEL, engine, image

DOWN_WITHIN: Final = 30.0
DONE_WITHIN: Final = 60.0

User = tuple[int, int]
"""The numbers of a user and a group."""


class LocalProcess:
    """A server that is installed on this machine."""

    def __init__(self, command: list[str], output: Path, user: User | None) -> None:
        # A run of tests that is killed must not leave its servers behind.
        setpriv = shutil.which("setpriv")
        bound = (setpriv, "--pdeathsig", "KILL") if setpriv else ()
        with output.open("ab") as log:
            self._process = psutil.Popen(
                [*bound, *command],
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                cwd="/",
                **_as(user),
            )

    @property
    def running(self) -> bool:
        return self._process.poll() is None

    def stop(self, number: signal.Signals = signal.SIGTERM) -> None:
        if self.running:
            self.thaw()
            self._process.send_signal(number)
            with suppress(psutil.TimeoutExpired):
                self._process.wait(DOWN_WITHIN)
        self.kill()

    def kill(self) -> None:
        if not self.running:
            return
        self._process.suspend()  # or its children would say good-bye
        family = self._family()
        for process in family:
            with suppress(psutil.NoSuchProcess):
                process.kill()
        self._process.wait(DOWN_WITHIN)
        psutil.wait_procs(family, DOWN_WITHIN)

    def freeze(self) -> None:
        self._process.suspend()  # or it would have more children meanwhile
        for process in self._family():
            with suppress(psutil.NoSuchProcess):
                process.suspend()

    def thaw(self) -> None:
        for process in self._family():
            with suppress(psutil.NoSuchProcess):
                process.resume()

    def _family(self) -> list[psutil.Process]:
        return [*self._process.children(recursive=True), self._process]


class Container:
    """A server of an image."""

    def __init__(
        self, image: str, command: list[str], output: Path, folder: Path, user: User | None
    ) -> None:
        self._container = _contained(image, command, folder, user)
        self._log = Thread(target=self._write_log, args=(output,), daemon=True)
        self._log.start()

    @property
    def running(self) -> bool:
        try:
            self._container.reload()
        except NotFound:
            return False
        return self._container.status in {"running", "paused"}

    def stop(self, number: signal.Signals = signal.SIGTERM) -> None:
        if self.running:
            self.thaw()
            self._container.kill(number.name)
            with suppress(RequestException):
                self._container.wait(timeout=DOWN_WITHIN)
        self.kill()

    def kill(self) -> None:
        with suppress(NotFound):
            self._container.remove(force=True, v=True)
        self._log.join(DOWN_WITHIN)

    def freeze(self) -> None:
        self._container.pause()

    def thaw(self) -> None:
        self._container.reload()
        if self._container.status == "paused":
            self._container.unpause()

    def _write_log(self, output: Path) -> None:
        with output.open("ab", buffering=0) as log:
            for part in self._container.logs(stream=True, follow=True):
                log.write(part)


class Server:
    """A server that a test may stop, kill, freeze and start again."""

    stops_on = signal.SIGTERM
    _process: LocalProcess | Container | None = None

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.running

    def stop(self) -> None:
        """End it in good order, and at once where that takes too long."""
        if self._process is not None:
            self._process.stop(self.stops_on)

    def kill(self) -> None:
        """End all its processes at once, as a power cut would end them."""
        if self._process is not None:
            self._process.kill()

    def freeze(self) -> None:
        """It keeps its connections and answers nothing."""
        assert self._process is not None
        self._process.freeze()

    def thaw(self) -> None:
        assert self._process is not None
        self._process.thaw()


def start(
    server: str, command: list[str], output: Path, folder: Path, user: User | None = None
) -> LocalProcess | Container:
    """Start a server; what it prints is added to `output`, what it writes goes below `folder`."""
    found = image(server)
    if found is None:
        return LocalProcess(command, output, user)
    return Container(found, command, output, folder, user)


def run(
    server: str, command: list[str], folder: Path, *, said: str = "", user: User | None = None
) -> str:
    """Run a program of a server to its good end, tell it something, and return its output."""
    found = image(server)
    if found is None:
        done = subprocess.run(
            command,
            input=said,
            capture_output=True,
            text=True,
            check=False,
            cwd="/",
            timeout=DONE_WITHIN,
            **_as(user),
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return str(done.stdout)
    piped = ["sh", "-c", 'printf %s "$0" | "$@"', said, *command]
    container = _contained(found, piped, folder, user)
    try:
        code = container.wait(timeout=DONE_WITHIN)["StatusCode"]
        assert code == 0, container.logs().decode()
        return container.logs(stderr=False).decode()
    finally:
        container.remove(force=True, v=True)


def _as(user: User | None) -> dict[str, Any]:
    return {"user": user[0], "group": user[1], "extra_groups": []} if user else {}


def _contained(image: str, command: list[str], folder: Path, user: User | None) -> Contained:
    client = engine()
    assert client is not None
    uid, gid = user or (os.getuid(), os.getgid())
    return client.containers.run(
        image,
        command[1:],
        entrypoint=command[0],
        detach=True,
        network_mode="host",
        labels={LABEL: str(os.getpid())},
        user=f"{uid}:{gid}",
        volumes=[
            f"{folder}:{folder}",
            f"{project.ROOT}:{project.ROOT}:ro",
            "/etc/passwd:/etc/passwd:ro",  # PostgreSQL must know its user by name
        ],
    )
