"""`duibiao keys` and `duibiao audit` on the files of an installation."""

import json
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from typer.testing import CliRunner

from services.cli import app
from tests.support.commands import Ran, duibiao
from tests.support.log_settings import logs_as_before


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
