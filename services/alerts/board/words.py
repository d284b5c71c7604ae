"""Every word the pages of alerts say, in Chinese and English."""

from typing import Final

from duibiao.web.board.words import tables

_TABLES: Final = tables(__package__)
PAGE: Final = _TABLES["page"]
SAID: Final = _TABLES["said"]
SENT: Final = _TABLES["sent"]
SECTION: Final = _TABLES["section"]
ACTION: Final = _TABLES["action"]
# The fields of forms; `close.comment` where the one of an action is called otherwise.
FIELD: Final = _TABLES["field"]
LACKING: Final = _TABLES["lacking"]
