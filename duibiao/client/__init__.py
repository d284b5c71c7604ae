"""The Python client of the HTTP API.

Knows HTTP and nothing else of the product. Every retry of a request carries the same
Idempotency-Key, and rows are idempotent by identity, so sending again changes nothing.
"""

from duibiao.client.answers import ClientError as ClientError
from duibiao.client.answers import Receipt as Receipt
from duibiao.client.answers import Refused as Refused
from duibiao.client.answers import RowError as RowError
from duibiao.client.answers import Unavailable as Unavailable
from duibiao.client.answers import Unexpected as Unexpected
from duibiao.client.answers import Unreadable as Unreadable
from duibiao.client.client import Client as Client
from duibiao.client.cursor import Cursor as Cursor
from duibiao.client.cursor import Part as Part
from duibiao.client.cursor import RejectedRow as RejectedRow
from duibiao.client.error_files import write_errors as write_errors
from duibiao.client.files import RowFile as RowFile
from duibiao.client.files import open_file as open_file
from duibiao.client.retries import Retries as Retries
from duibiao.client.rows import Kind as Kind
from duibiao.client.rows import Mode as Mode
