"""The log between the services: ports, the SQLite log, Kafka, outbox, relay, positions, worker.

Knows no service and no message. Delivery on the wire is at least once; an effect in state is
exactly once, because a worker commits its position together with it.
"""

from duibiao.bus.ports import Bus as Bus
from duibiao.bus.ports import Consumer as Consumer
from duibiao.bus.ports import End as End
from duibiao.bus.ports import Event as Event
from duibiao.bus.ports import LogError as LogError
from duibiao.bus.ports import LogMismatch as LogMismatch
from duibiao.bus.ports import Look as Look
from duibiao.bus.ports import Place as Place
from duibiao.bus.ports import PositionOf as PositionOf
from duibiao.bus.ports import Producer as Producer
from duibiao.bus.ports import Record as Record
from duibiao.bus.ports import SendFailed as SendFailed
from duibiao.bus.ports import UnprocessableRecord as UnprocessableRecord
