"""The client of the HTTP interface: what an agency's program posts with.

Speaks HTTP and knows nothing else of the product. `Client` waits for answers, `AsyncClient` is for
event loops; both share one core. Nothing is sent twice in effect: every try of a request carries
the same Idempotency-Key.

    ClientError
      Refused       the product said no, with every fault
      Unavailable   no answer that counts within the patience; may be sent again
      Unexpected    the answer is none of this product's
      Unreadable    a file that cannot be taken apart; nothing was sent
"""

from duibiao.client.answers import (
    ClientError,
    Fault,
    Receipt,
    Refused,
    Unavailable,
    Unexpected,
)
from duibiao.client.awaiting import AsyncClient
from duibiao.client.blocking import Client
from duibiao.client.errors_file import refused_of, write_errors
from duibiao.client.files import RowFile, Source, Unreadable, open_file
from duibiao.client.mending import RefusedRow
from duibiao.client.progress import MemoryProgress, Part, Progress, StateFile, Totals
from duibiao.client.retrying import Retries
from duibiao.client.spool import Delivered, Drained, Spool
from duibiao.client.wire import Kind, Mode, Wait

__all__ = [
    "AsyncClient",
    "Client",
    "ClientError",
    "Delivered",
    "Drained",
    "Fault",
    "Kind",
    "MemoryProgress",
    "Mode",
    "Part",
    "Progress",
    "Receipt",
    "Refused",
    "RefusedRow",
    "Retries",
    "RowFile",
    "Source",
    "Spool",
    "StateFile",
    "Totals",
    "Unavailable",
    "Unexpected",
    "Unreadable",
    "Wait",
    "open_file",
    "refused_of",
    "write_errors",
]
