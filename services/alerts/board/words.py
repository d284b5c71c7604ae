"""Every word the pages of alerts say, in Chinese and English."""

from typing import Final

from duibiao.web.board.language import Language
from duibiao.web.board.words import tables
from services.alerts.domain.alert import Step
from services.alerts.domain.wording import STEPS

_TABLES: Final = tables(__package__)
PAGE: Final = _TABLES["page"]
SAID: Final = _TABLES["said"]
SENT: Final = _TABLES["sent"]
SECTION: Final = _TABLES["section"]
ACTION: Final = _TABLES["action"]
FIELD: Final = _TABLES["field"]
"""The fields of forms; `close.comment` where the one of an action is called otherwise."""
LACKING: Final = _TABLES["lacking"]


def step_name(step: Step | str, language: Language) -> str:
    """Say a step of an alert's life."""
    return STEPS[Step(step)] if language == "zh" else step.replace("_", " ").capitalize()
