"""Bodies that are small to send and large to hold leave no mark on the memory of the process."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
# One body may be 32 MiB unpacked, and is text as well as bytes while it is looked at.
A_FEW_BODIES = 160  # MiB


@pytest.mark.soak
def test_hostile_bodies_leave_memory_flat(tmp_path: Path) -> None:
    run = subprocess.run(
        [sys.executable, "-m", "tests.service.ingest.peak_memory", str(tmp_path)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=480,
        check=False,
    )
    assert run.returncode == 0, run.stderr[-3000:]
    peaks = json.loads(run.stdout.splitlines()[-1])  # behind what was logged
    assert peaks["after"] < peaks["before"] + A_FEW_BODIES, peaks
