"""Evidence files 佐证材料: which are taken, where they are kept, how they come in and go out.

Of services that take files: ingest for what is reported, alerts for what is replied.
"""

from duibiao.web.files.kinds import KINDS as KINDS
from duibiao.web.files.stored import DatabaseContents as DatabaseContents
from duibiao.web.files.stored import EvidenceFiles as EvidenceFiles
from duibiao.web.files.stored import FileContents as FileContents
from duibiao.web.files.stored import FileTables as FileTables
from duibiao.web.files.transfer import FILE_BODY as FILE_BODY
from duibiao.web.files.transfer import FILE_CONTENT as FILE_CONTENT
from duibiao.web.files.transfer import FileName as FileName
from duibiao.web.files.transfer import FileView as FileView
from duibiao.web.files.transfer import attachment as attachment
from duibiao.web.files.transfer import media_of as media_of
