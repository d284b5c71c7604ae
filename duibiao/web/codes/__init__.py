"""The words of every fault a caller can be told: one row per code, English and Chinese.

Only data. A wording is a template whose named fields `duibiao.web.problems.fault` fills; both
languages of a row use the same fields. A new row goes into the module of its group and into
docs/errors.md.
"""

from collections.abc import Mapping
from typing import Final

from duibiao.web.codes.body import BODY
from duibiao.web.codes.request import REQUEST
from duibiao.web.codes.rows import ROWS
from duibiao.web.codes.rules import RULES
from duibiao.web.codes.wording import Wording

CODES: Final[Mapping[str, Wording]] = {**BODY, **ROWS, **RULES, **REQUEST}

__all__ = ["CODES", "Wording"]
