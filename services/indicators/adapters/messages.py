"""From the submissions topic to the domain: one packed record to one `Submission`.

Whatever no sender of ours writes is poison: it can never be applied, today or later.
"""

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Final, NamedTuple

from google.protobuf.message import DecodeError

from duibiao.bus import Poison
from duibiao.contracts.keys import expect_key
from duibiao.contracts.v1 import submission_pb2 as wire
from duibiao.register import Register, parse
from services.indicators.domain.moments import FIRST_US, LAST_US, from_us
from services.indicators.domain.submission import (
    ApprovalRow,
    CaseOutcome,
    CaseRow,
    Extension,
    FigureContent,
    ObservationRow,
    Pause,
    ReportContent,
    ReportRow,
    ReportState,
    Submission,
    details_text,
)

_OUTCOMES: Final[dict[int, CaseOutcome]] = {
    wire.OUTCOME_OPEN: "open",
    wire.OUTCOME_COMPLETED: "completed",
    wire.OUTCOME_REFUSED: "refused",
    wire.OUTCOME_WITHDRAWN: "withdrawn",
}
_STATES: Final[dict[int, ReportState | None]] = {
    wire.REPORT_STATE_UNSPECIFIED: None,
    wire.REPORT_STATE_NOT_STARTED: "not_started",
    wire.REPORT_STATE_IN_PROGRESS: "in_progress",
    wire.REPORT_STATE_DONE: "done",
}


def read_submission(data: bytes, register: Register | None, key: str | None = None) -> Submission:
    """Read a record of the submissions topic; `key` None where it comes from elsewhere.

    `register` None takes any code: for what was applied when another register was in force.

    Raises:
        Poison: the bytes are no submission, speak of what the register does not hold, or stand
            under another org's key.

    """
    try:
        message = wire.Submission.FromString(data)
        expect_key(message, key)
        submission = Submission(
            id=message.id,
            org=message.org,
            received_at=from_us(message.received_us),
            observations=tuple(_observation(row) for row in message.observations),
            cases=tuple(_case(row) for row in message.cases),
            reports=tuple(_report(row) for row in message.reports),
            approvals=tuple(_approval(row) for row in message.approvals),
        )
        _sound(submission)
        if register is not None:
            _known(submission, register)
    except (DecodeError, ValueError, KeyError, OverflowError, InvalidOperation) as error:
        raise Poison(f"not a submission: {error!r}") from error
    return submission


def whose(data: bytes) -> tuple[str, str] | None:
    """Return the id and the org of a record of the submissions topic, None where it is none."""
    try:
        message = wire.Submission.FromString(data)
    except DecodeError:
        return None
    return message.id, message.org


def _observation(row: wire.Observation) -> ObservationRow:
    content = FigureContent(
        value=_figure(row.value) if row.HasField("value") else None,
        numerator=_figure(row.numerator) if row.HasField("numerator") else None,
        denominator=_figure(row.denominator) if row.HasField("denominator") else None,
        sample_size=_figure(row.sample_size) if row.HasField("sample_size") else None,
        not_applicable=row.not_applicable,
        comment=row.comment,
    )
    stated = from_us(row.stated_us)
    return ObservationRow(row.index, row.indicator, row.region, row.period, content, stated)


def _figure(text: str) -> Decimal:
    figure = Decimal(text)
    if not figure.is_finite():
        raise ValueError(f"no figure: {text}")
    return figure


def _case(row: wire.Case) -> CaseRow:
    extension = None
    if row.HasField("extension"):
        found = row.extension
        extension = Extension(found.days, found.document, found.approved_by)
    return CaseRow(
        row.indicator,
        row.case_no,
        row.region,
        _in_time(row.accepted_us),
        _in_time(row.completed_us) if row.HasField("completed_us") else None,
        _OUTCOMES[row.outcome],
        row.resolved if row.HasField("resolved") else None,
        _in_time(row.deadline_us) if row.HasField("deadline_us") else None,
        details_text(map(_pause, row.pauses), extension, row.labels.items()),
        _in_time(row.stated_us),
    )


def _in_time(us: int) -> int:
    if not FIRST_US <= us <= LAST_US:
        raise ValueError(f"no moment: {us}")
    return us


def _pause(pause: wire.Pause) -> Pause:
    end = from_us(pause.to_us) if pause.HasField("to_us") else None
    return Pause(from_us(pause.from_us), end, pause.ground, pause.document)


def _report(row: wire.ProgressReport) -> ReportRow:
    content = ReportContent(
        state=_STATES[row.state],
        done_on=date.fromisoformat(row.done_on) if row.done_on else None,
        summary=row.summary,
        zero_report=row.zero_report,
        received_on=date.fromisoformat(row.received_on) if row.received_on else None,
    )
    stated = from_us(row.stated_us)
    return ReportRow(row.index, row.measure, row.period, row.milestone, content, stated)


def _approval(row: wire.Approval) -> ApprovalRow:
    return ApprovalRow(
        row.index,
        row.indicator,
        row.case_no,
        row.document,
        row.days,
        row.reason,
        from_us(row.stated_us),
    )


class _Identity(NamedTuple):
    thing: str
    rest: tuple[str, ...]


def _known(submission: Submission, register: Register) -> None:
    """Raise ValueError where a code is not the register's."""
    if submission.org not in register.orgs:
        raise ValueError(f"unknown org {submission.org}")
    indicators = {row.indicator for row in submission.observations}
    indicators |= {row.indicator for row in submission.cases}
    indicators |= {row.indicator for row in submission.approvals}
    measures = {row.measure for row in submission.reports}
    regions = {row.region for row in submission.observations}
    regions |= {row.region for row in submission.cases}
    _unknown("indicator", indicators, register.indicators)
    _unknown("measure", measures, {m.no for m in register.measures})
    _unknown("region", regions, register.regions)


def _sound(submission: Submission) -> None:
    """Raise ValueError where a period has no such code, or two rows share an identity."""
    figures = [
        _Identity(row.indicator, (row.region, row.period)) for row in submission.observations
    ]
    cases = [_Identity(row.indicator, (row.case_no,)) for row in submission.cases]
    reports = [_Identity(row.measure, (row.milestone, row.period)) for row in submission.reports]
    for period in {row.rest[-1] for row in (*figures, *reports)}:
        parse(period)
    approvals = [
        _Identity(row.indicator, (row.case_no, row.document)) for row in submission.approvals
    ]
    for rows in (figures, cases, reports, approvals):
        _all_different(rows)


def _unknown(kind: str, codes: Iterable[str], known: Iterable[str]) -> None:
    strange = set(codes).difference(known)
    if strange:
        raise ValueError(f"unknown {kind} {', '.join(sorted(strange))}")


def _all_different(rows: Sequence[_Identity]) -> None:
    if len(set(rows)) != len(rows):
        raise ValueError("two rows of one identity")
