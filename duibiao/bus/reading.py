"""Reading a topic from its beginning to its end as of now, for commands that answer and end."""

from collections.abc import Iterator

from duibiao.bus.ports import Bus, Record

_AT_ONCE = 500
_PATIENCE = 0.2  # seconds that one look waits
_CLOSING = 2.0


def everything(bus: Bus, topic: str) -> Iterator[Record]:
    """Yield what is on the topic now, in order per partition, and perhaps some that came since.

    May raise `Retry`.
    """
    consumer = bus.consumer("", [topic], lambda _topic, _partition: 0)
    try:
        # Of a topic that is never quiet there would be no end otherwise. Where retention has cut
        # the beginning off, Kafka counts too many, and the end is where nothing waits.
        left = sum(consumer.lag().values())
        while left > 0:
            records = consumer.poll(_AT_ONCE, _PATIENCE)
            yield from records
            left -= len(records)
            if not records and not any(consumer.lag().values()):
                return
    finally:
        consumer.close(_CLOSING)
