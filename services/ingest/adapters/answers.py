"""What callers are told: receipts as JSON, faults in words, refusals as problems."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

import msgspec

from duibiao.web.problems import ErrorDetail, Problem, filled
from services.ingest.domain.errors import RowError
from services.ingest.domain.receipts import Receipt
from services.ingest.usecases.accept_submission import Accepted, Refused

_ENCODER: Final = msgspec.json.Encoder()
_OK, _ACCEPTED, _MULTI_STATUS = 200, 202, 207


def rendered(errors: Sequence[RowError]) -> bytes:
    """Return faults as the JSON array that callers read."""
    return _ENCODER.encode(list(map(_fault_of, errors)))


def problem_of(refused: Refused) -> Problem:
    """Return the problem that a refusal is told as."""
    faults = list(map(_fault_of, refused.errors))
    after = refused.retry_after
    headers = {} if after is None else {"Retry-After": str(after)}
    return Problem(refused.problem, faults, errors_total=refused.total, headers=headers)


def _fault_of(error: RowError) -> ErrorDetail:
    fault = filled(error.code, error.names, pointer=error.pointer, index=error.index)
    if error.line is None:
        return fault
    return replace(
        fault,
        message=f"Row {error.line} of the sheet: {fault.message}",
        message_zh=f"工作表第{error.line}行：{fault.message_zh}",
    )


def status_of(accepted: Accepted) -> int:
    """Return 202; 207 where rows were refused; 200 for a dry run."""
    if accepted.receipt.id is None:
        return _OK
    return _MULTI_STATUS if accepted.receipt.rejected else _ACCEPTED


def answer_of(receipt: Receipt) -> bytes:
    """Return the body of the answer to an accepted request, the same on every repeat of it."""
    return _ENCODER.encode(
        {
            "submission_id": receipt.id,
            "received": receipt.received,
            "accepted": receipt.taken,
            "duplicate": None,
            "revised": None,
            "rejected": receipt.rejected,
            "errors": msgspec.Raw(receipt.errors),
            "errors_total": receipt.errors_total,
            "warnings": msgspec.Raw(receipt.warnings),
            "warnings_total": receipt.warnings_total,
            "encoding": receipt.encoding,
            "status_url": status_url(receipt.id),
        }
    )


def status_url(submission_id: str | None) -> str | None:
    """Return where the final counts will be."""
    return None if submission_id is None else f"/v1/submissions/{submission_id}"


def view_of(receipt: Receipt) -> Mapping[str, object]:
    """Return a receipt as it stands now, without its faults."""
    dead = receipt.settled is not None and receipt.settled.dead_lettered
    settled = None if dead else receipt.settled
    return {
        "submission_id": receipt.id,
        "org": receipt.org,
        "key_id": receipt.key_id,
        "kind": receipt.kind,
        "state": "dead-lettered" if dead else "accepted" if settled is None else "evaluated",
        "received_at": receipt.received_at,
        "evaluated_at": None if settled is None else settled.evaluated_at,
        "received": receipt.received,
        "accepted": receipt.taken if settled is None else settled.accepted,
        "duplicate": None if settled is None else settled.duplicate,
        "revised": None if settled is None else settled.revised,
        "rejected": receipt.rejected,
        "errors_total": receipt.errors_total,
        "warnings_total": receipt.warnings_total,
        "encoding": receipt.encoding,
        "status_url": status_url(receipt.id),
    }
