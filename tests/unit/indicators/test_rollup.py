"""Changes of roll-ups: only what changed comes back; nothing is taken back that was not there."""

from collections import Counter

import pytest

from services.indicators.domain.durations import RollupChanges, RollupEntry, with_open
from services.indicators.domain.histogram import Duration, Histogram
from services.indicators.domain.rows import Rollup, RollupKey
from tests.support.registers import CITY, TAX

PLACE = ("days", TAX, CITY)
FIRST = RollupKey("days", "2021Q1", TAX, CITY)
SECOND = RollupKey("days", "2021Q2", TAX, CITY)
DONE = RollupEntry("2021Q1", "completed", Duration(5, 0))
OPEN = RollupEntry("2021Q1", "open", Duration(9, 0))


def test_entries_go_where_they_belong() -> None:
    rollup_changes = RollupChanges()
    rollup_changes.count(
        PLACE, [DONE, OPEN, RollupEntry("2021Q2", "accepted"), RollupEntry("2021Q2", "resolved")]
    )
    assert set(rollup_changes.keys) == {FIRST, SECOND}
    assert rollup_changes.applied({}) == [
        Rollup(FIRST, Histogram.of([Duration(5, 0)]), Histogram.of([Duration(9, 0)])),
        Rollup(SECOND, accepted=1, resolved=1),
    ]


def test_what_is_added_and_taken_back_is_no_change() -> None:
    rollup_changes = RollupChanges()
    rollup_changes.count(PLACE, [DONE])
    rollup_changes.count(PLACE, [DONE], -1)
    assert rollup_changes.applied({FIRST: Rollup(FIRST, accepted=3)}) == []


def test_a_case_taken_back_leaves_an_empty_rollup() -> None:
    rollup_changes = RollupChanges()
    rollup_changes.count(PLACE, [DONE], -1)
    (left,) = rollup_changes.applied({FIRST: Rollup(FIRST, Histogram.of([Duration(5, 0)]))})
    assert left.empty


@pytest.mark.parametrize("entry", [DONE, OPEN, RollupEntry("2021Q1", "accepted")])
def test_taking_back_what_was_never_counted_is_refused(entry: RollupEntry) -> None:
    rollup_changes = RollupChanges()
    rollup_changes.count(PLACE, [entry], -1)
    with pytest.raises(ValueError, match="count"):
        rollup_changes.applied({})


def test_another_region_is_another_rollup() -> None:
    rollup_changes = RollupChanges()
    rollup_changes.count(PLACE, [DONE], -1)
    rollup_changes.count(("days", TAX, "610113"), [DONE])
    kept = {FIRST: Rollup(FIRST, Histogram.of([Duration(5, 0)]))}
    assert {(r.key.region, r.empty) for r in rollup_changes.applied(kept)} == {
        (CITY, True),
        ("610113", False),
    }


def test_open_cases_replace_those_of_the_day_before() -> None:
    kept = [
        Rollup(FIRST, open=Histogram.of([Duration(9, 0)]), accepted=1),
        Rollup(SECOND, open=Histogram.of([Duration(2, 0)])),
    ]
    changed = with_open(kept, {FIRST: Counter({Duration(10, 0): 1})})
    assert sorted(changed, key=lambda rollup: rollup.key) == [
        Rollup(FIRST, open=Histogram.of([Duration(10, 0)]), accepted=1),
        Rollup(SECOND),
    ]
    assert with_open(kept[:1], {FIRST: Counter({Duration(9, 0): 1})}) == []
