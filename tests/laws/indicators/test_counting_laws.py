"""Laws of counts, figures and comparisons, against plain lists and whole numbers."""

from collections import Counter
from datetime import date
from decimal import Decimal
from fractions import Fraction
from math import ceil

from hypothesis import given
from hypothesis import strategies as st

from services.indicators.domain.histogram import EMPTY, Duration, Histogram
from services.indicators.domain.submission import CaseContent, FigureContent, digest
from tests.laws.indicators.random_statements import case_contents, figure_contents
from tests.support.indicators import Indicators, told
from tests.support.registers import CITY, CUSTOMS, TAX, indicator, register, target
from tests.support.statements import case, cases, figure, observations

_lasted = st.integers(0, 300), st.integers(0, 30), st.booleans()
durations = st.builds(Duration, *_lasted, past_deadline=st.none())
to_a_deadline = st.builds(Duration, *_lasted, past_deadline=st.integers(0, 40))
kinds = st.sampled_from([durations, to_a_deadline])
bags = kinds.flatmap(lambda kind: st.lists(kind, max_size=40))
full_bags = kinds.flatmap(lambda kind: st.lists(kind, min_size=1, max_size=40))
limits = st.decimals(0, 200, places=1)


@given(full_bags)
def test_p90_is_the_nearest_rank_of_the_sorted_days(bag: list[Duration]) -> None:
    ordered = sorted(duration.net for duration in bag)
    rank = ceil(Decimal(len(bag)) * Decimal("0.9"))
    assert Histogram.of(bag).p90 == ordered[rank - 1]


@given(full_bags, limits)
def test_everything_equals_what_a_list_says(bag: list[Duration], limit: Decimal) -> None:
    counted, days = Histogram.of(bag), [duration.net for duration in bag]
    assert (counted.count, counted.total, counted.longest) == (len(bag), sum(days), max(days))
    assert counted.mean * len(bag) == sum(days)
    held = [k.net - k.extended if k.past_deadline is None else k.past_deadline for k in bag]
    inside = [k for k, days in zip(bag, held, strict=True) if days <= limit]
    outside = [k for k, days in zip(bag, held, strict=True) if days > limit]
    assert counted.within(Fraction(limit)) == len(inside)
    assert counted.past(Fraction(limit)) == Histogram.of(outside)
    assert counted.provisional == any(k.provisional for k in bag)


def taken_back(bag: list[Duration]) -> dict[Duration, int]:
    return {duration: -number for duration, number in Counter(bag).items()}


@given(bags, bags)
def test_subtracting_undoes_adding(one: list[Duration], other: list[Duration]) -> None:
    counted = Histogram.of(one)
    assert (counted + Histogram.of(other)).changed(taken_back(other)) == counted
    assert counted + Histogram.of(other) == Histogram.of([*other, *one])


@given(bags)
def test_subtracting_all_leaves_nothing(bag: list[Duration]) -> None:
    left = Histogram.of(bag)
    for duration in bag:
        left = left.changed(taken_back([duration]))
    assert left == EMPTY


@given(case_contents(), case_contents())
def test_cases_are_equal_where_their_digests_are(one: CaseContent, other: CaseContent) -> None:
    assert digest(one) == digest(one._replace())
    assert (digest(one) == digest(other)) == (one == other)


@given(figure_contents(), figure_contents())
def test_figures_are_equal_where_their_digests_are(
    one: FigureContent, other: FigureContent
) -> None:
    assert (digest(one) == digest(other)) == (one == other)


hundredths = st.integers(0, 2000)


@given(value=hundredths, threshold=hundredths)
def test_a_limit_is_met_up_to_and_with_itself(value: int, threshold: int) -> None:
    kind = indicator(statistic="mean", reported_by=(TAX,))
    limit = Decimal(threshold) / 100
    it = Indicators(register(indicators=[kind], targets=[target(indicator=kind, threshold=limit)]))
    it.post(observations("s1", (CITY, "2021Q1", figure(Decimal(value) / 100, 5))))
    row = it.row("T01", "2021Q1")
    met = value <= threshold
    assert row.status == ("met" if met else "missed")
    assert (row.attainment_ratio or 0) >= 1 if met else (row.attainment_ratio or 0) < 1
    assert row.gap == Fraction(value - threshold, 100)
    assert row.near_threshold == (met and 10 * (threshold - value) < threshold)


@given(value=hundredths, threshold=st.integers(1, 2000))
def test_a_floor_is_met_from_itself_on(value: int, threshold: int) -> None:
    kind = indicator(statistic="share", unit="percent", reported_by=(TAX,))
    goal = target(indicator=kind, op=">=", threshold=Decimal(threshold) / 100)
    it = Indicators(register(indicators=[kind], targets=[goal]))
    it.post(observations("s1", (CITY, "2021Q1", figure(Decimal(value) / 100, 5))))
    row = it.row("T01", "2021Q1")
    assert row.status == ("met" if value >= threshold else "missed")
    assert row.attainment_ratio == min(Fraction(value, threshold), Fraction(10))


parts = st.tuples(st.integers(0, 999), st.integers(1, 60))


@given(st.lists(parts, min_size=1, max_size=4), st.lists(parts, min_size=1, max_size=4))
def test_averages_weigh_by_sample_whoever_reports_them(
    one: list[tuple[int, int]], other: list[tuple[int, int]]
) -> None:
    kind = indicator(statistic="mean")
    it = Indicators(register(indicators=[kind], targets=[target(indicator=kind)]))
    for org, reported in ((TAX, one), (CUSTOMS, other)):
        rows = [
            (f"R{number}", "2021Q1", figure(Decimal(tenths) / 10, weight))
            for number, (tenths, weight) in enumerate(reported)
        ]
        it.post(observations(f"{org}", *rows, org=org))
    every = [*one, *other]
    weight = sum(count for _, count in every)
    tenths = sum(value * count for value, count in every)
    row = it.row("T01", "2021Q1")
    assert told(row, "value", "sample_size") == (Fraction(tenths, 10 * weight), weight)


@given(st.lists(st.integers(0, 60), min_size=1, max_size=30))
def test_a_days_limit_over_cases_is_met_only_by_all(ends: list[int]) -> None:
    kind = indicator(statistic="each")
    it = Indicators(register(indicators=[kind], targets=[target(indicator=kind, threshold=20)]))
    june = [f"2021-{4 + n // 30:02}-{1 + n % 30:02}" for n in ends]
    it.post(cases("s1", *((f"{n}", case("2021-04-01", end)) for n, end in enumerate(june))))
    row = it.row("T01", "2021Q2")
    days = sorted(
        it.workdays.between(date(2021, 4, 1), date.fromisoformat(end)).days for end in june
    )
    inside = sum(day <= 20 for day in days)
    assert told(row, "value", "within_limit", "sample_size") == (days[-1], inside, len(days))
    assert row.attainment_ratio == Fraction(inside, len(days))
    assert (row.status == "met") == (inside == len(days))
