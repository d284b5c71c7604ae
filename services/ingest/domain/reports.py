"""Checking one progress report on a measure (domain.md sections 1, 5 and 8)."""

from typing import Final, cast

from duibiao.register import Measure
from services.ingest.domain.fields import Fields
from services.ingest.domain.flaws import Words
from services.ingest.domain.naming import own, read_period
from services.ingest.domain.rows import STATES, ProgressReport, ReportState
from services.ingest.domain.terms import Terms
from services.ingest.domain.written import Digits, shown

FIELDS: Final = (
    "measure",
    "period",
    "milestone",
    "state",
    "done_on",
    "summary",
    "zero_report",
    "received_on",
    "stated_at",
    "org",
)
CONTENT: Final = ("state", "done_on", "summary")
"""What a zero report leaves out."""

_NOT_DONE: Final[Words] = ("the state is not done", "进展状态不是“已完成”")


def check_report(fields: Fields, index: int, terms: Terms) -> ProgressReport:
    """Tell every fault of a row; what is returned means something only where there was none."""
    fields.only(FIELDS)
    fields.need("measure", "period")
    fields.name("org")
    measure = _measure(fields, terms)
    zero_report = fields.flag("zero_report")
    if not zero_report and not (fields.given("zero_report") and zero_report is None):
        fields.need("state")
    state = fields.choice("state", STATES)
    if zero_report:
        _refuse_content(fields)
    elif state == "done":
        _need_content(fields)
    elif fields.given("done_on") and state is not None:
        fields.flaw("not-allowed", "done_on", field="done_on", reason=_NOT_DONE)
    if fields.given("received_on") and not terms.sender.office:
        fields.flaw("office-only", "received_on", field="received_on")
    return ProgressReport(
        index=index,
        measure=measure.no if measure else "",
        period=_period(fields, terms, measure),
        milestone=_milestone(fields, measure),
        state=cast("ReportState", state) if state else None,
        done_on=fields.past_day("done_on"),
        summary=fields.text("summary") or "",
        zero_report=zero_report or False,
        received_on=fields.past_day("received_on"),
        stated_at=fields.past("stated_at"),
    )


def _refuse_content(fields: Fields) -> None:
    for name in CONTENT:
        if fields.given(name):
            fields.flaw("zero-report-with-content", name, field=name)


def _need_content(fields: Fields) -> None:
    for name in ("done_on", "summary"):
        if not fields.given(name):
            fields.flaw("needed-when-done", name, field=name)


def _measure(fields: Fields, terms: Terms) -> Measure | None:
    no = fields.name("measure")
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


def _period(fields: Fields, terms: Terms, measure: Measure | None) -> str:
    """Read a period that the unit owes a report on the measure for, or of the watch window."""
    period = read_period(fields, terms)
    if period is None:
        return ""
    if measure is not None and terms.org is not None:
        register = terms.register
        owed = {one.period for one in register.duties_of(terms.org) if one.measure == measure.no}
        window = register.window
        within = window.first <= period.last and period.first <= window.last
        if period.code not in owed if owed else not within:
            fields.flaw("not-a-report-period", "period", measure=measure.no, value=period.code)
    return period.code


def _milestone(fields: Fields, measure: Measure | None) -> str:
    code = fields.name("milestone")
    if code is None or measure is None:
        return ""
    if all(milestone.code != code for milestone in measure.milestones):
        fields.flaw("unknown-milestone", "milestone", measure=measure.no, value=shown(code))
    return code
