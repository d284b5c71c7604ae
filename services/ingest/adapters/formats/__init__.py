"""Bodies as rows: JSON, NDJSON, CSV and workbooks. Reads and never judges; the domain does."""

from services.ingest.adapters.formats.child import BodyReaders as BodyReaders
from services.ingest.adapters.formats.media import XLSX as XLSX
from services.ingest.adapters.formats.media import media_type as media_type
from services.ingest.adapters.formats.reading import Read as Read
from services.ingest.adapters.formats.reading import read_rows as read_rows
from services.ingest.adapters.formats.unreadable import Unreadable as Unreadable
