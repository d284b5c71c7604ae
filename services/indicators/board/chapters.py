"""The chapters of a notice: the headings its tasks stand under on the first page.

They mean nothing to any verdict, so they stand beside the pages and not in the register: one file
a notice, found by the notice's code.
"""

from dataclasses import dataclass
from importlib.resources import files
from typing import Any

import yaml


@dataclass(frozen=True, slots=True)
class Chapter:
    """A chapter: the tasks `first` to `last`, both included, under one heading."""

    no: int
    title: str
    title_zh: str
    first: int
    last: int


def chapters_of(notice: str) -> tuple[Chapter, ...]:
    """Return the chapters of the notice with this code, () where its headings are not known."""
    file = files(__package__) / "headings" / f"{notice}.yaml"
    if not file.is_file():
        return ()
    entries: list[dict[str, Any]] = yaml.safe_load(file.read_text("utf-8"))["chapters"]
    return tuple(
        Chapter(one["chapter"], one["title"], one["title_zh"], one["first"], one["last"])
        for one in entries
    )
