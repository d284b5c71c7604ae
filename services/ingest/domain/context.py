"""The terms on which rows are taken: the register, who sends, when, and the limits."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal

from duibiao.register import Register

Kind = Literal["observation", "case", "progress_report", "approval"]


@dataclass(frozen=True, slots=True)
class Sender:
    """Who sends a request. The office speaks for every org, and has none of its own."""

    org: str | None
    office: bool


@dataclass(frozen=True, slots=True)
class Limits:
    """How much a request may hold.

    Attributes:
        rows: rows in one request.
        depth: levels of nesting; a body, a row, a list in it and an entry of that are four.
        name: characters of a code, a number or a document's name.
        text: characters of a comment or a summary.
        future: how far another clock may run ahead of ours.

    """

    rows: int
    depth: int
    name: int
    text: int
    future: timedelta


@dataclass(frozen=True, slots=True)
class ValidationContext:
    """What one request is checked against.

    Attributes:
        org: whose rows they are; None while that is not settled.
        received: when the request came, aware UTC.
        today: the day of it in Asia/Shanghai.

    """

    register: Register
    sender: Sender
    limits: Limits
    received: datetime
    today: date
    org: str | None = None

    @property
    def latest(self) -> datetime:
        """The moment after which a time lies in the future, clocks apart."""
        return self.received + self.limits.future

    def of(self, org: str | None) -> "ValidationContext":
        """Return the same terms for the rows of `org`."""
        return ValidationContext(
            self.register, self.sender, self.limits, self.received, self.today, org
        )  # not dataclasses.replace: this is done for every request
