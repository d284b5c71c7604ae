"""Evidence files 佐证材料: which are taken, where they are kept, how they come in and go out.

Of services that take files: ingest for what is reported, alerts for what is replied.
"""

from duibiao.web.files.kinds import KINDS
from duibiao.web.files.stored import DatabaseContents, EvidenceFiles, FileContents, FileTables
from duibiao.web.files.transfer import (
    FILE_BODY,
    FILE_CONTENT,
    FileName,
    FileView,
    attachment,
    media_of,
)

__all__ = [
    "FILE_BODY",
    "FILE_CONTENT",
    "KINDS",
    "DatabaseContents",
    "EvidenceFiles",
    "FileContents",
    "FileName",
    "FileTables",
    "FileView",
    "attachment",
    "media_of",
]
