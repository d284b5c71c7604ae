"""Which language a page speaks, and how it speaks it.

Chinese unless the reader switched: `?lang=` decides and is remembered in a cookie. Owns the choice
and the look-up of phrases; the phrases themselves stand in `words`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

from duibiao.register import (
    Chapter,
    Indicator,
    Measure,
    Milestone,
    Notice,
    Org,
    Region,
    Target,
    Task,
)

Language = Literal["zh", "en"]

COOKIE: Final = "duibiao_lang"
COOKIE_SECONDS: Final = 365 * 24 * 3600
TAGS: Final[Mapping[Language, str]] = {"zh": "zh-CN", "en": "en"}
OTHER: Final[Mapping[Language, Language]] = {"zh": "en", "en": "zh"}


@dataclass(frozen=True, slots=True)
class Phrase:
    """The same thing said twice; both sides have the same {named} fields."""

    zh: str
    en: str

    def say(self, language: Language, **values: object) -> str:
        """Say it, with the fields filled in."""
        text = self.zh if language == "zh" else self.en
        return text.format(**values) if values else text


Named = Org | Region | Indicator | Target
Titled = Notice | Task | Measure | Milestone | Chapter


def asked_for(query: str | None) -> Language | None:
    """Read `?lang=`; None where it asks for nothing we speak."""
    if query == "zh":
        return "zh"
    return "en" if query == "en" else None


def choose(query: str | None, cookie: str | None) -> Language:
    """Take the query before the cookie before Chinese; an unknown word counts as not said."""
    return asked_for(query) or asked_for(cookie) or "zh"


def name_of(thing: Named, language: Language) -> str:
    """Return a thing's name in the page's language."""
    return thing.name_zh if language == "zh" else thing.name


def title_of(thing: Titled, language: Language) -> str:
    """Return a thing's title in the page's language."""
    return thing.title_zh if language == "zh" else thing.title
