"""What all tests share. Sockets are switched off in tests/unit and tests/laws only."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog

from tests.support.leaks import leaks_below
from tests.support.servers.fixtures import (
    _databases,
    _migrated_databases,
    _restless,
    _restless_postgres,
    _three,
    database_url,
    each_database,
    folder_mostly_on_sqlite,
    kafka,
    postgres,
    postgres_url,
    proxy,
    restless_kafka,
    restless_postgres,
    servers_folder,
    shared_folder,
    three_brokers,
)
from tests.support.servers.images import IS_MISSING

__all__ = [
    "_databases",
    "_migrated_databases",
    "_restless",
    "_restless_postgres",
    "_three",
    "database_url",
    "each_database",
    "folder_mostly_on_sqlite",
    "kafka",
    "postgres",
    "postgres_url",
    "proxy",
    "restless_kafka",
    "restless_postgres",
    "servers_folder",
    "shared_folder",
    "three_brokers",
]

TESTS = Path(__file__).parent
# The default renders tracebacks in colour, a third of a second each.
structlog.configure(
    processors=[
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.format_exc_info,
        structlog.processors.KeyValueRenderer(),
    ]
)


LONGEST_FIRST = ("faults", "e2e", "service", "contract", "laws", "unit", "meta")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what takes longest, so that no process of several works on alone at the end."""
    items.sort(key=lambda item: LONGEST_FIRST.index(item.path.relative_to(TESTS).parts[0]))


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> Iterator[None]:
    """End with how many tests were skipped for want of each server."""
    yield
    skipped = terminalreporter.stats.get("skipped", ())
    reasons = Counter(str(report.longrepr[2]).removeprefix("Skipped: ") for report in skipped)
    for reason, count in sorted(reasons.items()):
        if IS_MISSING in reason:
            terminalreporter.write_line(f"{count} tests skipped: {reason}", yellow=True)


@pytest.fixture(scope="session", autouse=True)
def _no_secret_in_any_log(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Look, once all else is done, for secrets in what the processes of these tests have logged."""
    yield
    leaks = leaks_below(tmp_path_factory.getbasetemp())
    assert leaks == {}
