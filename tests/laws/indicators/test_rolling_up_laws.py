"""What is counted does not depend on who counted which part; a preview comes true."""

from collections import defaultdict
from copy import deepcopy
from dataclasses import replace
from datetime import date
from decimal import Decimal
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from duibiao.register import LocalThreshold, Target
from services.indicators.domain.submission import CaseContent, CaseStatement
from services.indicators.usecases.preview import preview
from tests.laws.indicators.random_statements import (
    EACH,
    MEAN,
    SHARE,
    Said,
    case_contents,
    statements,
    the_little_register,
)
from tests.laws.indicators.test_order_laws import told_in
from tests.support.indicators import Indicators
from tests.support.registers import CITY, CUSTOMS, TAX
from tests.support.statements import NOON, case_statement, submitted

WHERE = st.tuples(st.sampled_from([TAX, CUSTOMS]), st.sampled_from([CITY, "610113", "610122"]))
FIGURES = (
    *("period", "status", "value", "attainment_ratio", "gap", "sample_size", "within_limit"),
    *("mean", "p90", "max", "overdue_open", "gross_days", "paused_days", "extended_days"),
)


def city_rows(parts: list[tuple[CaseContent, str, str]]) -> list[tuple[object, ...]]:
    """Return the city's rows over cases, each of an org and a region."""
    service = Indicators(the_little_register())
    by_org: dict[str, list[CaseStatement]] = defaultdict(list)
    for number, (content, org, region) in enumerate(parts):
        there = content._replace(region=region)
        by_org[org] += [
            case_statement(f"c{number}", there, indicator=kind.code) for kind in (EACH, MEAN, SHARE)
        ]
    for org, rows in by_org.items():
        service.post(submitted(f"s-{org}", org, NOON, *rows))
    found = service.repository.verdict_table
    city = (kept.row for (key, _), kept in found.items() if (key.org, key.region) == (None, CITY))
    return sorted((row.target, *(getattr(row, name) for name in FIGURES)) for row in city)


@given(parts=st.lists(st.tuples(case_contents(), WHERE), min_size=1, max_size=8))
@settings(deadline=None)
def test_the_roll_up_of_a_partition_is_that_of_the_whole(
    parts: list[tuple[CaseContent, tuple[str, str]]],
) -> None:
    apart = city_rows([(content, *where) for content, where in parts])
    assert apart == city_rows([(content, TAX, CITY) for content, _ in parts])


@st.composite
def changed_targets(draw: st.DrawFn) -> list[Target]:
    """Return the targets of the little register, some with other thresholds or another day."""
    changed = []
    for target in the_little_register().targets:
        if draw(st.booleans()):
            local = [
                LocalThreshold(target.id, Decimal(limit), target.unit, "office", since, org)
                for limit, since, org in draw(
                    st.lists(
                        st.tuples(
                            st.integers(0, 80),
                            st.dates(date(2021, 1, 9), date(2021, 12, 31)),
                            st.sampled_from([None, TAX]),
                        ),
                        max_size=3,
                    )
                )
            ]
            changed.append(target.decided(local))
        elif draw(st.booleans()):
            changed.append(
                replace(target, judged_by=draw(st.sampled_from([None, date(2021, 9, 30)])))
            )
    return changed


@given(
    said=statements(),
    random=st.randoms(use_true_random=False),
    targets=changed_targets(),
    starts=st.booleans(),
)
@settings(deadline=None)
def test_what_a_preview_says_comes_true(
    said: list[Said], random: Random, targets: list[Target], *, starts: bool
) -> None:
    service = told_in(said, random, ["2021-07-01", "2022-01-05"])
    before = statuses(service)
    register = service.register
    counted = {
        code: replace(one, count_start_day=starts) for code, one in register.indicators.items()
    }
    other = replace(register, targets=tuple(targets), indicators=counted, version="test+1")
    lent, ruleset = deepcopy(service.repository), replace(service.ruleset, register=other)
    found = preview(lent, ruleset, now=service.now, new_id=service.new_id)
    service.register = other
    service.pass_to(service.today)
    after = statuses(service)
    flips = {
        key: (before.get(key), after.get(key))
        for key in {*before, *after}
        if before.get(key) != after.get(key)
    }
    assert flips == {
        ((one.row.target, one.row.org, one.row.region), one.row.period): (
            one.before and one.before.status,
            one.after and one.after.status,
        )
        for one in found
        if one.flips
    }


def statuses(service: Indicators) -> dict[object, str]:
    return {key: kept.row.status for key, kept in service.repository.verdict_table.items()}
