"""The chapters of a notice: the headings its tasks stand under."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Chapter:
    """A chapter: the tasks `first` to `last`, both included, under one heading."""

    no: int
    title: str
    title_zh: str
    first: int
    last: int
