"""`duibiao submit` as a child process, as a clerk or a timer runs it."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.support.product import ROOT, Product

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Ran:
    """How a command ended, and what it said."""

    code: int
    out: str
    err: str

    @property
    def told(self) -> Row:
        """What `--json` told."""
        told: Row = json.loads(self.out)
        return told


def started(product: Product, org: str, *arguments: str | Path) -> subprocess.Popen[str]:
    """Start `duibiao submit`, with the key of an org of this installation."""
    keys = product.folder / "dev-keys.json"
    whose = ("--url", product.url, "--key-file", str(keys), "--org", org)
    environment = {name: value for name, value in os.environ.items() if "DUIBIAO" not in name}
    return subprocess.Popen(
        [sys.executable, "-m", "services", "submit", *map(str, arguments), *whose],
        cwd=ROOT,
        env=environment | {"COLUMNS": "120"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    )


def ended(process: subprocess.Popen[str], *, seconds: float = 120.0) -> Ran:
    """Wait for a command; one that does not end is ended and fails the test."""
    try:
        out, err = process.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        out, err = process.communicate()
        raise AssertionError(f"not ended within {seconds} s:\n{out}\n{err}") from None
    return Ran(process.returncode, out, err)


def submitted(product: Product, org: str, *arguments: str | Path) -> Ran:
    """Run `duibiao submit` to its end."""
    return ended(started(product, org, *arguments))


def answered(file: Path) -> int:
    """Return how many requests of an upload under way have been answered."""
    state = file.with_name(f"{file.name}.upload")
    return state.read_bytes().count(b'"type":"part"') if state.exists() else 0


def mortgages(count: int, indicator: str) -> Iterator[Row]:
    """Give registrations of mortgages, each done on the day it came."""
    for number in range(count):
        yield {
            "case_no": f"M-{number:07d}",
            "indicator": indicator,
            "accepted_at": "2021-11-03T09:00:00",
            "completed_at": "2021-11-03T15:00:00",
            "outcome": "completed",
        }
