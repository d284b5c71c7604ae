"""What all tests share. Sockets are switched off in tests/unit and tests/laws only."""

import structlog

from tests.support.servers.fixtures import (
    _restless,
    _three,
    kafka,
    proxy,
    restless_kafka,
    servers_folder,
    three_brokers,
)

__all__ = [
    "_restless",
    "_three",
    "kafka",
    "proxy",
    "restless_kafka",
    "servers_folder",
    "three_brokers",
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
