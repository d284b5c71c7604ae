"""The small register that tests break in one place."""

from pathlib import Path

import pytest

from tests.service.register.register_files import RegisterFiles


@pytest.fixture
def files(tmp_path: Path) -> RegisterFiles:
    return RegisterFiles.sound(tmp_path)
