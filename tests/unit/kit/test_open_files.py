"""The limit of open files: raised where it is low, never lowered."""

import resource
from collections.abc import Iterator

import pytest

from duibiao.process.open_files import WANTED, allow_many

SOFT, HARD = resource.getrlimit(resource.RLIMIT_NOFILE)


@pytest.fixture(autouse=True)
def _restored() -> Iterator[None]:
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (SOFT, HARD))


def test_a_low_limit_is_raised() -> None:
    low = 512
    resource.setrlimit(resource.RLIMIT_NOFILE, (low, HARD))
    raised = allow_many()
    assert raised == min(WANTED, HARD) > low
    assert resource.getrlimit(resource.RLIMIT_NOFILE) == (raised, HARD)


def test_a_limit_that_is_high_enough_is_left_alone() -> None:
    allow_many()
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    assert allow_many() == before[0]
    assert resource.getrlimit(resource.RLIMIT_NOFILE) == before
