"""A store with a chain of its own."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.audit import AuditedStore
from tests.support.clock import ManualClock


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def audited(tmp_path: Path, clock: ManualClock) -> Iterator[AuditedStore]:
    audited = AuditedStore(f"sqlite:///{tmp_path}/duibiao.db", clock)
    yield audited
    audited.close()
