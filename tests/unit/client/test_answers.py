"""Answers read as receipts, refusals with every fault, or as nothing of ours."""

import json

import httpx
import pytest

from duibiao.client import ClientError, Receipt, Refused, RowError, Unavailable, Unexpected
from duibiao.client.answers import receipt_of

FAULT = {
    "code": "bad-period",
    "message": "2021Q5 is no period.",
    "message_zh": "“2021Q5”不是有效的期间。",
    "pointer": "/period",
    "index": 3,
}
RECEIPT = {
    "submission_id": "0190",
    "received": 4,
    "accepted": 3,
    "duplicate": None,
    "revised": None,
    "rejected": 1,
    "errors": [FAULT],
    "errors_total": 1,
    "status_url": "/v1/submissions/0190",
}
PROBLEM = {"content-type": "application/problem+json; charset=utf-8"}


def answer(status: int, content: object, headers: dict[str, str] | None = None) -> httpx.Response:
    body = content if isinstance(content, bytes) else json.dumps(content).encode()
    headers = headers or {"content-type": "application/json"}
    return httpx.Response(status, headers=headers, content=body)


def refused(content: object, status: int = 422) -> Refused:
    with pytest.raises(Refused) as error:
        receipt_of(answer(status, content, PROBLEM))
    return error.value


def test_a_receipt_is_read_field_by_field() -> None:
    assert receipt_of(answer(207, RECEIPT)) == Receipt(
        submission_id="0190",
        received=4,
        accepted=3,
        duplicate=None,
        revised=None,
        rejected=1,
        errors=(RowError("bad-period", FAULT["message"], FAULT["message_zh"], "/period", 3),),  # type: ignore[arg-type]
        errors_total=1,
        status_url="/v1/submissions/0190",
    )


def test_a_first_answer_is_not_replayed() -> None:
    assert receipt_of(answer(202, RECEIPT)).replayed is False


def test_a_replayed_answer_says_so() -> None:
    receipt = receipt_of(answer(202, RECEIPT, {"idempotency-replayed": "true"}))

    assert receipt.replayed is True


def test_final_counts_are_read_from_a_submission() -> None:
    told = RECEIPT | {"state": "evaluated", "accepted": 1, "duplicate": 2, "revised": 0}

    receipt = receipt_of(answer(200, told | {"org": "tax-bureau", "kind": "case"}))

    assert (receipt.state, receipt.accepted, receipt.duplicate, receipt.revised) == (
        "evaluated",
        1,
        2,
        0,
    )


def test_what_a_later_product_adds_is_looked_over() -> None:
    receipt = receipt_of(answer(202, RECEIPT | {"encoding": "gb18030", "news": [1]}))

    assert receipt.accepted == 3


def test_warnings_are_kept() -> None:
    receipt = receipt_of(answer(202, RECEIPT | {"warnings": [FAULT | {"code": "outlier"}]}))

    assert [warning.code for warning in receipt.warnings] == ["outlier"]


def test_a_dry_run_has_no_submission() -> None:
    told = RECEIPT | {"submission_id": None, "status_url": None}

    assert receipt_of(answer(200, told)).submission_id is None


def test_a_refusal_holds_every_fault() -> None:
    faults = [FAULT | {"index": index} for index in range(1000)]

    error = refused(
        {
            "type": "/problems/invalid",
            "title": "The content is invalid",
            "status": 422,
            "detail": "1700 faults, listed under errors.",
            "detail_zh": "共1700处问题，逐项列出。",
            "instance": "/v1/cases",
            "trace_id": "abc",
            "errors": faults,
            "errors_total": 1700,
        }
    )

    assert (error.status, error.type, error.trace_id) == (422, "invalid", "abc")
    assert [fault.index for fault in error.errors] == list(range(1000))
    assert error.errors_total == 1700
    assert error.detail_zh == "共1700处问题，逐项列出。"
    assert str(error) == "422 invalid: 1700 faults, listed under errors."


@pytest.mark.parametrize(
    "response",
    [
        answer(200, b"<html>Welcome to the hotel's network</html>", {"content-type": "text/html"}),
        answer(200, {"ok": True}),
        answer(202, b"[" * 100_000),
        answer(301, b""),
        answer(404, {"detail": "Not Found"}),
        answer(422, {"detail": "no problem document"}),
        answer(400, b"not JSON", PROBLEM),
        answer(400, {"errors": "none"}, PROBLEM),
        answer(501, {"type": "/problems/internal"}, PROBLEM),
        answer(204, b""),
    ],
)
def test_whatever_else_is_none_of_ours(response: httpx.Response) -> None:
    with pytest.raises(Unexpected) as unexpected:
        receipt_of(response)

    assert unexpected.value.response is response
    assert str(response.status_code) in str(unexpected.value)


def test_all_errors_are_of_one_family() -> None:
    for kind in (Refused, Unavailable, Unexpected):
        assert issubclass(kind, ClientError)
