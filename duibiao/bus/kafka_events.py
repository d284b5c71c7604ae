"""Events as Kafka records: CloudEvents 1.0 in binary mode, there and back.

The attributes are headers (`ce_id` and so on), the value is the data alone. What others have
written by hand is read as well as it can be; the handler decides what it is worth.
"""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Final, Protocol

from duibiao.bus.ports import Event

SPEC_VERSION: Final = "1.0"
OCTETS: Final = "application/octet-stream"
_OURS: Final = {"ce_specversion", "ce_id", "ce_source", "ce_type", "ce_time", "content-type"}


class Raw(Protocol):
    """A record as the client library hands it out."""

    @property
    def topic(self) -> str: ...
    @property
    def partition(self) -> int: ...
    @property
    def offset(self) -> int: ...
    @property
    def timestamp(self) -> int: ...
    @property
    def key(self) -> bytes | None: ...
    @property
    def value(self) -> bytes | None: ...
    @property
    def headers(self) -> Iterable[tuple[str, bytes | None]]: ...


def headers_of(event: Event) -> list[tuple[str, bytes]]:
    """Return the headers of an event's record."""
    attributes = {
        "ce_specversion": SPEC_VERSION,
        "ce_id": event.id,
        "ce_source": event.source,
        "ce_type": event.type,
        "ce_time": event.time.astimezone(UTC).isoformat().replace("+00:00", "Z"),
        "content-type": event.content_type,
    }
    return [(name, text.encode()) for name, text in (attributes | dict(event.headers)).items()]


def size_of(event: Event) -> int:
    """Return about how many bytes its record has."""
    return len(event.data) + sum(len(n) + len(text) for n, text in event.headers.items()) + 300


def event_of(raw: Raw) -> Event:
    """Return the event of a record; one without CloudEvents headers is named by its place."""
    headers = {name: _text(value) for name, value in raw.headers}
    return Event(
        id=headers.get("ce_id") or f"{raw.topic}/{raw.partition}/{raw.offset}",
        type=headers.get("ce_type", ""),
        topic=raw.topic,
        key=_text(raw.key),
        source=headers.get("ce_source", ""),
        time=_time(headers.get("ce_time", ""), raw.timestamp),
        data=raw.value or b"",
        content_type=headers.get("content-type") or OCTETS,
        headers={name: text for name, text in headers.items() if name not in _OURS},
    )


def _text(value: bytes | None) -> str:
    return (value or b"").decode("utf-8", errors="backslashreplace")


def _time(text: str, timestamp: int) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        return datetime.fromtimestamp(max(timestamp, 0) / 1000, UTC)
