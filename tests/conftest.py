"""What all tests share. Sockets are switched off in tests/unit and tests/laws only."""

import pytest
import structlog

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
    zygote,
)

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
    "zygote",
]

# The default renders tracebacks in colour, a third of a second each.
structlog.configure(
    processors=[
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.format_exc_info,
        structlog.processors.KeyValueRenderer(),
    ]
)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leave the scan of logs to the end: it looks at what all other tests have left behind."""
    items.sort(key=lambda item: item.name == "test_no_secret_stands_in_any_log_of_this_run")
