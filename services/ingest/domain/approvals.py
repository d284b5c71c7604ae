"""Checking what the office decides on an extension or a long pause (domain.md section 4)."""

from typing import Final

from services.ingest.domain.cases import MOST_DAYS
from services.ingest.domain.fields import Fields
from services.ingest.domain.naming import called_indicator, known_indicator, own
from services.ingest.domain.rows import Approval
from services.ingest.domain.terms import Terms

FIELDS: Final = ("indicator", "case_no", "document", "days", "reason", "stated_at", "org")


def check_approval(fields: Fields, index: int, terms: Terms) -> Approval:
    """Tell every fault of a row; what is returned means something only where there was none."""
    fields.only(FIELDS)
    fields.need("indicator", "case_no", "document", "days", "reason")
    fields.name("org")
    if not terms.sender.office:
        fields.flaw("office-only", "days", field="days")
    indicator = known_indicator(fields, terms)
    if indicator is not None:
        own(fields, terms, "indicator", called_indicator(indicator), indicator.reported_by)
        if not indicator.clock.asks:
            fields.flaw("no-approval-asked", "indicator", value=called_indicator(indicator))
    days = fields.whole("days", 0, MOST_DAYS)
    return Approval(
        index=index,
        indicator="" if indicator is None else indicator.code,
        case_no=fields.name("case_no") or "",
        document=fields.name("document") or "",
        days=int(days or 0),
        reason=fields.text("reason") or "",
        stated_at=fields.past("stated_at"),
    )
