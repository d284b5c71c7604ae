"""Rules of the register refuse a row; a figure far from the usual is only asked about.

By the register of the notice: export rebates usually take 2 to 10 days, shares of online filing 70
to 100 %, and three times beyond is worth a second look.
"""

import json
from dataclasses import replace
from typing import Any

import pytest

from duibiao.register import FieldRule, Register, RowKind
from services.ingest.domain.context import Kind
from services.ingest.domain.submission import DecodedSubmission
from tests.support.ingest import accepted, listed, posting, told
from tests.support.registers import the_register

DAYS, SHARE = "export-rebate-days", "tax-enterprise-online-share"


def both_ways(kind: Kind, row: dict[str, Any], register: Register) -> list[DecodedSubmission]:
    body = json.dumps(row, separators=(",", ":")).encode()
    posted = posting(kind, body)
    quick, thorough = accepted(posted, register), listed(posted, register)
    return [thorough] if quick is None else [quick, thorough]


@pytest.mark.parametrize(
    ("figures", "asked"),
    [
        ({"value": 5}, False),
        ({"value": 30}, False),
        ({"value": 30.01}, True),
        ({"value": 0.67}, False),
        ({"value": 0.66}, True),
        ({"value": 0}, True),
        ({"indicator": SHARE, "value": 23.4}, False),
        ({"indicator": SHARE, "value": 23.3}, True),
        ({"indicator": SHARE, "numerator": 7, "denominator": 30}, False),
        ({"indicator": SHARE, "numerator": 69, "denominator": 300}, True),
    ],
)
def test_a_figure_far_from_the_usual_is_taken_and_asked_about(
    figures: dict[str, Any], *, asked: bool
) -> None:
    row = {"indicator": DAYS, "period": "2021Q1"} | figures
    for taken in both_ways("observation", row, the_register()):
        assert (taken.received, taken.rejected, taken.problem) == (1, 0, None)
        assert [flaw.code for flaw in taken.warnings] == ["unusual-figure"] * asked
        assert taken.warnings_total == asked


CASE = {
    "case_no": "A-1",
    "indicator": DAYS,
    "accepted_at": "2021-03-01",
    "completed_at": "2021-03-08",
    "outcome": "completed",
    "deadline": "2021-04-01",
}
FIGURE = {"indicator": SHARE, "period": "2021Q1", "numerator": 80, "denominator": 90}
REPORT = {"measure": "1.2", "period": "2021Q1", "state": "done", "done_on": "2021-03-01"} | {
    "summary": "已印发"
}


@pytest.mark.parametrize(
    ("kind", "row", "rule", "kept"),
    [
        ("case", CASE, ("deadline", "not_before", "accepted_at"), True),
        (
            "case",
            CASE | {"deadline": "2021-02-28"},
            ("deadline", "not_before", "accepted_at"),
            False,
        ),
        ("case", CASE | {"deadline": None}, ("deadline", "not_before", "accepted_at"), True),
        ("case", CASE, ("deadline", "not_after", "completed_at"), False),
        ("case", CASE, ("deadline", "forbids", "completed_at"), False),
        ("case", CASE, ("deadline", "needs", "labels"), False),
        ("case", CASE | {"labels": {"a": "b"}}, ("deadline", "needs", "labels"), True),
        ("case", CASE, ("deadline", "not_before", "today"), False),
        ("observation", FIGURE, ("numerator", "at_most", "denominator"), True),
        ("observation", FIGURE, ("denominator", "at_most", "numerator"), False),
        ("progress_report", REPORT, ("done_on", "not_after", "today"), True),
        ("progress_report", REPORT, ("done_on", "forbids", "state"), False),
    ],
)
def test_a_row_keeps_the_rules_of_the_register_or_is_refused(
    kind: RowKind, row: dict[str, Any], rule: tuple[str, Any, str], *, kept: bool
) -> None:
    field, check, other = rule
    said: Any = {"message": "Not so", "message_zh": "不对", check: other}
    ruled = FieldRule(id="one", kind=kind, field=field, **said)
    for taken in both_ways(kind, row, replace(the_register(), field_rules=(ruled,))):
        assert told(taken.errors) == ([] if kept else [("rule-broken", f"/{field}", 0)])


@pytest.mark.parametrize("outcome", ["completed", "open"])
def test_a_rule_may_speak_of_some_rows_only(outcome: str) -> None:
    ruled = FieldRule(
        id="one",
        kind="case",
        field="deadline",
        not_before="accepted_at",
        when={"outcome": ("open",)},
        message="",
        message_zh="",
    )
    completed_at = "2021-03-08" if outcome == "completed" else None
    row = CASE | {"deadline": "2021-01-01", "outcome": outcome, "completed_at": completed_at}
    for taken in both_ways("case", row, replace(the_register(), field_rules=(ruled,))):
        assert bool(taken.errors) == (outcome == "open")
