"""The log on Apache Kafka: checks the topics once the cluster answers, then hands out clients.

Starting needs no broker. Until the topics have been seen and are as strong as declared, producers
and consumers are put off; a weaker topic ends the process, with words on what is weak.
"""

import threading
import time
from collections.abc import Sequence

import structlog

from duibiao.bus.kafka_clients import Brokers, require_checksums
from duibiao.bus.kafka_reader import KafkaReader
from duibiao.bus.kafka_topics import Declared, TopicAdmin, missing, weaknesses
from duibiao.bus.kafka_writer import KafkaWriter
from duibiao.bus.ports import LogError, Look, PositionOf
from duibiao.core.parts import Loop
from duibiao.core.retry import Retry

LOOK_EVERY = 5.0  # seconds between looks at the ends of the topics; sooner when asked for

_log = structlog.get_logger(__name__)


class KafkaBus(Loop):
    """The log of one installation on the cluster at `brokers`. A part, named "log"."""

    def __init__(self, brokers: Brokers, declared: Sequence[Declared], accepted: str = "") -> None:
        """Ask nothing of the cluster yet.

        Raises:
            LogError: the checksum's package is missing.

        """
        require_checksums()
        super().__init__("log")
        self._brokers = brokers
        self._declared = tuple(declared)
        self.accepted = accepted
        self._sound = threading.Event()
        self._admin: TopicAdmin | None = None
        self._looked: Look | None = None

    def producer(self) -> KafkaWriter:
        """Return a producer. Raises `Retry` before the topics were seen."""
        self._need_sound_topics()
        return KafkaWriter(self._brokers)

    def consumer(self, group: str, topics: Sequence[str], positions: PositionOf) -> KafkaReader:
        """Return a consumer for the calling thread. Raises `Retry` when Kafka does not answer."""
        self._need_sound_topics()
        return KafkaReader(self._brokers, group, topics, positions)

    def look(self, topics: Sequence[str], since: float) -> Look | None:
        """Return the ends of topics, seen on the thread of this part."""
        looked = self._looked
        if looked is not None and looked.began >= since:
            ends = {place: end for place, end in looked.ends.items() if place[0] in topics}
            return Look(looked.began, ends)
        self.nudge()
        return None

    def turn(self) -> None:
        """Look at the topics: until they are as declared, then at their ends.

        Raises:
            LogError: one is weaker than declared.

        """
        try:
            if self._admin is None:
                self._admin = TopicAdmin(self._brokers).__enter__()
            if not self._sound.is_set():
                self._settle(self._admin)
            began = time.monotonic()
            self._looked = Look(began, self._admin.ends([one.name for one in self._declared]))
        except Retry:
            self.leave()
            raise
        self.wait(LOOK_EVERY)

    def leave(self) -> None:
        """Close the client."""
        admin, self._admin = self._admin, None
        if admin is not None:
            admin.__exit__()

    def _settle(self, admin: TopicAdmin) -> None:
        states = admin.states([one.name for one in self._declared])
        weak = weaknesses(self._declared, states)
        if weak:
            raise LogError(f"topics are weaker than declared: {'; '.join(weak)}")
        absent = missing(self._declared, states)
        if absent:
            raise Retry(f"topics are missing: {', '.join(absent)}; run duibiao topics apply")
        self._sound.set()
        _log.info("log is sound", topics=len(self._declared))

    def _need_sound_topics(self) -> None:
        if not self._sound.is_set():
            raise Retry("the topics on Kafka have not been seen yet")
