"""Answers of the product as values: receipts, and refusals with every fault.

ClientError
  Refused       the product said no; sending the same again would get the same answer
  Unavailable   no answer that counts within the patience; the same request may be sent again
  Unexpected    an answer that this product never gives: another server, or a proxy
"""

from dataclasses import dataclass, replace
from typing import Final, Literal

import msgspec

from duibiao.client.wire import Reply

_OK: Final = range(200, 300)
_REFUSALS: Final = range(400, 500)


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing to mend.

    Attributes:
        code: stable; see docs/errors.md.
        message, message_zh: for people.
        pointer: JSON pointer into the row, or /query/NAME, /header/NAME.
        index: the row, from 0, a header row not counted; None for the request as a whole.

    """

    code: str
    message: str = ""
    message_zh: str = ""
    pointer: str | None = None
    index: int | None = None


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of the rows of one request.

    `received` = accepted + duplicate + revised + rejected. `duplicate` and `revised` are None
    until the `state` is evaluated; until then `accepted` holds all rows taken. `dead-lettered`: it
    could not be evaluated, and is put aside until the operators replay it.
    """

    submission_id: str | None
    received: int
    accepted: int
    rejected: int
    duplicate: int | None = None
    revised: int | None = None
    errors: tuple[Fault, ...] = ()
    errors_total: int = 0
    warnings: tuple[Fault, ...] = ()
    status_url: str | None = None
    state: Literal["accepted", "evaluated", "dead-lettered"] = "accepted"
    replayed: bool = False


class ClientError(Exception):
    """Whatever may go wrong with a request."""


class Refused(ClientError):  # noqa: N818 - what happened to the request
    """The product said no, in a problem document (RFC 9457).

    Attributes:
        status: of the answer, 400 to 499.
        type: the problem type, e.g. "invalid"; its page is /problems/TYPE.
        errors: every fault that was listed; `errors_total` says how many there are.
        trace_id: finds the request in the log of the product.

    """

    def __init__(
        self,
        status: int,
        type: str = "",  # noqa: A002 - the member's name in RFC 9457
        detail: str = "",
        detail_zh: str = "",
        errors: tuple[Fault, ...] = (),
        errors_total: int = 0,
        trace_id: str = "",
    ) -> None:
        super().__init__(f"{status} {type}: {detail}")
        self.status = status
        self.type = type
        self.detail = detail
        self.detail_zh = detail_zh
        self.errors = errors
        self.errors_total = errors_total
        self.trace_id = trace_id

    def says(self, code: str) -> bool:
        """Whether one of the faults has this code."""
        return any(fault.code == code for fault in self.errors)


class Unavailable(ClientError):  # noqa: N818 - what the product is
    """Nothing was heard that counts, however often the request was sent (`tries`)."""

    def __init__(self, reason: str, tries: int, retry_after: float | None = None) -> None:
        super().__init__(f"{reason} ({tries} tries)")
        self.reason = reason
        self.tries = tries
        self.retry_after = retry_after


class Unexpected(ClientError):  # noqa: N818 - what the answer is
    """The answer is none of this product's; `reply` is all of it."""

    def __init__(self, reply: Reply) -> None:
        super().__init__(f"status {reply.status}, {reply.headers.get('content-type', 'no type')}")
        self.reply = reply


class _Problem(msgspec.Struct):
    type: str = ""
    detail: str = ""
    detail_zh: str = ""
    errors: tuple[Fault, ...] = ()
    errors_total: int = 0
    trace_id: str = ""


_RECEIPT: Final = msgspec.json.Decoder(Receipt)
_PROBLEM: Final = msgspec.json.Decoder(_Problem)


def receipt_of(reply: Reply) -> Receipt:
    """Return the receipt that an answer holds.

    Raises:
        Refused: the answer says no.
        Unexpected: the answer is neither.

    """
    if reply.status in _OK:
        try:
            receipt = _RECEIPT.decode(reply.body)
        except (ValueError, RecursionError):
            raise Unexpected(reply) from None
        if reply.headers.get("idempotency-replayed") == "true":
            return replace(receipt, replayed=True)
        return receipt
    raise refusal_of(reply)


def refusal_of(reply: Reply) -> ClientError:
    """Return an answer other than 2xx as the error it is."""
    problem = problem_of(reply)
    if problem is None or reply.status not in _REFUSALS:
        return Unexpected(reply)
    return Refused(
        reply.status,
        problem.type.rpartition("/")[2],
        problem.detail,
        problem.detail_zh,
        problem.errors,
        problem.errors_total,
        problem.trace_id,
    )


def problem_of(reply: Reply) -> _Problem | None:
    """Return the problem document of an answer; None where it holds none."""
    if not reply.headers.get("content-type", "").startswith("application/problem+json"):
        return None
    try:
        return _PROBLEM.decode(reply.body)
    except (ValueError, RecursionError):
        return None
