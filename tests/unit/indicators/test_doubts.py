"""When the office is asked: the rules of `domain.doubts`, at and beside their limits."""

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest

from duibiao.register import DoubtRules, Indicator
from services.indicators.domain import doubts
from services.indicators.domain.doubts import Doubt
from services.indicators.domain.histogram import Duration, Histogram
from services.indicators.domain.rows import VerdictRow
from tests.support.registers import CITY, TAX, indicator
from tests.support.statements import figure, figure_statement, verdict

DAYS = indicator()
SHARE = indicator("rate", unit="percent", statistic="share", direction="up")
TOTAL = indicator("items", unit="item", statistic="latest", direction="up")


def row(value: Any = None, **given: Any) -> VerdictRow:  # noqa: ANN401 - a figure; any field
    exact = None if value is None else Fraction(value)
    return verdict().row._replace(value=exact, mean=exact, insufficient_sample=False, **given)


def jumps(about: Indicator, values: Sequence[Any]) -> list[dict[str, object]]:
    rows = [row(value, statistic=about.statistic, unit=about.unit) for value in values]
    return [dict(facts) for _, facts in doubts.of_history(rows, None, about)]


@pytest.mark.parametrize(
    ("about", "values", "asked"),
    [
        (DAYS, [4], False),  # no history
        (DAYS, [4, None], False),
        (DAYS, [None, 4], False),
        (DAYS, [4, 6], False),  # 50 % more, exactly
        (DAYS, [4, "6.01"], True),
        (DAYS, [4, 2], False),
        (DAYS, [4, "1.99"], True),
        (DAYS, [2, 9, 13], False),  # within 50 % of the highest
        (DAYS, [2, 9, "13.6"], True),
        (DAYS, [4, 9, 4], False),  # a return is no jump
        (DAYS, ["0.2", "1.2"], False),  # never by less than 1
        (DAYS, ["0.2", "1.3"], True),
        (SHARE, [90, 70], False),  # 20 points
        (SHARE, [90, "69.9"], True),
        (SHARE, [50, "70.1"], True),
        (TOTAL, [10, 30], False),  # one step is no history
        (TOTAL, [10, 30, 50], False),
        (TOTAL, [10, 30, 60], False),  # 20, then 30
        (TOTAL, [10, 30, 61], True),
        (TOTAL, [10, 30, 20], True),  # a total that falls
        (replace(DAYS, doubts=DoubtRules(jump=Fraction(10))), [10, "11.1"], True),  # type: ignore[arg-type]
        (replace(DAYS, doubts=DoubtRules(jump=Fraction(10))), [10, 11], False),  # type: ignore[arg-type]
    ],
)
def test_a_jump_lies_outside_the_range_of_earlier_figures(
    about: Indicator, values: list[Any], *, asked: bool
) -> None:
    assert bool(jumps(about, values)) == asked


def test_a_small_sample_may_jump() -> None:
    rows = [row(4), row(9)._replace(insufficient_sample=True)]
    assert list(doubts.of_history(rows, None, DAYS)) == []


def test_of_some_cases_the_mean_is_compared_over_time() -> None:
    each = replace(DAYS, statistic="each")
    rows = [
        row(v, statistic="each")._replace(value=Fraction(worst)) for v, worst in ((4, 9), (5, 40))
    ]
    assert list(doubts.of_history(rows, None, each)) == []


@pytest.mark.parametrize(
    ("other", "asked"), [(85, False), ("84.9", True), (95, False), (None, False)]
)
def test_two_channels_agree_within_five_points(other: int | str | None, *, asked: bool) -> None:
    found = [*doubts.of_history([row(90)], row(other), SHARE)]
    assert bool(found) == asked


