"""Checking one progress report on a measure (domain.md sections 1, 5 and 8)."""

from typing import Final, cast

from duibiao.register import Measure, parse
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
_NOT_DONE: Final[Words] = ("the state is not done", "state不是done")


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
    if fields.given("done_on") and state in ("not_started", "in_progress"):
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
    own(fields, terms, "measure", measure.no, measure.leads)
    return measure


def _period(fields: Fields, terms: Terms, measure: Measure | None) -> str:
    """Read a period of a kind that the unit's reports on the measure are owed for."""
    period = read_period(fields, terms)
    if period is None:
        return ""
    if measure is not None and terms.org is not None:
        owed = [duty for duty in terms.register.duties_of(terms.org) if duty.measure == measure.no]
        if owed and all(parse(duty.period).type != period.type for duty in owed):
            names = {"measure": measure.no, "value": period.code}
            fields.flaw("not-a-report-period", "period", **names)
    return period.code


def _milestone(fields: Fields, measure: Measure | None) -> str:
    code = fields.name("milestone")
    if code is None or measure is None:
        return ""
    if all(milestone.code != code for milestone in measure.milestones):
        fields.flaw("unknown-milestone", "milestone", measure=measure.no, value=shown(code))
    return code
