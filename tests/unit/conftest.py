"""No sockets and no files here: a test that needs either belongs to tests/service or tests/e2e."""

import gc
from collections.abc import Iterator

import pytest
from pytest_socket import disable_socket, enable_socket


@pytest.fixture(autouse=True, scope="module")
def _no_sockets() -> Iterator[None]:
    disable_socket(allow_unix_socket=True)
    yield
    enable_socket()


def pytest_collection_finish() -> None:
    """What has been imported stays to the end: the collector need not look at it again."""
    gc.collect()
    gc.freeze()


@pytest.fixture
def tmp_path() -> None:
    pytest.fail("a test that needs the disk belongs to tests/service")
