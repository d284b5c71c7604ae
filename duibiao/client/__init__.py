"""The Python client of the HTTP API.

Knows HTTP and nothing else of the product. Every retry of a request carries the same
Idempotency-Key, and rows are idempotent by identity, so sending again changes nothing.
"""

from duibiao.client.answers import (
    ClientError,
    Receipt,
    Refused,
    RowError,
    Unavailable,
    Unexpected,
    Unreadable,
)
from duibiao.client.client import Client
from duibiao.client.cursor import Cursor, Part, RejectedRow
from duibiao.client.error_files import write_errors
from duibiao.client.files import RowFile, open_file
from duibiao.client.retries import Retries
from duibiao.client.rows import Kind, Mode

__all__ = [
    "Client",
    "ClientError",
    "Cursor",
    "Kind",
    "Mode",
    "Part",
    "Receipt",
    "Refused",
    "RejectedRow",
    "Retries",
    "RowError",
    "RowFile",
    "Unavailable",
    "Unexpected",
    "Unreadable",
    "open_file",
    "write_errors",
]
