"""One desk for the tests of a module that only read from it or count what they added."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.service.ingest.service import Desk


@pytest.fixture
def desk(each_database: str, tmp_path: Path) -> Iterator[Desk]:
    folder = tmp_path / each_database
    folder.mkdir()
    with Desk(folder) as desk:
        yield desk


@pytest.fixture(scope="module")
def shared_desk(shared_folder: Path) -> Iterator[Desk]:
    with Desk(shared_folder) as desk:
        yield desk


@pytest.fixture(scope="module")
def one_desk(folder_mostly_on_sqlite: Path) -> Iterator[Desk]:
    """A desk for many bodies that are refused before any database is asked."""
    with Desk(folder_mostly_on_sqlite) as desk:
        yield desk
