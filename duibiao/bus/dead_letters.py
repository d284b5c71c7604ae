"""Dead letters: records that a worker gave up, kept as they came with the reason beside them.

One of them can be played again once its cause is mended: as an event whose id comes from the
letter's, so that playing it twice is a repeat, which changes nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID, uuid5

from duibiao.bus.ports import Event, Record
from duibiao.contracts.topics import DEAD_LETTERS, DEFAULT_PREFIX
from duibiao.core.clock import Clock
from duibiao.core.ids import new_id

TYPE = "duibiao.dead-letter"
REPLAY_OF = "replay-of"
_MOST = 500  # characters of a reason
_REPLAYS = UUID("5d0b0a5e-6a43-4f86-9c57-54d2c9d7a4c1")  # the space of names of replayed ids


class NoDeadLetter(ValueError):  # noqa: N818 - what it is
    """An event on the topic of dead letters that does not say what it was."""


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A dead letter, read.

    Attributes:
        id: its own.
        buried: when it was given up, and by which service, and why.
        event: the record's event as it came.
        partition: where it stood, together with `offset`.

    """

    id: str
    buried: datetime
    service: str
    reason: str
    event: Event
    partition: int
    offset: int

    def replay(self) -> Event:
        """Return the event that plays it again: the same one each time, to the same topic."""
        event = self.event
        return replace(
            event,
            id=str(uuid5(_REPLAYS, self.id)),
            headers={**event.headers, REPLAY_OF: original(event)},
        )


def original(event: Event) -> str:
    """Return the id under which an event was first told: its own unless it is a replay."""
    return event.headers.get(REPLAY_OF, event.id)


def read(letter: Event) -> DeadLetter:
    """Return what a dead letter says.

    Raises:
        NoDeadLetter: it says too little.

    """
    about = letter.headers
    try:
        event = Event(
            id=about["dead-id"],
            type=about["dead-type"],
            topic=about["dead-topic"],
            key=letter.key,
            source=about["dead-source"],
            time=datetime.fromisoformat(about["dead-time"]),
            data=letter.data,
            content_type=letter.content_type,
            headers=_own(about),
        )
        return DeadLetter(
            id=letter.id,
            buried=letter.time,
            service=about["dead-service"],
            reason=about["dead-reason"],
            event=event,
            partition=int(about["dead-partition"]),
            offset=int(about["dead-offset"]),
        )
    except (KeyError, ValueError) as error:
        raise NoDeadLetter(f"{letter.id}: {error!r}") from error


def _own(headers: Mapping[str, str]) -> dict[str, str]:
    return {name: text for name, text in headers.items() if not name.startswith("dead-")}


class DeadLetters:
    """Makes dead letters for one service, and events out of dead letters again."""

    def __init__(self, service: str, clock: Clock, prefix: str = DEFAULT_PREFIX) -> None:
        self._service = service
        self._clock = clock
        self._topic = DEAD_LETTERS.name(prefix)

    def letter_of(self, record: Record, reason: str) -> Event:
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
