"""Dead letters: records that a worker gave up, kept as they came with the reason beside them."""

from duibiao.bus.ports import Event, Record
from duibiao.contracts.topics import DEAD_LETTERS, DEFAULT_PREFIX
from duibiao.runtime.clock import Clock
from duibiao.runtime.ids import new_id

TYPE = "duibiao.dead-letter"
_MOST = 500  # characters of a reason


class DeadLetters:
    """Makes dead letters for one service, and events out of dead letters again."""

    def __init__(self, service: str, clock: Clock, prefix: str = DEFAULT_PREFIX) -> None:
        self._service = service
        self._clock = clock
        self._topic = DEAD_LETTERS.name(prefix)

    def bury(self, record: Record, reason: str) -> Event:
        """Return the dead letter of a record: key, data and headers as they came."""
        event = record.event
        about = {
            "dead-reason": reason[:_MOST],
            "dead-service": self._service,
            "dead-topic": event.topic,
            "dead-partition": str(record.partition),
            "dead-offset": str(record.offset),
            "dead-id": event.id,
            "dead-type": event.type,
            "dead-source": event.source,
            "dead-time": event.time.isoformat(),
        }
        return Event(
            id=new_id(self._clock),
            type=TYPE,
            topic=self._topic,
            key=event.key,
            source=self._service,
            time=self._clock.now(),
            data=event.data,
            content_type=event.content_type,
            headers={**event.headers, **about},
        )
