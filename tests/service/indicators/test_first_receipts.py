"""Doubts about when something was sent: its first receipt counts, not that of a correction."""

from datetime import timedelta
from pathlib import Path

import pytest

from services.indicators.domain.submission import CaseContent, Submission
from tests.service.indicators.test_doubts import LAST_MINUTE, ROADS, WATER, begun, doubts
from tests.support.registers import CITY, CUSTOMS, FINANCE, TAX
from tests.support.statements import at, case, cases, figure, observations

pytestmark = pytest.mark.usefixtures("each_database")

MORNING = LAST_MINUTE + timedelta(hours=9)
DONE = case("2021-04-12", "2021-04-20")
LABELLED = case("2021-04-12", "2021-04-20", labels=(("kind", "x"),))


def said(org: str, first: int, then: int) -> list[Submission]:
    """Return a figure, first sent ahead of the last minutes by these hours, and a correction."""
    return [
        observations(
            f"{org}-{hours}",
            (CITY, "2021Q2", figure(40 + hours)),
            indicator="items",
            org=org,
            received=LAST_MINUTE - timedelta(hours=hours),
        )
        for hours in (first, then)
    ]


def sent(org: str, *statements: tuple[str, CaseContent]) -> list[Submission]:
    """Return statements of one case, each with the day on which it came."""
    return [
        cases(f"{org}-{day}", (f"{org}-1", content), indicator="each", org=org, received=at(day))
        for day, content in statements
    ]


def test_a_correction_neither_ends_nor_begins_a_doubt(tmp_path: Path) -> None:
    with begun(tmp_path) as made:
        made.post(
            *said(WATER, 0, -9),  # corrected the next morning
            *said(ROADS, 20, 0),  # corrected in the last minutes
            # Open first; keyed late, and again; keyed in time, and labelled in June.
            *sent(CUSTOMS, ("2021-04-13", case("2021-04-12")), ("2021-06-01", DONE)),
            *sent(FINANCE, ("2021-06-01", DONE), ("2021-06-02", LABELLED)),
            *sent(TAX, ("2021-04-21", DONE), ("2021-06-11", LABELLED)),
            *sent(WATER, ("2021-04-13", case("2021-04-12")), ("2021-04-22", DONE)),
        )
        found = [*doubts(made, kind="last_minute"), *doubts(made, kind="late_keying")]
    assert sorted((row["kind"], *row["orgs"]) for row in found) == [
        ("last_minute", WATER),
        ("late_keying", CUSTOMS),
        ("late_keying", FINANCE),
    ]
