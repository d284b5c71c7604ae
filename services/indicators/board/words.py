"""Every word the pages say, in Chinese and English; most stand in words.json, [中文, English].

Names of tasks, units and targets come from the register, and the arithmetic of a proof from the
verdict; all else that a reader reads on a page stands here. A test finds every key in use.
"""

from collections.abc import Mapping
from importlib.resources import files
from typing import Any, Final

import msgspec

from services.indicators.board.language import Language, Phrase
from services.indicators.domain import wording

Words = Mapping[str, Phrase]


def _phrases(table: Mapping[Any, tuple[str, str]]) -> Words:
    return {key: Phrase(*pair) for key, pair in table.items()}


_TABLES: Final = msgspec.json.decode(
    (files(__package__) / "words.json").read_bytes(), type=dict[str, dict[str, tuple[str, str]]]
)
STATUS: Final = _phrases(wording.STATUS)
UNKNOWN: Final = _phrases(wording.REASON)
DUTY: Final = _phrases(wording.DUTY)
PAGE: Final = _phrases(_TABLES["page"])
COLOUR: Final = _phrases(_TABLES["colour"])
ALERT_STATE: Final = _phrases(_TABLES["alert_state"])
ALERT_NOTE: Final = _phrases(_TABLES["alert_note"])
BASIS: Final = _phrases(_TABLES["basis"])
BASIS_MEANING: Final = _phrases(_TABLES["basis_meaning"])
STATISTIC: Final = _phrases(_TABLES["statistic"])
VERB: Final = _phrases(_TABLES["verb"])
POINT: Final = _phrases(_TABLES["point"])
"""What a difference is counted in, where it is not the unit itself."""
ORG_KIND: Final = _phrases(_TABLES["org_kind"])
INPUT_KIND: Final = _phrases(_TABLES["input_kind"])
MILESTONE: Final = _phrases(_TABLES["milestone"])
WHY: Final = _phrases(_TABLES["why"])
WHY_NOTHING: Final = _phrases(_TABLES["why_nothing"])
WHY_ENDING: Final = _phrases(_TABLES["why_ending"])
WHY_STANDING: Final = _phrases(_TABLES["why_standing"])
WHY_DIRECTION: Final = _phrases(_TABLES["why_direction"])
KEPT: Final = Phrase("{periods}期中{kept}期达标", "kept {kept} of {periods} periods")


def say(table: Words, key: str, language: Language) -> str:
    """Say a code in words; a code that has none is shown as it is rather than hidden."""
    phrase = table.get(key)
    return key if phrase is None else phrase.say(language)