@pytest.mark.parametrize(
    ("said", "asked"), [("5.3", False), ("5.38", False), ("5.39", True), ("5.2", True)]
)
def test_rounding_contradicts_nothing(said: str, *, asked: bool) -> None:
    stated = figure_statement(figure(said, 3))
    found = [*doubts.of_figure(row(Fraction(16, 3)), stated)]
    assert bool(found) == asked


def test_what_does_not_apply_contradicts_nothing() -> None:
    stated = figure_statement(figure(not_applicable=True))
    assert list(doubts.of_figure(row(5), stated)) == []
    assert list(doubts.of_figure(row(5), None)) == []


def pinned(limit: int, *nets: int, extended: int = 0) -> list[Any]:
    cases = Histogram.of(Duration(net + extended, extended) for net in nets)
    proof = {"distribution": {"cases": cases.count, "groups": cases.groups()}, "clock": None}
    return [*doubts.of_clocks(row(9, threshold=Fraction(limit)), proof, DoubtRules())]


def test_most_cases_exactly_at_the_limit() -> None:
    assert pinned(5, 5, 5, 5, 4, 3) == [("at_limit", {"value": 5, "share": 60, "cases": 3})]
    assert pinned(5, 5, 5, 5, 4, 3, extended=2) != []
    assert pinned(5, 5, 5, 5, 4, 3, 2) == []  # half is not most
    assert pinned(5, 5, 5, 5, 5) == []  # too few
    assert pinned(1, 1, 1, 1, 1, 1) == []  # a limit of one day
    assert pinned(6, 5, 5, 5, 5, 5) == []


@pytest.mark.parametrize(
    ("given", "asked"),
    [
        ({"threshold": Fraction(5)}, True),
        ({"threshold": Fraction(6)}, False),
        ({"threshold": None}, False),
    ],
)
def test_a_figure_exactly_at_the_threshold(given: dict[str, Any], *, asked: bool) -> None:
    assert bool([*doubts.of_clocks(row(5, **given), {}, DoubtRules())]) == asked


def test_a_hundred_percent_is_all_there_can_be() -> None:
    full = row(100, threshold=Fraction(100), unit="percent")
    assert list(doubts.of_clocks(full, {}, DoubtRules())) == []


def restated(old: VerdictRow, new: VerdictRow, *, ended: bool = True) -> bool:
    kept = verdict()._replace(row=old, ended=ended)
    return bool([*doubts.of_versions(new, kept, None)])


def test_what_is_restated_to_green() -> None:
    old, new = row(7, evidence="reported"), row(5, status="met")
    assert restated(old, new)
    assert restated(old, new._replace(status="sustained"))
    assert not restated(old, new._replace(status="missed"))
    assert not restated(old, new, ended=False)  # it was not yet to be judged
    assert not restated(old, new._replace(value=old.value))  # the threshold moved
    assert not restated(old._replace(pending_approvals=1), new)  # the office approved
    assert restated(row(0, evidence="reported"), row(90, status="met"))  # none is a figure, too
    assert not restated(row(None), row(90, status="met"))


def test_more_cases_restate_nothing() -> None:
    old = row(7, evidence="cases", sample_size=Fraction(3))
    assert not restated(old, row(5, status="met", sample_size=Fraction(4)))
    assert restated(old, row(5, status="met", sample_size=Fraction(3)))
    resolved = old._replace(statistic="share")
    assert not restated(resolved, row(95, status="met", statistic="share"))


def test_an_id_is_of_identity_and_facts() -> None:
    one = Doubt("jump", "2021Q1", (TAX,), CITY, "days", {"value": "9"})
    assert one.id.startswith("jump.2021Q1.")
    assert one._replace(answer={"reason": "x"}).id == one.id
    others = [
        one._replace(**given)
        for given in (
            {"kind": "restated"},
            {"period": "2021Q2"},
            {"orgs": (TAX, "customs")},
            {"region": "610103"},
            {"indicator": None},
            {"facts": {"value": "9.1"}},
        )
    ]
    assert len({one.id, *(other.id for other in others)}) == 7
