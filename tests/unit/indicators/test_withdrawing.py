"""Rows whose target the register holds no longer: in the same order however they were read."""

from itertools import count, permutations
from types import SimpleNamespace
from typing import cast

from services.indicators.usecases.context import EvaluationContext
from services.indicators.usecases.evaluate import withdraw
from tests.support.statements import NOON, verdict


def context() -> EvaluationContext:
    ids = count(1)
    repository = SimpleNamespace(save_verdicts=lambda changes: None)  # noqa: ARG005
    stub = SimpleNamespace(now=NOON, new_id=lambda: f"w{next(ids)}", repository=repository)
    return cast("EvaluationContext", stub)


def test_the_order_in_which_they_were_read_makes_no_difference() -> None:
    rows = [
        verdict(org=None, period="2020Q2"),
        verdict(org=None, period="2021Q1"),
        verdict(org="unit-1", period="2020Q2"),
        verdict(org=None, period="2020Q2", region="610102"),
    ]

    orders = {
        tuple((c.verdict.series, c.verdict.row.period) for c in withdraw(context(), read))
        for read in permutations(rows)
    }

    assert len(orders) == 1
