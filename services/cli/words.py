"""The words of words.json: what commands say, by table and code."""

import json
from collections.abc import Mapping
from importlib.resources import files
from typing import Final

WORDS: Final[Mapping[str, Mapping[str, str]]] = json.loads(
    (files(__package__) / "words.json").read_text("utf-8")
)
