"""What tests of readers and relays share: a log in memory, and a small service that counts."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.buses import MemoryBus
from tests.support.tally import Tally


@pytest.fixture
def bus() -> MemoryBus:
    return MemoryBus()


@pytest.fixture
def tally(tmp_path: Path) -> Iterator[Tally]:
    made = Tally(tmp_path)
    yield made
    made.store.close()
