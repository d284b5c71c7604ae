"""Every word the pages say, in Chinese and English; most stand in words.json, [中文, English].

Names of tasks, units and targets come from the register, and the arithmetic of a proof from the
verdict; all else that a reader reads on a page stands here. A test finds every key in use.
"""

from typing import Final

from duibiao.web.board.language import Phrase
from duibiao.web.board.words import phrases, tables
from services.indicators.domain import scorecard, wording

_TABLES: Final = tables(__package__)
STATUS: Final = phrases(wording.STATUS)
UNKNOWN: Final = phrases(wording.REASON)
DUTY: Final = phrases(wording.DUTY)
SCORE: Final = phrases(scorecard.WORDS)
PAGE: Final = _TABLES["page"]
BASIS: Final = _TABLES["basis"]
BASIS_MEANING: Final = _TABLES["basis_meaning"]
STATISTIC: Final = _TABLES["statistic"]
VERB: Final = _TABLES["verb"]
ORG_KIND: Final = _TABLES["org_kind"]
INPUT_KIND: Final = _TABLES["input_kind"]
MILESTONE: Final = _TABLES["milestone"]
WHY: Final = _TABLES["why"]
WHY_NOTHING: Final = _TABLES["why_nothing"]
WHY_ENDING: Final = _TABLES["why_ending"]
WHY_STANDING: Final = _TABLES["why_standing"]
WHY_DIRECTION: Final = _TABLES["why_direction"]
KEPT: Final = Phrase("{periods}期中{kept}期达标", "kept {kept} of {periods} periods")
