"""How an event stands in a row of a table: of an outbox, or of the log in SQLite."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Final

from duibiao.bus.ports import Event

# The columns of a row, in order.
COLUMNS: Final = "id type topic key source time data content_type headers"

Row = tuple[str, str, str, str, str, str, bytes, str, str]


def row_of(event: Event) -> Row:
    """Return the values of `COLUMNS`."""
    return (
        event.id,
        event.type,
        event.topic,
        event.key,
        event.source,
        event.time.astimezone(UTC).isoformat(),
        event.data,
        event.content_type,
        json.dumps(dict(event.headers), ensure_ascii=False) if event.headers else "{}",
    )


def event_of(row: Sequence[Any]) -> Event:
    """Return the event that stands in the values of `COLUMNS`."""
    ident, kind, topic, key, source, at, data, content_type, headers = row
    return Event(
        id=ident,
        type=kind,
        topic=topic,
        key=key,
        source=source,
        time=datetime.fromisoformat(at),
        data=data,
        content_type=content_type,
        headers=json.loads(headers),
    )
