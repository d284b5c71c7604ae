"""Commands of `duibiao`, as a clerk, a timer or an SRE runs them."""

import json
import shutil
import sqlite3
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from typer.testing import CliRunner

from services.cli import app
from tests.support.fork_server import Forked, fork_server
from tests.support.log_settings import logs_as_before
from tests.support.product import Product, kept_environment

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


@dataclass(frozen=True, slots=True)
class Running:
    """A command that was started; `ended` waits for it."""

    process: Forked
    folder: Path

    def ended(self, *, seconds: float = 120.0) -> Ran:
        """Wait for it; a command that does not end is killed and fails the test."""
        try:
            code = self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait(30)
            raise AssertionError(f"not ended within {seconds} s:\n{self._said()}") from None
        ran = Ran(code, *self._said())
        shutil.rmtree(self.folder)
        return ran

    def _said(self) -> tuple[str, str]:
        out, err = ((self.folder / name).read_text("utf-8") for name in ("out", "err"))
        return out, err


def start(settings: Mapping[str, str], *arguments: str) -> Running:
    """Start `duibiao ARGUMENTS` with these settings and no others."""
    folder = Path(tempfile.mkdtemp(prefix="duibiao-command-"))
    environment = kept_environment() | {"COLUMNS": "120"} | dict(settings)
    process = fork_server().start(arguments, environment, folder / "out", folder / "err")
    return Running(process, folder)


def duibiao(settings: Mapping[str, str], *arguments: str, seconds: float = 120.0) -> Ran:
    """Run `duibiao ARGUMENTS` to its end."""
    return start(settings, *arguments).ended(seconds=seconds)


def started(product: Product, org: str, *arguments: str | Path) -> Running:
    """Start `duibiao submit`, with the key of an org of this installation."""
    keys = product.folder / "dev-keys.json"
    whose = ("--url", product.url, "--key-file", str(keys), "--org", org)
    return start({}, "submit", *map(str, arguments), *whose)


def submitted(product: Product, org: str, *arguments: str | Path) -> Ran:
    """Run `duibiao submit` to its end."""
    return started(product, org, *arguments).ended()


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


def run(folder: Path, *arguments: str, code: int = 0) -> Ran:
    """Run `duibiao ARGUMENTS` as a child process and check its exit code."""
    ran = duibiao({"DUIBIAO_DATABASE_URL": f"sqlite:///{folder}/duibiao.db"}, *arguments)
    assert ran.code == code, (arguments, ran)
    return ran


def asked(folder: Path, *arguments: str, code: int = 0) -> Any:  # noqa: ANN401 - JSON
    """Do as `run` without a process of its own, which takes a second; return what is told."""
    environment = {"DUIBIAO_DATABASE_URL": f"sqlite:///{folder}/duibiao.db"}
    with logs_as_before():
        result = CliRunner().invoke(app, [*arguments, "--json"], env=environment)
    assert result.exit_code == code, (arguments, result.output)
    return json.loads(result.stdout)


def by_hand(folder: Path, schema: str, statement: str, values: Sequence[object] = ()) -> list[Any]:
    """Do to the file of one schema what anybody with the file can do."""
    with closing(sqlite3.connect(folder / f"duibiao-{schema}.db")) as file:
        found = file.execute(statement, values).fetchall()
        file.commit()
        return found
