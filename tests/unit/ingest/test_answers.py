import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from duibiao.web.problems import CODES, PROBLEM_TYPES
from services.ingest.adapters.answers import answer_of, problem_of, rendered, status_of, view_of
from services.ingest.domain.errors import RowError
from services.ingest.domain.receipts import Receipt, Settled
from services.ingest.usecases.accept_submission import Accepted, Refused

NOW = datetime(2021, 6, 1, 4, tzinfo=UTC)
FLAW = RowError("out-of-range", "/value", 3, {
    "field": "value", "value": "-1", "minimum": ("nothing", "无"), "maximum": 5, "extra": 1,
})  # fmt: skip
RECEIPT = Receipt("id", "tax-bureau", "key", "case", NOW, 3, 2, 1, rendered([FLAW]), 1)


def test_faults_are_told_in_both_languages() -> None:
    assert json.loads(rendered([FLAW])) == [
        {
            "code": "out-of-range",
            "message": "value is -1; it must lie between nothing and 5.",
            "message_zh": "“value”为-1，应在无至5之间。",
            "pointer": "/value",
            "index": 3,
        }
    ]
    assert rendered([]) == b"[]"


def test_the_answer_holds_the_faults_as_they_were_told() -> None:
    answer = json.loads(answer_of(RECEIPT))
    assert answer["errors"] == json.loads(RECEIPT.errors)
    assert (answer["received"], answer["accepted"], answer["rejected"]) == (3, 2, 1)
    assert answer["status_url"] == "/v1/submissions/id"


def test_the_first_answer_does_not_change_with_the_counts() -> None:
    settled = replace(RECEIPT, settled=Settled(0, 1, 1, NOW))
    assert answer_of(settled) == answer_of(RECEIPT)
    assert view_of(settled)["accepted"] == 0
    assert view_of(RECEIPT)["accepted"] == 2


@pytest.mark.parametrize(
    ("receipt", "status"),
    [(RECEIPT, 207), (replace(RECEIPT, rejected=0), 202), (replace(RECEIPT, id=None), 200)],
)
def test_statuses(receipt: Receipt, status: int) -> None:
    assert status_of(Accepted(receipt)) == status


def test_a_refusal_becomes_a_problem() -> None:
    problem = problem_of(Refused("backlog-full", [RowError("backlog-full", names={"seconds": 5})],
                                 retry_after=5))  # fmt: skip
    assert (problem.status, problem.headers) == (503, {"Retry-After": "5"})
    listed = problem_of(Refused("invalid", [FLAW], 7))
    assert (listed.status, listed.errors_total, len(listed.faults)) == (422, 7, 1)


USED = """
too-large bad-request unsupported-media-type invalid forbidden conflict backlog-full
idempotency-key-reused
"""


def test_every_refusal_is_a_type_of_problem() -> None:
    assert set(USED.split()) <= set(PROBLEM_TYPES)
    assert "control-character" in CODES
