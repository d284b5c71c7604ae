"""From the submissions topic to the domain: one record of columns to one `Submission`.

Whatever no sender of ours writes is poison: it can never be applied, today or later.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from itertools import accumulate, islice, repeat
from typing import Any, Final, TypeVar, cast, get_args

from google.protobuf.message import DecodeError

from duibiao.bus import UnprocessableRecord
from duibiao.contracts.keys import expect_key
from duibiao.contracts.v1 import submission_pb2 as wire
from duibiao.register import Register, parse
from duibiao.workdays import from_us, local_day, to_us
from services.indicators.domain.submission import (
    Approval,
    ApprovalKey,
    CaseOutcome,
    CaseStatement,
    Extension,
    FigureContent,
    FigureKey,
    FigureStatement,
    Pause,
    Receipt,
    ReportContent,
    ReportKey,
    ReportState,
    ReportStatement,
    Submission,
    details_text,
)

T = TypeVar("T")

_MOST_ROWS: Final = 1_000_000  # ten times what ingest can be set to take
_FIRST_US: Final = to_us(datetime(1, 1, 1, tzinfo=UTC))
_LAST_US: Final = to_us(datetime.max.replace(tzinfo=UTC))


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
            kind=message.WhichOneof("rows") or "observations",
            rejected=message.rejected,
        )
        _check(submission, register)
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


def _count(message: wire.Submission, table: str) -> int:
    """Return how many rows a record has, all of them in one table."""
    if not message.HasField(table):  # type: ignore[arg-type]
        return 0
    count = message.received - message.rejected
    if not 0 <= count <= _MOST_ROWS or (message.index and len(message.index) != count):
        raise ValueError(f"{len(message.index)} places for {count} rows")
    return count


def _observations(message: wire.Submission) -> Iterator[FigureStatement]:
    count, table = _count(message, "observations"), message.observations
    figures = (table.value, table.numerator, table.denominator, table.sample_size)
    keys = map(
        FigureKey,
        each(table.indicator, count, _code),
        repeat(message.org),
        each(table.region, count, _code),
        each(table.period, count, _code),
    )
    contents = map(
        FigureContent,
        *(each(column, count, _figure) for column in figures),
        each(table.status, count, {None: False, "normal": False, "not_applicable": True}),
        each(table.comment, count, _given),
    )
    return map(FigureStatement, keys, contents, *_said(message, table.stated_at, count))


def _cases(message: wire.Submission) -> tuple[CaseStatement, ...]:
    """Return plain tuples: ten thousand of them are made, and the collector has to see none."""
    count = _count(message, "cases")
    table, received = message.cases, message.received_us
    rows = zip(
        each(table.indicator, count, _code),
        repeat(message.org, count),
        each(table.case_no, count, _code),
        each(table.region, count, _code),
        _all_there(_in_time(times(table.accepted_at, count, received))),
        _in_time(times(table.completed_at, count, received)),
        each(table.outcome, count, _words(CaseOutcome)),
        each(table.resolved, count, _FLAGS),
        _in_time(times(table.deadline, count, received)),
        _details(table, count, received),
        [received if us is None else us for us in times(table.stated_at, count, received)],
        repeat(message.id, count),
        repeat(received, count),
        strict=True,
    )
    return cast("tuple[CaseStatement, ...]", tuple(rows))


def _details(table: wire.Cases, count: int, received: int) -> list[str | None]:
    if not (table.pauses.row or table.extension.row or table.labels.row):
        return [None] * count
    stops, longer, named = table.pauses, table.extension, table.labels
    begun = _all_there(times(getattr(stops, "from"), len(stops.row), received))
    pauses = map(
        Pause,
        [from_us(us) for us in begun],
        [from_us(us) for us in times(stops.to, len(stops.row), received)],
        each(stops.ground, len(stops.row), _code),
        each(stops.document, len(stops.row), _code),
    )
    extensions = map(
        Extension,
        each(longer.days, len(longer.row), _whole),
        each(longer.document, len(longer.row), _code),
        each(longer.approved_by, len(longer.row), _code),
    )
    labels = zip(
        each(named.name, len(named.row), _code),
        each(named.text, len(named.row), _code),
        strict=True,
    )
    rows = zip(
        by_row(stops.row, pauses, count),
        by_row(longer.row, extensions, count),
        by_row(named.row, labels, count),
        strict=True,
    )
    return [details_text(stopped, next(iter(by), None), said) for stopped, by, said in rows]


def _reports(message: wire.Submission) -> Iterator[ReportStatement]:
    count, table = _count(message, "reports"), message.reports
    keys = map(
        ReportKey,
        repeat(message.org),
        each(table.measure, count, _code),
        each(table.period, count, _code),
        each(table.milestone, count, _given),
    )
    contents = map(
        ReportContent,
        each(table.state, count, {None: None, **_words(ReportState)}),
        each(table.done_on, count, _day),
        each(table.summary, count, _given),
        map(bool, each(table.zero_report, count, _FLAGS)),
        each(table.received_on, count, _day),
    )
    for report in zip(keys, contents, *_said(message, table.stated_at, count), strict=False):
        *_, ident, received_at = report
        day = report[1].received_on or local_day(received_at)
        yield ReportStatement(*report, Receipt(day, received_at, ident))


def _approvals(message: wire.Submission) -> Iterator[Approval]:
    count, table = _count(message, "approvals"), message.approvals
    keys = map(
        ApprovalKey,
        each(table.indicator, count, _code),
        repeat(message.org),
        each(table.case_no, count, _code),
        each(table.document, count, _code),
    )
    stated, ident, _ = _said(message, table.stated_at, count)
    days = each(table.days, count, _whole)
    return map(Approval, keys, days, each(table.reason, count, _code), stated, ident)


def _said(
    message: wire.Submission, stated: wire.Times, count: int
) -> tuple[list[datetime], Iterator[str], Iterator[datetime]]:
    """Return when each row was stated (received, where it does not say), where, when received."""
    received = message.received_us
    moments = [from_us(received if us is None else us) for us in times(stated, count, received)]
    return moments, repeat(message.id), repeat(from_us(received))


def _check(submission: Submission, register: Register | None) -> None:
    """Raise ValueError for an unknown code, a bad period or two rows of one identity."""
    figures = [one.key for one in submission.observations]
    reports = [one.key for one in submission.reports]
    approvals = [one.key for one in submission.approvals]
    cases = [case[:3] for case in submission.cases]
    for period in {key.period for key in figures} | {key.period for key in reports}:
        parse(period)
    identities: tuple[Sequence[tuple[str, ...]], ...] = (figures, reports, approvals, cases)
    if any(len(set(keys)) != len(keys) for keys in identities):
        raise ValueError("two rows of one identity")
    if register is None:
        return
    regions = {key.region for key in figures} | {case[3] for case in submission.cases}
    _expect("org", [submission.org], register.orgs)
    _expect("indicator", [key[0] for key in (*figures, *approvals, *cases)], register.indicators)
    _expect("measure", [key.measure for key in reports], [m.no for m in register.measures])
    _expect("region", regions, register.regions)


def _expect(kind: str, codes: Iterable[str], known: Iterable[str]) -> None:
    unknown = set(codes).difference(known)
    if unknown:
        raise ValueError(f"unknown {kind} {', '.join(sorted(unknown))}")


def _words(literal: Any) -> dict[str | None, Any]:  # noqa: ANN401 - a Literal
    return {word: word for word in get_args(literal)}


_FLAGS: Final[dict[str | None, bool | None]] = {None: None, "true": True, "false": False}


def _code(text: str | None) -> str:
    if text is None:
        raise ValueError("a text is missing")
    return text


def _given(text: str | None) -> str:
    return text or ""


def _figure(text: str | None) -> Decimal | None:
    figure = None if text is None else Decimal(text)
    if figure is not None and not figure.is_finite():
        raise ValueError(f"no figure: {text}")
    return figure


def _whole(text: str | None) -> int:
    return int(_code(text))


def _day(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)


def _all_there(found: list[int | None]) -> list[int]:
    if None in found:
        raise ValueError("a time is missing")
    return cast("list[int]", found)


def _in_time(found: list[T]) -> list[T]:
    given = [us for us in cast("list[int | None]", found) if us is not None]
    if given and not _FIRST_US <= min(given) <= max(given) <= _LAST_US:
        raise ValueError("no moment")
    return found


def texts(column: wire.Texts, count: int) -> list[str | None]:
    """Return the texts of `count` rows; None where a row gives none."""
    distinct: list[str | None] = list(column.distinct)
    places = column.place
    if places:
        if len(places) != count:
            raise ValueError(f"{len(places)} places for {count} rows")
        known = [None, *distinct]
        if max(places) >= len(known):
            raise ValueError(f"no text {max(places)}")
        return [known[place] for place in places]
    if len(distinct) == count:
        return distinct
    if len(distinct) > 1:
        raise ValueError(f"{len(distinct)} texts for {count} rows")
    return (distinct or [None]) * count


def each(
    column: wire.Texts, count: int, read: Callable[[str | None], T] | Mapping[str | None, T]
) -> list[T]:
    """Return what is read from each text, each distinct one read once; KeyError for no word."""
    found = texts(column, count)
    get = read.__getitem__ if isinstance(read, Mapping) else read
    known = {text: get(text) for text in dict.fromkeys(found)}
    return [known[text] for text in found]


def times(column: wire.Times, count: int, before: int) -> list[int | None]:
    """Return the times of `count` rows in microseconds since 1970; `before` is the receipt."""
    if not column.delta_us:
        return [None] * count
    if len(column.delta_us) != count:
        raise ValueError(f"{len(column.delta_us)} times for {count} rows")
    found: list[int | None] = []
    found.extend(islice(accumulate(column.delta_us, initial=before), 1, None))
    for row in column.absent:
        if row >= count:
            raise ValueError(f"no row {row}")
        found[row] = None
    return found


def by_row(rows: Sequence[int], entries: Iterable[T], count: int) -> list[tuple[T, ...]]:
    """Return the entries of each of `count` rows; `rows` says whose each is."""
    found: list[list[T]] = [[] for _ in range(count)] if rows else []
    for row, entry in zip(rows, entries, strict=True):
        if row >= count:
            raise ValueError(f"no row {row}")
        found[row].append(entry)
    return [tuple(some) for some in found] if rows else [()] * count
