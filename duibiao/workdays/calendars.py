"""Where the knowledge of working days comes from.

The port is `Calendar`; its adapter reads the State Council's arrangements from the package
`chinesecalendar` and lays local override files over them, for a decree in the middle of a year.
"""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from importlib.metadata import version as package_version
from pathlib import Path
from typing import Protocol

from chinese_calendar import constants

_WORKING_WEEK = 5
_MEANING = {"workday": True, "holiday": False}
_LISTED, _SHOWN = 10, 40  # bad lines in a message, and characters of each


class Calendar(Protocol):
    """Which days of the known years are working days."""

    @property
    def version(self) -> str:
        """Name of this state of the knowledge; kept with every duration counted by it."""

    @property
    def first(self) -> date:
        """First day of the first known year."""

    @property
    def last(self) -> date:
        """Last day of the last announced year."""

    def is_workday(self, day: date) -> bool:
        """Whether `day` is a working day. `day` lies between `first` and `last`."""


class OverrideError(ValueError):
    """An override file is not `{date: workday|holiday}`. `reason`: in English and in Chinese."""

    def __init__(self, path: Path, english: str, chinese: str) -> None:
        super().__init__(f"{path.name}：{chinese}；{english}")
        self.reason = english, chinese


def read_overrides(path: Path) -> dict[date, bool]:
    """Read lines of a day and `workday` or `holiday`, as in `2021-12-31: holiday`.

    Raises:
        OverrideError: with the first bad lines of the file named at once.

    """
    decreed: dict[date, bool] = {}
    bad = []
    for line in path.read_text(encoding="utf-8").splitlines():
        entry = line.partition("#")[0].strip()
        day, _, word = map(str.strip, entry.partition(":"))
        try:
            decreed[date.fromisoformat(day)] = _MEANING[word]
        except (ValueError, KeyError):
            bad += [entry[:_SHOWN]] if entry else []
    if bad:
        listed = ", ".join(bad[:_LISTED])
        english = f"each line is a date and workday or holiday, not {listed}"
        raise OverrideError(path, english, f"无法识别 {listed}")
    return decreed


class StateCouncilCalendar:
    """The State Council's calendar with make-up weekends, and local overrides above it.

    Args:
        overrides: files read in order; a later one wins. A day outside the known years does not
            widen them: a year is known only when it has been announced whole.

    """

    def __init__(self, overrides: Sequence[Path] = ()) -> None:
        known = (*constants.holidays, *constants.workdays)
        self.first = date(min(known).year, 1, 1)
        self.last = date(max(known).year, 12, 31)
        self._decreed: dict[date, bool] = {}
        for path in overrides:
            self._decreed |= read_overrides(path)
        self.version = _version(self._decreed)

    def is_workday(self, day: date) -> bool:
        """Whether `day` is a working day.

        Raises:
            ValueError: outside the known years.

        """
        if not self.first <= day <= self.last:
            raise ValueError(f"{day} is outside the announced years {self.first}..{self.last}")
        # The package's own function looks for its first and last year at every call.
        ordinary = day.weekday() < _WORKING_WEEK and day not in constants.holidays
        return self._decreed.get(day, ordinary or day in constants.workdays)

    def days(self) -> Mapping[date, bool]:
        """Every known day and whether it is a working day."""
        span = (self.last - self.first).days + 1
        every = (self.first + timedelta(days=n) for n in range(span))
        return {day: self.is_workday(day) for day in every}


def _version(decreed: Mapping[date, bool]) -> str:
    base = f"chinesecalendar-{package_version('chinesecalendar')}"
    if not decreed:
        return base
    listed = ";".join(f"{day}={int(work)}" for day, work in sorted(decreed.items()))
    return f"{base}+{hashlib.sha256(listed.encode()).hexdigest()[:8]}"
