"""Bodies as rows: JSON, NDJSON and CSV. Reads and never judges; the domain does that."""

from services.ingest.adapters.formats.media import media_type
from services.ingest.adapters.formats.reading import read_rows
from services.ingest.adapters.formats.unreadable import Unreadable

__all__ = ["Unreadable", "media_type", "read_rows"]
