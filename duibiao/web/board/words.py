"""The words that pages of several services say, from words.json: [中文, English]."""

from collections.abc import Mapping
from importlib.resources import files
from typing import Any, Final

import msgspec

from duibiao.web.board.language import Language, Phrase

Words = Mapping[str, Phrase]


def phrases(table: Mapping[Any, tuple[str, str]]) -> Words:
    """Return the phrases of a table of [中文, English]."""
    return {key: Phrase(*pair) for key, pair in table.items()}


def tables(package: str) -> Mapping[str, Words]:
    """Read the words.json of a package: tables of words by their names."""
    text = (files(package) / "words.json").read_bytes()
    found = msgspec.json.decode(text, type=dict[str, dict[str, tuple[str, str]]])
    return {name: phrases(table) for name, table in found.items()}


_TABLES: Final = tables(__package__)
FRAME: Final = _TABLES["frame"]
COLOUR: Final = _TABLES["colour"]
ALERT_STATE: Final = _TABLES["alert_state"]
ALERT_STEP: Final = _TABLES["alert_step"]
ALERT_NOTE: Final = _TABLES["alert_note"]
# What a difference is counted in, where it is not the unit itself.
POINT: Final = _TABLES["point"]


def say(table: Words, key: str, language: Language) -> str:
    """Say a code in words; a code that has none is shown as it is rather than hidden."""
    phrase = table.get(key)
    return key if phrase is None else phrase.say(language)
