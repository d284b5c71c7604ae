"""Checking one progress report on a measure (domain.md sections 1, 5 and 8)."""

from typing import Final

from duibiao.register import Measure
from services.ingest.domain.codes import begun_period, check_reporter
from services.ingest.domain.context import ValidationContext
from services.ingest.domain.raw import Digits, shown
from services.ingest.domain.reading import RowReader, Values
from services.ingest.domain.words import WORDS

_CONTENT: Final = ("state", "done_on", "summary")  # what a zero report leaves out


def check_report(reader: RowReader, row: Values, terms: ValidationContext) -> None:
    """Tell every error between the fields of a row."""
    measure = _measure(reader, row["measure"], terms)
    _check_content(reader, row)
    if reader.given("received_on") and not terms.sender.office:
        reader.reject("office-only", "received_on")
    _check_period(reader, row["period"], terms, measure)
    code = row["milestone"]
    if measure is not None and code not in (None, *(one.code for one in measure.milestones)):
        reader.reject("unknown-milestone", "milestone", measure=measure.no, value=shown(code))


def _check_content(reader: RowReader, row: Values) -> None:
    zero_report, state = row["zero_report"], row["state"]
    if not zero_report and not (reader.given("zero_report") and zero_report is None):
        reader.need("state")
    if zero_report:
        for name in filter(reader.given, _CONTENT):
            reader.reject("zero-report-with-content", name)
    elif state == "done":
        for name in ("done_on", "summary"):
            if not reader.given(name):
                reader.reject("needed-when-done", name)
    elif reader.given("done_on") and state is not None:
        reader.reject("not-allowed", "done_on", reason=WORDS["reasons"]["not-done"])


def _measure(reader: RowReader, no: str | None, terms: ValidationContext) -> Measure | None:
    if no is None:
        return None
    try:
        measure = terms.register.measure(no)
    except KeyError:
        reader.reject("unknown-measure", "measure", value=shown(no))
        return None
    if isinstance(no, Digits) and any(one.no == f"{no}0" for one in terms.register.measures):
        reader.reject("ambiguous-measure", "measure", value=no)
    check_reporter(reader, terms, "measure", (measure.no, f"措施{measure.no}"), measure.leads)
    return measure


def _check_period(
    reader: RowReader, code: str | None, terms: ValidationContext, measure: Measure | None
) -> None:
    """Make sure that the unit owes a report on the measure for it, or that the watch has it."""
    period = begun_period(reader, terms, code)
    if period is None or measure is None or terms.org is None:
        return
    register = terms.register
    owed = {one.period for one in register.duties_of(terms.org) if one.measure == measure.no}
    window = register.window
    within = window.first <= period.last and period.first <= window.last
    if period.code not in owed if owed else not within:
        reader.reject("not-a-report-period", "period", measure=measure.no, value=period.code)
