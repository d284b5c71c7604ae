"""The jars of the tests' Kafka, fetched once with Maven into a cache folder outside the tree.

    python -m tests.support.servers.kafka_jars

tests/setup runs it. Where there is no java or no Maven the tests of Kafka are skipped, and say so.
"""

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.servers.images import image, missing

POM = Path(__file__).with_name("kafka-pom.xml")
FETCH_WITHIN = 900.0


def installed_java() -> str:
    found = shutil.which("java")
    if found is None:
        missing("kafka", "no java is installed (run bash tests/setup)")
    return found


def classpath() -> str:
    """Return the class path of the broker and its tools, fetching the jars where needed."""
    installed_java()
    return f"{_fetched()}{os.sep}*"


def _fetched() -> Path:
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "duibiao"
    # Another pom is another folder: nothing stale can be on the class path.
    folder = cache / f"kafka-{hashlib.sha256(POM.read_bytes()).hexdigest()[:12]}"
    if folder.exists():
        return folder
    cache.mkdir(parents=True, exist_ok=True)
    with (cache / "kafka.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.exists():
            _fetch(folder)
    return folder


def _fetch(folder: Path) -> None:
    maven = shutil.which("mvn")
    if maven is None:
        missing("kafka", "no Maven is installed (run bash tests/setup)")
    unfinished = folder.with_suffix(".unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    done = subprocess.run(
        [
            *(maven, "-q", "-B", "-f", str(POM), "dependency:copy-dependencies"),
            f"-DoutputDirectory={unfinished}",
        ],
        capture_output=True,
        text=True,
        timeout=FETCH_WITHIN,
        check=False,
    )
    if done.returncode:
        missing("kafka", f"Maven could not fetch it: {done.stdout[-2000:]}")
    unfinished.rename(folder)


if __name__ == "__main__":
    try:
        image("kafka") or classpath()
    except (pytest.skip.Exception, pytest.fail.Exception) as error:
        sys.exit(f"{error}. The tests of Kafka will be skipped.")
