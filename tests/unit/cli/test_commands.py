"""The command line as a whole: its help is quick, and says of a command what the command says."""

import gc
import subprocess
import sys
from typing import Final, Never

import pytest

import services.cli
from services.cli import COMMANDS, command

SLOW: Final = {
    *("sqlalchemy", "sqlmodel", "alembic", "fastapi", "starlette", "pydantic", "google.protobuf"),
    *("kafka", "confluent_kafka", "openpyxl", "xlsxwriter", "python_calamine", "httpx", "rich"),
    *("uvicorn", "prometheus_client", "yaml", "duibiao"),
}
SCRIPT: Final = """
import sys
from services.__main__ import main
try:
    main()
except SystemExit as end:
    assert not end.code, end.code
print(*sys.modules)
"""


def test_help_imports_nothing_that_a_command_needs() -> None:
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, "--help"], capture_output=True, text=True, check=True
    )
    help_, _, loaded = done.stdout.rstrip().rpartition("\n")
    assert all(f"  {name} " in help_ for name in COMMANDS)
    assert not SLOW & set(loaded.split())


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_says_the_same_of_itself(name: str) -> None:
    found = command(name)
    assert found.help.partition("\n")[0] == COMMANDS[name]


def test_garbage_is_collected_after_an_import_that_failed(monkeypatch: pytest.MonkeyPatch) -> None:
    def failed(_: str) -> Never:
        raise ImportError

    monkeypatch.setattr(services.cli, "import_module", failed)
    try:
        with pytest.raises(ImportError):
            command("status")
        assert gc.isenabled()
    finally:
        gc.enable()
