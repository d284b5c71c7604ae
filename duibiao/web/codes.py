"""The words of every error code, English and Chinese; they stand in codes.json."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import msgspec


@dataclass(frozen=True, slots=True)
class Wording:
    """What an error code says; both are `str.format` templates with the same named fields."""

    en: str
    zh: str


CODES: Final[Mapping[str, Wording]] = msgspec.json.decode(
    Path(__file__).with_name("codes.json").read_bytes(), type=dict[str, Wording]
)
