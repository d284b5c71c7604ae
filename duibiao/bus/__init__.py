"""The log between the services: ports, the SQLite log, Kafka, outbox, relay, positions, worker.

Knows no service and no message. Delivery on the wire is at least once; an effect in state is
exactly once, because a worker commits its position together with it.
"""

from duibiao.bus.ports import (
    Bus,
    Consumer,
    End,
    Event,
    LogError,
    LogMismatch,
    Look,
    Place,
    PositionOf,
    Producer,
    Record,
    SendFailed,
    UnprocessableRecord,
)

__all__ = [
    "Bus",
    "Consumer",
    "End",
    "Event",
    "LogError",
    "LogMismatch",
    "Look",
    "Place",
    "PositionOf",
    "Producer",
    "Record",
    "SendFailed",
    "UnprocessableRecord",
]
