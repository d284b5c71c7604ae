"""Which of several statements of one identity counts (domain.md section 5).

The latest by the agency's own time counts, ties by submission id. Nothing here depends on the order
in which statements come in, but for ties of different contents that were both sent again.
"""

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime
from typing import Generic, Literal, NamedTuple, TypeVar

from services.indicators.domain.submission import (
    CaseStatement,
    FigureStatement,
    KnownStatement,
    Receipt,
    ReportStatement,
    digest,
)

Outcome = Literal["accepted", "duplicate", "revised"]
S = TypeVar("S", FigureStatement, CaseStatement, ReportStatement)


class Settlement(NamedTuple, Generic[S]):
    """What became of a statement.

    `standing` counts from now on; `moved` says that its content is another than before (or the
    first), `touched` whether it must be saved. `kept` is a statement to be kept as history.
    """

    outcome: Outcome
    standing: S
    moved: bool = False
    touched: bool = True
    kept: S | None = None


def settle(standing: S | None, said: Collection[KnownStatement], incoming: S) -> Settlement[S]:
    """Settle a statement against the one that stands (None = the first) and those known besides."""
    if standing is None:
        return Settlement("accepted", incoming, moved=True)
    if incoming.compared == standing.compared:
        return _repeated(standing, incoming)
    if KnownStatement(digest(incoming.content), incoming.stated_at) in said:
        return Settlement("duplicate", standing, touched=False)
    if (incoming.stated_at, incoming.submission_id) > (standing.stated_at, standing.submission_id):
        return Settlement("revised", incoming, moved=True, kept=standing)
    return Settlement("revised", standing, touched=False, kept=incoming)


def first_receipt(standing: ReportStatement | None, incoming: ReportStatement) -> ReportStatement:
    """Return the incoming report with the first receipt of its identity so far."""
    if standing is None:
        return incoming
    return replace(incoming, first=min(standing.first, incoming.first, key=receipt_order))


def receipt_order(receipt: Receipt) -> tuple[str, datetime, str]:
    """Order receipts: by the day that counts, then by true receipt, then by submission."""
    return receipt.day.isoformat(), receipt.received_at, receipt.submission_id


def _repeated(standing: S, incoming: S) -> Settlement[S]:
    """Settle equal contents: a later time moves the standing one on, an older one is kept."""
    if incoming.stated_at == standing.stated_at:
        return Settlement("duplicate", standing, touched=False)
    if incoming.stated_at > standing.stated_at:
        moved_on = incoming.received_as(standing)
        return Settlement("duplicate", moved_on, kept=standing)
    return Settlement("duplicate", standing, touched=False, kept=incoming)
