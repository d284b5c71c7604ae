"""Bodies as rows: JSON, NDJSON, CSV and workbooks. Reads and never judges; the domain does."""

from services.ingest.adapters.formats.media import XLSX, media_type
from services.ingest.adapters.formats.reading import Read, read_rows
from services.ingest.adapters.formats.unreadable import Unreadable
from services.ingest.adapters.formats.workbook import WorkbookReaders

__all__ = ["XLSX", "Read", "Unreadable", "WorkbookReaders", "media_type", "read_rows"]
