"""The problem types, which stand in problem_types.json.

A type says what kind of thing went wrong with the request as a whole; the errors inside it
(`duibiao.web.codes`) say what to correct.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import msgspec


@dataclass(frozen=True, slots=True)
class ProblemType:
    """A kind of failed request.

    Attributes:
        status: the HTTP status it is always sent with.
        title, title_zh: the short name, the same on every occurrence.
        advice, advice_zh: what a caller can do about it, for the type's own page.

    """

    status: int
    title: str
    title_zh: str
    advice: str
    advice_zh: str


PROBLEM_TYPES: Final[Mapping[str, ProblemType]] = msgspec.json.decode(
    Path(__file__).with_name("problem_types.json").read_bytes(), type=dict[str, ProblemType]
)
