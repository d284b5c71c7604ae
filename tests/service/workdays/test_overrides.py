"""Files of days laid over the calendar of the State Council."""

from datetime import date
from pathlib import Path

import pytest

from duibiao.workdays import StateCouncilCalendar, Workdays
from duibiao.workdays.calendars import OverrideError, read_overrides

BEFORE = Workdays(StateCouncilCalendar()).version


def test_a_decree_in_the_middle_of_a_year_changes_days_and_version(tmp_path: Path) -> None:
    decree = tmp_path / "2021-extra.yaml"
    text = "# by decree\n2021-12-31: holiday\n\n2021-12-26: workday  # a Sunday\n"
    decree.write_text(text, encoding="utf-8")

    decreed = Workdays(StateCouncilCalendar([decree]))

    assert decreed.is_workday(date(2021, 12, 31)) is False
    assert decreed.is_workday(date(2021, 12, 26)) is True
    assert decreed.version != BEFORE
    assert decreed.version.startswith(BEFORE)


@pytest.mark.parametrize(
    "content",
    [
        "- 2021-01-01\n",
        "2021-01-01: off\n",
        "new-year: holiday\n",
        "2021-13-40: holiday\n",
        "2021-09-30: [holiday]\n",
        "[" * 20_000,
        "a: &a [x,x]\nb: &b [*a,*a]\n" * 1_000,
    ],
)
def test_an_override_that_cannot_be_read_is_named(tmp_path: Path, content: str) -> None:
    path = tmp_path / "decree.yaml"
    path.write_text(content, encoding="utf-8")

    with pytest.raises(OverrideError, match=r"decree\.yaml") as told:
        read_overrides(path)
    assert len(str(told.value)) < 1_000
