"""The notice's own text, read apart from the register: who leads what, by its brackets.

Owns a reading that shares nothing with `duibiao.register`, so that the two can be held against each
other. The text lies outside the project; where it is absent, tests that need it are skipped.
"""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

from tests.support.project import ROOT

NUMERALS = "一二三四五六七八九"
# Other spellings of the same collective name.
SAME = {"市级相关单位": "市级相关部门", "市级各相关部门": "市级相关部门", "各区政府": "各区县政府"}


@dataclass(frozen=True, slots=True)
class Clause:
    """One clause: its text, and the names that lead and support, in order."""

    text: str
    leads: tuple[str, ...]
    supports: tuple[str, ...]


def notice_text() -> str:
    """Return the whole text without breaks and marks; skips the test where it is absent."""
    folder = Path(os.environ.get("DUIBIAO_TEST_NOTICE", ROOT.parent / "shared" / "notice"))
    path = folder / "notice-xa-2021-6.md"
    if not path.is_file():
        pytest.skip(f"the notice's text is not at {path.name} (DUIBIAO_TEST_NOTICE)")
    return _joined(path)


@cache
def _joined(path: Path) -> str:
    text = re.sub(r"[\s*#]", "", path.read_text(encoding="utf-8"))
    return text.replace("(", "（").replace(")", "）").replace(",", "，").replace(":", "：")


def clauses() -> Mapping[str, Clause]:
    """Return the tasks ("17") and measures ("17.1") of the notice."""
    body = notice_text().split("如下工作措施。", 1)[1]
    starts = [body.index(f"（{_numeral(no)}）") for no in range(1, 26)]
    found = {}
    for no, (start, end) in enumerate(zip(starts, [*starts[1:], len(body)], strict=True), 1):
        task, _, measures = body[start:end].partition("具体措施：")
        found[str(no)] = _clause(task)
        for number, text in enumerate(_measures(measures), 1):
            found[f"{no}.{number}"] = _clause(text)
    return found


def _measures(text: str) -> list[str]:
    if not text:
        return []
    if not text.startswith("1."):
        return [text]
    # A number that counts a measure follows a bracket; 5.5 and 2.0 do not.
    starts, number = [0], 2
    while match := re.compile(rf"）{number}\.(?!\d)").search(text, starts[-1]):
        starts.append(match.start() + 1)
        number += 1
    return [text[a:b] for a, b in zip(starts, [*starts[1:], len(text)], strict=True)]


def _clause(text: str) -> Clause:
    bracket = re.findall(r"（([^（）]*负责)）", text)[0]
    named = re.sub(r"(?:按照?职责分工)?负责$", "", bracket)
    if "牵头" in named:
        before, _, after = named.partition("牵头")
        return Clause(text, _names(before), _names(after))
    names = _names(named)
    collective = ("市级", "各区", "西咸", "各开发", "各相关")
    leads = tuple(name for name in names if not name.startswith(collective))
    return Clause(text, leads, names[len(leads) :])


def _names(text: str) -> tuple[str, ...]:
    text = text.replace("各相关区政府、开发区", "各相关区政府、各相关开发区")
    parts = re.split(r"、|，|及|等(?=市级|$)", text)
    return tuple(SAME.get(part, part) for part in parts if part)


def _numeral(no: int) -> str:
    tens, ones = divmod(no, 10)
    ten = {0: "", 1: "十"}.get(tens, f"{NUMERALS[tens - 1]}十")
    return ten + (NUMERALS[ones - 1] if ones else "")
