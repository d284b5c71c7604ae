"""From the submissions topic to the domain: one packed record to one `Submission`.

Whatever no sender of ours writes is poison: it can never be applied, today or later.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Final, cast, get_args

from google.protobuf.message import DecodeError

from duibiao.bus import UnprocessableRecord
from duibiao.contracts.keys import expect_key
from duibiao.contracts.v1 import submission_pb2 as wire
from duibiao.register import Register, parse
from services.indicators.adapters.columns import by_row, each, times
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
from services.indicators.domain.timestamps import FIRST_US, LAST_US, from_us

_OUTCOMES: Final[dict[str, CaseOutcome]] = {word: word for word in get_args(CaseOutcome)}
_STATES: Final[dict[str, ReportState]] = {word: word for word in get_args(ReportState)}
_MOST_ROWS: Final = 1_000_000  # ten times what ingest can be set to take
_STATUSES: Final = {"normal": False, "not_applicable": True}
_FLAGS: Final = {"true": True, "false": False}


def read_submission(data: bytes, register: Register | None, key: str | None = None) -> Submission:
    """Read a record of the submissions topic; `key` None where it comes from elsewhere.

    `register` None takes any code: for what was applied when another register was in force.

    Raises:
        UnprocessableRecord: the bytes are no submission, speak of what the register does not
            hold, or stand under another org's key.

    """
    try:
        message = wire.Submission.FromString(data)
        expect_key(message, key)
        submission = Submission(
            id=message.id,
            org=message.org,
            received_at=from_us(message.received_us),
            observations=tuple(_observations(message)),
            cases=_cases(message),
            reports=tuple(_reports(message)),
            approvals=tuple(_approvals(message)),
        )
        _sound(submission)
        if register is not None:
            _known(submission, register)
    except (DecodeError, ValueError, KeyError, OverflowError, InvalidOperation) as error:
        raise UnprocessableRecord(f"not a submission: {error!r}") from error
    return submission


def whose(data: bytes) -> tuple[str, str] | None:
    """Return the id and the org of a record of the submissions topic, None where it is none."""
    try:
        message = wire.Submission.FromString(data)
    except DecodeError:
        return None
    return message.id, message.org


def _rows(message: wire.Submission, table: str) -> tuple[int, Sequence[int]]:
    """Return how many rows a record has, all of them in one table, and their places."""
    if not message.HasField(table):  # type: ignore[arg-type]
        return 0, ()
    count = message.received - message.rejected
    index = message.index or range(count)
    if not 0 <= count <= _MOST_ROWS or len(index) != count:
        raise ValueError(f"{len(index)} places for {count} rows")
    return count, index


def _observations(message: wire.Submission) -> Iterator[ObservationRow]:
    count, index = _rows(message, "observations")
    table = message.observations
    figures = (table.value, table.numerator, table.denominator, table.sample_size)
    columns = zip(
        *(each(column, count, _figure) for column in figures),
        each(table.status, count, _not_applicable),
        each(table.comment, count, _given),
        strict=True,
    )
    return map(
        ObservationRow,
        index,
        each(table.indicator, count, _code),
        each(table.region, count, _code),
        each(table.period, count, _code),
        (FigureContent(*content) for content in columns),
        _stated(table.stated_at, count, message.received_us),
    )


def _cases(message: wire.Submission) -> tuple[CaseRow, ...]:
    """Return plain tuples: ten thousand of them are made, and the collector has to see none."""
    count, _ = _rows(message, "cases")
    table, received = message.cases, message.received_us
    rows = zip(
        each(table.indicator, count, _code),
        each(table.case_no, count, _code),
        each(table.region, count, _code),
        _all_there(_in_time(times(table.accepted_at, count, received))),
        _in_time(times(table.completed_at, count, received)),
        each(table.outcome, count, _outcome),
        each(table.resolved, count, _flag),
        _in_time(times(table.deadline, count, received)),
        _details(table, count, received),
        [received if us is None else us for us in times(table.stated_at, count, received)],
        strict=True,
    )
    return cast("tuple[CaseRow, ...]", tuple(rows))


def _details(table: wire.Cases, count: int, received: int) -> list[str | None]:
    pauses = by_row(table.pauses.row, _pauses(table.pauses, received), count)
    extensions = by_row(table.extension.row, _extensions(table.extension), count)
    labels = by_row(table.labels.row, _labels(table.labels), count)
    if not (table.pauses.row or table.extension.row or table.labels.row):
        return [None] * count
    rows = zip(pauses, map(_first, extensions), map(sorted, labels), strict=True)
    return [details_text(*row) for row in rows]


def _in_time(found: list[int | None]) -> list[int | None]:
    given = [us for us in found if us is not None]
    if given and not FIRST_US <= min(given) <= max(given) <= LAST_US:
        raise ValueError("no moment")
    return found


def _pauses(table: wire.Pauses, received: int) -> Iterator[Pause]:
    count = len(table.row)
    return map(
        Pause,
        _moments(getattr(table, "from"), count, received),
        _moments_or_none(table.to, count, received),
        each(table.ground, count, _code),
        each(table.document, count, _code),
    )


def _extensions(table: wire.Extensions) -> Iterator[Extension]:
    count = len(table.row)
    return map(
        Extension,
        each(table.days, count, _whole),
        each(table.document, count, _code),
        each(table.approved_by, count, _code),
    )


def _labels(table: wire.Labels) -> Iterator[tuple[str, str]]:
    count = len(table.row)
    return zip(each(table.name, count, _code), each(table.text, count, _code), strict=True)


def _reports(message: wire.Submission) -> Iterator[ReportRow]:
    count, index = _rows(message, "reports")
    table = message.reports
    contents = map(
        ReportContent,
        each(table.state, count, _state),
        each(table.done_on, count, _day),
        each(table.summary, count, _given),
        map(bool, each(table.zero_report, count, _flag)),
        each(table.received_on, count, _day),
    )
    return map(
        ReportRow,
        index,
        each(table.measure, count, _code),
        each(table.period, count, _code),
        each(table.milestone, count, _given),
        contents,
        _stated(table.stated_at, count, message.received_us),
    )


def _approvals(message: wire.Submission) -> Iterator[ApprovalRow]:
    count, index = _rows(message, "approvals")
    table = message.approvals
    return map(
        ApprovalRow,
        index,
        each(table.indicator, count, _code),
        each(table.case_no, count, _code),
        each(table.document, count, _code),
        each(table.days, count, _whole),
        each(table.reason, count, _code),
        _stated(table.stated_at, count, message.received_us),
    )


def _code(text: str | None) -> str:
    if text is None:
        raise ValueError("a text is missing")
    return text


def _given(text: str | None) -> str:
    return text or ""


def _figure(text: str | None) -> Decimal | None:
    if text is None:
        return None
    figure = Decimal(text)
    if not figure.is_finite():
        raise ValueError(f"no figure: {text}")
    return figure


def _whole(text: str | None) -> int:
    return int(_code(text))


def _flag(text: str | None) -> bool | None:
    return None if text is None else _FLAGS[text]


def _day(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)


def _not_applicable(status: str | None) -> bool:
    return status is not None and _STATUSES[status]


def _outcome(text: str | None) -> CaseOutcome:
    return _OUTCOMES[_code(text)]


def _state(text: str | None) -> ReportState | None:
    return None if text is None else _STATES[text]


def _moments(column: wire.Times, count: int, received: int) -> list[datetime]:
    return [from_us(_there(us)) for us in times(column, count, received)]


def _moments_or_none(column: wire.Times, count: int, received: int) -> list[datetime | None]:
    return [from_us(us) for us in times(column, count, received)]


def _stated(column: wire.Times, count: int, received: int) -> list[datetime]:
    """Return when each row was stated: when it was received where it does not say."""
    return [from_us(received if us is None else us) for us in times(column, count, received)]


def _all_there(found: list[int | None]) -> list[int | None]:
    if None in found:
        raise ValueError("a time is missing")
    return found


def _there(us: int | None) -> int:
    if us is None:
        raise ValueError("a time is missing")
    return us


def _first(extensions: tuple[Extension, ...]) -> Extension | None:
    return extensions[0] if extensions else None


def _known(submission: Submission, register: Register) -> None:
    """Raise ValueError where a code is not the register's."""
    if submission.org not in register.orgs:
        raise ValueError(f"unknown org {submission.org}")
    indicators = {row.indicator for row in submission.observations}
    indicators |= {row.indicator for row in submission.approvals}
    regions = {row.region for row in submission.observations}
    measures = {row.measure for row in submission.reports}
    indicators |= {row[0] for row in submission.cases}
    regions |= {row[2] for row in submission.cases}
    _unknown("indicator", indicators, register.indicators)
    _unknown("measure", measures, {m.no for m in register.measures})
    _unknown("region", regions, register.regions)


def _sound(submission: Submission) -> None:
    """Raise ValueError where a period has no such code, or two rows share an identity."""
    periods = {row.period for row in submission.observations}
    for period in periods | {row.period for row in submission.reports}:
        parse(period)
    figures = [(row.indicator, row.region, row.period) for row in submission.observations]
    reports = [(row.measure, row.milestone, row.period) for row in submission.reports]
    approvals = [(row.indicator, row.case_no, row.document) for row in submission.approvals]
    cases = [row[:2] for row in submission.cases]
    identities: Sequence[Sequence[tuple[str, ...]]] = (figures, reports, approvals, cases)
    for rows in identities:
        if len(set(rows)) != len(rows):
            raise ValueError("two rows of one identity")


def _unknown(kind: str, codes: Iterable[str], known: Iterable[str]) -> None:
    strange = set(codes).difference(known)
    if strange:
        raise ValueError(f"unknown {kind} {', '.join(sorted(strange))}")
