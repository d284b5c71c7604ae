"""What is remembered of the shapes of rows, per org, day and layout."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from services.ingest.domain import shapes as module
from services.ingest.domain.context import ValidationContext
from services.ingest.domain.shapes import Shape, ShapeCache
from tests.support.ingest import terms
from tests.support.registers import CUSTOMS, TAX

OURS = terms(org=TAX)
NAMES = ("indicator", "region", "period")
CODES = ("days", "610103", "2021Q1")


def find(
    cache: ShapeCache, whose: ValidationContext = OURS
) -> Callable[[tuple[Any, ...]], Shape | None]:
    return cache.of("observation", whose, NAMES, ["value"])


def test_what_was_checked_is_kept_per_org_and_day() -> None:
    cache = ShapeCache()
    found = find(cache)(CODES)
    assert found is not None
    assert (found.codes, found.low, found.high) == (CODES, 0, 1000)
    assert find(cache)(CODES) is found
    assert find(cache, terms(org=CUSTOMS))(CODES) is not found
    assert find(cache, replace(OURS, today=date(2021, 6, 2)))(CODES) is not found


def test_a_region_that_was_left_out_is_the_city() -> None:
    found = find(ShapeCache())(("days", None, "2021Q1"))
    assert found is not None
    assert found.codes == ("days", "610100", "2021Q1")


def test_what_is_wrong_has_no_shape() -> None:
    for wrong in (
        ("theirs", *CODES[1:]),
        ("days", "x", "2021Q1"),
        (*CODES[:2], "2021Q3"),
        (*CODES[:2], None),
    ):
        assert find(ShapeCache())(wrong) is None


def test_layouts_do_not_share_shapes() -> None:
    cache = ShapeCache()
    assert find(cache)(CODES) is not None
    assert cache.of("observation", OURS, NAMES, [])(CODES) is None
    assert cache.of("observation", OURS, NAMES, ["numerator", "denominator"])(CODES) is None


def test_padding_makes_no_other_bounds() -> None:
    found = find(ShapeCache())(("days ", *CODES[1:]))
    assert found is not None
    assert (found.codes, found.low, found.high) == (CODES, 0, 1000)


def test_nothing_grows_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_MOST_SHAPES", 4)
    cache = ShapeCache()
    for n in range(20):
        whose = replace(OURS, today=date(2021, 6, 1 + n))
        for region in (None, "610103"):
            assert find(cache, whose)(("days", region, "2021Q1")) is not None
        assert sum(map(len, cache._known.values())) <= 4  # noqa: SLF001
    for n in range(module._MOST_LAYOUTS + 5):  # noqa: SLF001
        find(cache, terms(org=f"org-{n}"))
    assert len(cache._known) <= module._MOST_LAYOUTS  # noqa: SLF001
