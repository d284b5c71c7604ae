"""Responses as values: receipts, and errors with every fault that the product lists.

ClientError
  Refused       4xx; the same request would get the same answer
  Unavailable   no final answer in time; the same request may be sent again
  Unexpected    no response of this product: another server, or a proxy
  Unreadable    a file that cannot be parsed; nothing was sent
"""

from dataclasses import dataclass, replace
from typing import Final, Literal

import httpx
import msgspec


@dataclass(frozen=True, slots=True)
class RowError:
    """One entry of `errors` or `warnings` in a response.

    Attributes:
        code: stable; see docs/errors.md.
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
    """The counts of one submission.

    `received` = accepted + duplicate + revised + rejected. `duplicate` and `revised` are None
    until `state` is evaluated; until then they are included in `accepted`. `dead-lettered`: not
    evaluated before the operators replay it.
    """

    submission_id: str | None
    received: int
    accepted: int
    rejected: int
    duplicate: int | None = None
    revised: int | None = None
    errors: tuple[RowError, ...] = ()
    errors_total: int = 0
    warnings: tuple[RowError, ...] = ()
    status_url: str | None = None
    state: Literal["accepted", "evaluated", "dead-lettered"] = "accepted"
    replayed: bool = False


class ClientError(Exception):
    """The base of all errors of the client."""


@dataclass(eq=False)
class Refused(ClientError):  # noqa: N818 - named for what the product did
    """A problem document (RFC 9457).

    Attributes:
        status: of the response, 400 to 499.
        type: the problem type, e.g. "invalid"; described at /problems/TYPE.
        errors: up to 1,000; `errors_total` counts all.
        trace_id: finds the request in the application log of the product.

    """

    status: int
    type: str = ""
    detail: str = ""
    detail_zh: str = ""
    errors: tuple[RowError, ...] = ()
    errors_total: int = 0
    trace_id: str = ""

    def __str__(self) -> str:
        return f"{self.status} {self.type}: {self.detail}"


@dataclass(eq=False)
class Unavailable(ClientError):  # noqa: N818 - named for the state of the product
    """No final answer after so many `tries`; `retry_after` in seconds, where it was given."""

    reason: str
    tries: int
    retry_after: float | None = None

    def __str__(self) -> str:
        return f"{self.reason} ({self.tries} tries)"


@dataclass(eq=False)
class Unexpected(ClientError):  # noqa: N818 - named for the response
    """A `response` that this product never sends."""

    response: httpx.Response

    def __str__(self) -> str:
        media = self.response.headers.get("content-type", "no content type")
        return f"status {self.response.status_code}, {media}"


@dataclass(eq=False)
class Unreadable(ClientError):  # noqa: N818 - named for the file
    """A file that cannot be parsed. `line` counts from 1, where it is known."""

    reason: str
    reason_zh: str
    line: int | None = None

    def __str__(self) -> str:
        return self.reason if self.line is None else f"line {self.line}: {self.reason}"


class Problem(msgspec.Struct):
    """The members of a problem document that the client uses."""

    type: str = ""
    detail: str = ""
    detail_zh: str = ""
    errors: tuple[RowError, ...] = ()
    errors_total: int = 0
    trace_id: str = ""


_RECEIPT: Final = msgspec.json.Decoder(Receipt)
_PROBLEM: Final = msgspec.json.Decoder(Problem)


def receipt_of(response: httpx.Response) -> Receipt:
    """Return the receipt in a response; raise Refused or Unexpected."""
    if response.is_success:
        try:
            receipt = _RECEIPT.decode(response.content)
        except (ValueError, RecursionError):
            raise Unexpected(response) from None
        replayed = response.headers.get("idempotency-replayed") == "true"
        return replace(receipt, replayed=replayed)
    problem = problem_of(response)
    if problem is None or not response.is_client_error:
        raise Unexpected(response)
    members = msgspec.structs.asdict(problem)
    members["type"] = problem.type.rpartition("/")[2]
    raise Refused(response.status_code, **members)


def problem_of(response: httpx.Response) -> Problem | None:
    """Return the problem document in a response; None where there is none."""
    if not response.headers.get("content-type", "").startswith("application/problem+json"):
        return None
    try:
        return _PROBLEM.decode(response.content)
    except (ValueError, RecursionError):
        return None
