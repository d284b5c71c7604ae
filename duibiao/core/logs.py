"""Logs: one JSON object a line on stderr, one event an outcome, nothing secret in it.

Owns how events look, ours and those of libraries that log by `logging`. What comes from outside
cannot break a line, move a terminal's cursor or turn the reading direction.
"""

import json
import logging
import re
import sys
from collections.abc import MutableMapping
from typing import Any, TextIO

import structlog
from structlog.typing import Processor, WrappedLogger

from duibiao.core.keys import hidden

_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")
MOST = 2_000  # characters of one value
MOST_TRACEBACK = 20_000

# json escapes U+0000..U+001F. These are the rest that a terminal or an eye can be fooled with:
# DEL and C1, line separators, marks of direction, and surrogates, which no encoding takes.
_ODD = re.compile("[\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]")


def configure(level: str, stream: TextIO | None = None) -> None:
    """Send everything that is logged to `stream` (stderr), from `level` up. Once a process."""
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="time"),
        structlog.processors.format_exc_info,
    ]
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            structlog.stdlib.PositionalArgumentsFormatter(),
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
    )
    handler = logging.StreamHandler(sys.stderr if stream is None else stream)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                _shorten,
                structlog.processors.JSONRenderer(_dumps, default=str),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    # A line for each request that goes well is noise; our own events tell of outcomes.
    logging.getLogger("httpx").setLevel(logging.WARNING)
    # Nor is which database Alembic sees; `duibiao.store.schema` says what was changed.
    logging.getLogger("alembic").setLevel(logging.WARNING)
    # The same of Kafka's clients, which also tell of every try to connect while a broker is away;
    # ours tell what became of it.
    logging.getLogger("kafka").setLevel(max(logging.WARNING, root.level))
    for part in ("kafka.net", "kafka.cluster", "kafka.producer"):
        logging.getLogger(part).setLevel(logging.CRITICAL)


def configure_for_command(level: str) -> None:
    """Configure the logs of a command, which has words of its own: nothing below warnings."""
    configure(max(level, "WARNING", key=_LEVELS.index))


def _shorten(
    _logger: WrappedLogger, _method: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    for name, value in event.items():
        most = MOST_TRACEBACK if name in {"exception", "stack"} else MOST
        if isinstance(value, str) and len(value) > most:
            event[name] = f"{value[:most]} … ({len(value)} characters)"
    return event


def _dumps(event: MutableMapping[str, Any], **options: Any) -> str:  # noqa: ANN401 - json's own
    line = hidden(json.dumps(event, ensure_ascii=False, **options))
    return _ODD.sub(lambda odd: f"\\u{ord(odd[0]):04x}", line)
