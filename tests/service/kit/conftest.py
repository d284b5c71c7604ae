"""What tests of readers and relays share: a log in memory, and a small service that counts."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.bus import MemoryBus
from tests.support.counting import Counting


@pytest.fixture
def bus() -> MemoryBus:
    return MemoryBus()


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Counting]:
    made = Counting(tmp_path)
    yield made
    made.store.close()
