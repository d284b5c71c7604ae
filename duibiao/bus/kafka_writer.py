"""Writing to Kafka: idempotent, acknowledged by all, in order, and never waited for without end.

Events go out in waves, each with at most one batch a partition, and a wave only when the one
before it is durable. So what failed is never overtaken by what came after it: sent again, the
events of a key still stand in order on the log, with repeats of the same ids at most.
"""

import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any

from kafka.errors import KafkaError

from duibiao.bus.kafka_clients import SPARE, WAVE_BYTES, Brokers, translate_errors, within
from duibiao.bus.kafka_events import headers_of, size_of
from duibiao.bus.ports import Event, Place, SendFailed
from duibiao.core.retry import Retry


class KafkaWriter:
    """A producer. Its client is made at the first send and anew after a failed one."""

    def __init__(self, brokers: Brokers) -> None:
        self._brokers = brokers
        self._turn = threading.Lock()
        self._client: Any = None
        self._closed = False

    def send(self, events: Sequence[Event]) -> Mapping[Place, range]:
        """Append events; return their offsets when every one is on all replicas in sync.

        Raises:
            SendFailed: some may be missing; send all of them again.

        """
        if self._closed:
            raise ValueError("the producer is closed")
        limit = self._brokers.pace.send
        written: dict[Place, range] = {}
        for wave in _waves(events):
            client = self._connected()
            try:
                places = within(limit + SPARE, "sending", lambda: _push(client, wave, limit))  # noqa: B023
            except BaseException as error:
                # What it still holds must not go out later, behind our back.
                self._drop(client)
                if isinstance(error, Retry) and not isinstance(error, SendFailed):
                    raise SendFailed(str(error)) from error
                raise
            for place, offset in places:
                first = written.get(place, range(offset, offset))
                written[place] = range(first.start, offset + 1)
        return written

    def close(self, timeout: float) -> None:
        """Close the client; what was not acknowledged is sent again by whoever owns it."""
        self._closed = True
        with self._turn:
            client, self._client = self._client, None
        if client is not None:
            _abandon(client, timeout)

    def _connected(self) -> Any:  # noqa: ANN401 - the library has no types
        with self._turn:
            if self._client is None:
                limit = self._brokers.pace.connect + SPARE
                with translate_errors("connecting to Kafka", SendFailed):
                    self._client = within(limit, "connecting", self._brokers.producer)
            return self._client

    def _drop(self, client: Any) -> None:  # noqa: ANN401 - the same
        with self._turn:
            if self._client is client:
                self._client = None
        _abandon(client, SPARE)


def _abandon(client: Any, seconds: float) -> None:  # noqa: ANN401 - the same
    """End a client with whatever it has not sent.

    Its own close first waits for what is under way, and raises without closing when that takes
    too long (3.0.12): its thread would go on sending what we have sent again since.
    """

    def end() -> None:
        sender = client._sender  # noqa: SLF001 - there is no public way
        sender.force_close()
        sender.join(seconds)
        client.close(timeout=0)

    with suppress(KafkaError, OSError, Retry):
        within(seconds + SPARE, "closing", end)


def _push(  # the offsets, in the order of the events
    client: Any,  # noqa: ANN401 - the same
    wave: Sequence[Event],
    limit: float,
) -> list[tuple[Place, int]]:
    until = time.monotonic() + limit
    with translate_errors("sending to Kafka", SendFailed):
        promises = [
            client.send(
                event.topic, key=event.key.encode(), value=event.data, headers=headers_of(event)
            )
            for event in wave
        ]
        done = [promise.get(timeout=max(0.0, until - time.monotonic())) for promise in promises]
    # Of what the broker had already it may not say the offset.
    return [((one.topic, one.partition), one.offset) for one in done if one.offset >= 0]


def _waves(events: Sequence[Event]) -> Iterator[list[Event]]:
    """Part events, in order, into groups of at most `WAVE_BYTES`, or of one that is larger."""
    wave: list[Event] = []
    size = 0
    for event in events:
        more = size_of(event)
        if wave and size + more > WAVE_BYTES:
            yield wave
            wave, size = [], 0
        wave.append(event)
        size += more
    if wave:
        yield wave
