"""The words of one fault code."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Wording:
    """What a fault code says; both are `str.format` templates with the same named fields."""

    en: str
    zh: str
