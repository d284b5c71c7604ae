"""Bodies as rows: JSON, NDJSON, CSV and workbooks. Reads and never judges; the domain does."""

from services.ingest.adapters.formats.child import BodyReaders
from services.ingest.adapters.formats.media import XLSX, media_type
from services.ingest.adapters.formats.reading import Read, read_rows
from services.ingest.adapters.formats.unreadable import Unreadable

__all__ = ["XLSX", "BodyReaders", "Read", "Unreadable", "media_type", "read_rows"]
