"""Checking what the office decides on an extension or a long pause (domain.md section 4)."""

from services.ingest.domain.fields import Fields, Values
from services.ingest.domain.naming import called_indicator, known_indicator
from services.ingest.domain.terms import Terms


def check_approval(fields: Fields, row: Values, terms: Terms) -> None:
    """Tell every fault between the fields of a row."""
    if not terms.sender.office:
        fields.flaw("office-only", "days", field="days")
    indicator = known_indicator(fields, terms, row["indicator"])
    if indicator is not None and not indicator.clock.asks:
        fields.flaw("no-approval-asked", "indicator", value=called_indicator(indicator))
