"""When an installation is new, and so gets the sample: until its first start, migrated or not."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from duibiao.core import SystemClock
from services.cli import app
from services.cli.assembly import Installation
from tests.support.log_settings import logs_as_before


@pytest.fixture(autouse=True)
def _settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("DUIBIAO_DATABASE_URL", f"sqlite:///{tmp_path}/duibiao.db")
    with logs_as_before():
        yield


def opened(*, sample: bool = True) -> bool:
    """Open the installation, close it again; return whether it is to get the sample."""
    installation = Installation.open(SystemClock(), sample=sample)
    installation.keyring.close()
    installation.access.close()
    return installation.sample


def started() -> None:
    installation = Installation.open(SystemClock(), sample=False)
    installation.service("indicators").closers[0]()
    installation.keyring.close()
    installation.access.close()


def test_one_without_stores_is_new() -> None:
    assert opened()
    assert not opened(sample=False)


def test_one_that_was_only_migrated_is_new() -> None:
    assert CliRunner().invoke(app, ["migrate"]).exit_code == 0
    assert opened()


def test_one_that_was_started_is_not() -> None:
    started()
    assert not opened()
