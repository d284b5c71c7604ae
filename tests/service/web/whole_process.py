"""All three services in one process, on a thread, asked over a real socket."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from duibiao.core import Clock, SystemClock
from duibiao.process.process import Process
from services.cli.assembly import SERVICES, Installation


@contextmanager
def running(folder: Path, clock: Clock | None = None) -> Iterator[tuple[Installation, Process]]:
    """Run an installation of its own in `folder` until the block ends."""
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("DUIBIAO_DATABASE_URL", f"sqlite:///{folder}/duibiao.db")
        environment.setenv("DUIBIAO_STATE_FOLDER", str(folder))
        environment.setenv("DUIBIAO_PORT", "0")
        installation = Installation.open(clock or SystemClock(), sample=False)
        process = installation.process(list(SERVICES))
        thread = threading.Thread(target=process.run)
        thread.start()
        try:
            deadline = time.monotonic() + 20
            while process.not_ready():
                assert time.monotonic() < deadline, process.not_ready()
                time.sleep(0.02)
            yield installation, process
        finally:
            process.ask_to_stop()
            thread.join(20)
            installation.keyring.close()
        assert not thread.is_alive()
