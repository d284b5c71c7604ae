"""Checking one progress report on a measure (domain.md sections 1, 5 and 8)."""

from typing import Final

from duibiao.register import Measure
from services.ingest.domain.fields import Fields, Values
from services.ingest.domain.flaws import Words
from services.ingest.domain.naming import own, read_period
from services.ingest.domain.terms import Terms
from services.ingest.domain.written import Digits, shown

CONTENT: Final = ("state", "done_on", "summary")
"""What a zero report leaves out."""

_NOT_DONE: Final[Words] = ("the state is not done", "进展状态不是“已完成”")


def check_report(fields: Fields, row: Values, terms: Terms) -> None:
    """Tell every fault between the fields of a row."""
    measure = _measure(fields, row["measure"], terms)
    _check_content(fields, row)
    if fields.given("received_on") and not terms.sender.office:
        fields.flaw("office-only", "received_on", field="received_on")
    _check_period(fields, row["period"], terms, measure)
    code = row["milestone"]
    known = () if measure is None else (milestone.code for milestone in measure.milestones)
    if code is not None and measure is not None and code not in known:
        fields.flaw("unknown-milestone", "milestone", measure=measure.no, value=shown(code))


def _check_content(fields: Fields, row: Values) -> None:
    zero_report, state = row["zero_report"], row["state"]
    if not zero_report and not (fields.given("zero_report") and zero_report is None):
        fields.need("state")
    if zero_report:
        for name in CONTENT:
            if fields.given(name):
                fields.flaw("zero-report-with-content", name, field=name)
    elif state == "done":
        for name in ("done_on", "summary"):
            if not fields.given(name):
                fields.flaw("needed-when-done", name, field=name)
    elif fields.given("done_on") and state is not None:
        fields.flaw("not-allowed", "done_on", field="done_on", reason=_NOT_DONE)


def _measure(fields: Fields, no: str | None, terms: Terms) -> Measure | None:
    if no is None:
        return None
    try:
        measure = terms.register.measure(no)
    except KeyError:
        fields.flaw("unknown-measure", "measure", value=shown(no))
        return None
    if isinstance(no, Digits) and any(one.no == f"{no}0" for one in terms.register.measures):
        fields.flaw("ambiguous-measure", "measure", value=no)
    own(fields, terms, "measure", (measure.no, f"措施{measure.no}"), measure.leads)
    return measure


def _check_period(fields: Fields, code: str | None, terms: Terms, measure: Measure | None) -> None:
    """Make sure that the unit owes a report on the measure for it, or that the watch has it."""
    period = read_period(fields, terms, code)
    if period is None or measure is None or terms.org is None:
        return
    register = terms.register
    owed = {one.period for one in register.duties_of(terms.org) if one.measure == measure.no}
    window = register.window
    within = window.first <= period.last and period.first <= window.last
    if period.code not in owed if owed else not within:
        fields.flaw("not-a-report-period", "period", measure=measure.no, value=period.code)
