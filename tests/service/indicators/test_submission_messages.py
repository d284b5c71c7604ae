"""Records of the submissions topic read back: what was packed comes out, all else is poison."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from duibiao.bus import UnprocessableRecord
from duibiao.contracts.v1 import submission_pb2 as wire
from services.indicators.adapters.messages import read_submission
from services.indicators.domain.submission import (
    CaseContent,
    Extension,
    FigureContent,
    Pause,
    ReportContent,
    Submission,
)
from tests.service.indicators.service import packed
from tests.support.registers import CITY, TAX, register
from tests.support.statements import (
    NOON,
    AnyRow,
    case_statement,
    cases,
    figure,
    figure_statement,
    observations,
    report_statement,
    reports,
    submitted,
)
from tests.support.statements import case as case_of

REGISTER = register()
moments = st.integers(0, 4 * 10**15).map(
    lambda us: datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=us)
)
days = st.dates(date(2000, 1, 1), date(2030, 12, 31))
figures_ = st.none() | st.decimals(0, 10**9, places=4)
texts = st.text(st.characters(codec="utf-8"), max_size=20)
contents = st.builds(
    FigureContent, figures_, figures_, figures_, figures_, st.booleans(), comment=texts
)
pauses = st.builds(Pause, moments, st.none() | moments, texts, texts)
extensions = st.builds(Extension, st.integers(0, 100), texts, texts)
labels = st.dictionaries(texts, texts, max_size=3).map(lambda d: tuple(sorted(d.items())))
case_contents = st.builds(
    CaseContent,
    st.sampled_from([CITY, "610103"]),
    moments,
    st.none() | moments,
    st.sampled_from(["open", "completed", "refused", "withdrawn"]),
    st.none() | st.booleans(),
    st.none() | moments,
    st.lists(pauses, max_size=3).map(tuple),
    st.none() | extensions,
    labels,
)
report_contents = st.builds(
    ReportContent,
    st.sampled_from([None, "not_started", "in_progress", "done"]),
    st.none() | days,
    texts,
    st.booleans(),
    st.none() | days,
)


def indexed(rows: list[tuple[object, ...]], make: Callable[..., object]) -> tuple[object, ...]:
    return tuple(make(index, *row) for index, row in enumerate(rows))


@st.composite
def submissions(draw: st.DrawFn) -> Submission:
    periods = draw(st.lists(st.sampled_from(["2021", "2021Q1", "202103", "20210325"]), unique=True))
    numbers = draw(st.lists(texts, unique=True, max_size=3))
    milestones = draw(st.lists(texts, unique=True, max_size=3))
    kinds: tuple[list[AnyRow], ...] = (
        [figure_statement(draw(contents), period=code, stated=draw(moments)) for code in periods],
        [case_statement(number, draw(case_contents), stated=draw(moments)) for number in numbers],
        [
            report_statement(milestone=code, content=draw(report_contents), stated=draw(moments))
            for code in milestones
        ],
    )
    return submitted(draw(texts), TAX, draw(moments), *draw(st.sampled_from(kinds)))


@given(submissions())
def test_a_submission_comes_out_as_it_was_packed(submission: Submission) -> None:
    assert read_submission(packed(submission), REGISTER) == submission


def test_digits_are_kept_as_they_were_written() -> None:
    message = wire.Submission(id="s", org=TAX, received=1)
    table = message.observations
    for name, text in {"indicator": "days", "region": CITY, "period": "2021Q1"}.items():
        getattr(table, name).distinct.append(text)
    table.value.distinct.append("5.50")
    (row,) = read_submission(message.SerializeToString(), REGISTER).observations
    assert str(row.content.value) == "5.50"
    assert row.content.value == Decimal("5.5")
    assert row.content.sample_size is None


ROWS = observations("s", (CITY, "2021Q1", figure("5.5"))).observations
TABLES = {
    "observations": Submission("s", TAX, NOON, ROWS),
    "cases": Submission("s", TAX, NOON, (), cases("s", ("1", case_of())).cases, kind="cases"),
    "reports": Submission("s", TAX, NOON, (), (), reports("s", "1.1").reports, kind="reports"),
}


def spoiled(table: str, change: Callable[[wire.Submission], object]) -> bytes:
    message = wire.Submission.FromString(packed(TABLES[table]))
    change(message)
    return message.SerializeToString()


def says(table: str, column: str, text: str) -> tuple[str, Callable[[wire.Submission], object]]:
    """Return a change after which a column says something else."""

    def change(message: wire.Submission) -> None:
        texts = getattr(getattr(message, table), column)
        texts.Clear()
        texts.distinct.append(text)

    return table, change


def twice(message: wire.Submission) -> None:
    message.received += 1
    for table in (message.cases, message.reports):
        for times in (getattr(table, name, None) for name in ("accepted_at", "completed_at")):
            if times is not None and times.delta_us:
                times.delta_us.append(0)
        if table.stated_at.delta_us:
            table.stated_at.delta_us.append(0)


SPOILED: dict[str, tuple[str, Callable[[wire.Submission], object]]] = {
    "unknown org": ("observations", lambda m: setattr(m, "org", "nobody")),
    "unknown indicator": says("observations", "indicator", "x"),
    "unknown indicator of a case": says("cases", "indicator", "x"),
    "unknown region": says("observations", "region", "x"),
    "unknown region of a case": says("cases", "region", "x"),
    "unknown measure": says("reports", "measure", "9.9"),
    "bad period": says("observations", "period", "2021Q9"),
    "bad period of a report": says("reports", "period", "x"),
    "bad figure": says("observations", "value", "five"),
    "figure without end": says("observations", "value", "Infinity"),
    "no figure at all": says("observations", "sample_size", "NaN"),
    "no indicator": ("cases", lambda m: m.cases.ClearField("indicator")),
    "no outcome": ("cases", lambda m: m.cases.ClearField("outcome")),
    "unknown outcome": says("cases", "outcome", "lost"),
    "unknown state": says("reports", "state", "maybe"),
    "no time of acceptance": ("cases", lambda m: m.cases.ClearField("accepted_at")),
    "time beyond all years": (
        "cases",
        lambda m: m.cases.accepted_at.delta_us.__setitem__(0, 2**62),
    ),
    "bad day": says("reports", "received_on", "2021-02-30"),
    "the same figure twice": ("observations", twice),
    "the same case twice": ("cases", twice),
    "the same report twice": ("reports", twice),
    "texts for other rows": ("cases", lambda m: m.cases.case_no.distinct.extend("abc")),
    "a text that is not there": ("cases", lambda m: m.cases.case_no.place.append(9)),
    "times for other rows": ("cases", lambda m: m.cases.accepted_at.delta_us.append(1)),
    "a row that is not there": ("cases", lambda m: m.cases.accepted_at.absent.append(7)),
    "a pause of no row": ("cases", lambda m: m.cases.pauses.row.append(7)),
    "fewer rows than none": ("cases", lambda m: setattr(m, "rejected", 9)),
    "rows beyond all bounds": ("observations", lambda m: setattr(m, "received", 2**32 - 1)),
    "a place too many": ("cases", lambda m: m.index.extend([0, 1])),
}


@pytest.mark.parametrize("name", sorted(SPOILED))
def test_what_no_sender_of_ours_writes_is_poison(name: str) -> None:
    with pytest.raises(UnprocessableRecord, match="not a submission"):
        read_submission(spoiled(*SPOILED[name]), REGISTER)


def test_an_unspoiled_one_is_none() -> None:
    assert len(read_submission(spoiled("cases", lambda _: None), REGISTER).cases) == 1


@given(st.binary(max_size=200))
def test_bytes_that_name_no_org_of_the_register_are_poison(data: bytes) -> None:
    with pytest.raises(UnprocessableRecord, match="not a submission"):
        read_submission(data, REGISTER)
