"""Records of the submissions topic read back: what was packed comes out, all else is poison."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from duibiao.bus import Poison
from duibiao.contracts.v1 import submission_pb2 as wire
from services.indicators.adapters.messages import read_submission
from services.indicators.domain.submission import (
    CaseContent,
    Extension,
    FigureContent,
    ObservationRow,
    Pause,
    ReportContent,
    ReportRow,
    Submission,
)
from tests.support.indicators_service import packed
from tests.support.registers import CITY, TAX, register
from tests.support.statements import NOON, case_row, cases, figure, observations, reports
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
    return Submission(
        draw(texts),
        TAX,
        draw(moments),
        tuple(
            ObservationRow(n, "days", CITY, code, draw(contents), draw(moments))
            for n, code in enumerate(periods)
        ),
        tuple(case_row(number, "days", draw(case_contents), draw(moments)) for number in numbers),
        tuple(
            ReportRow(n, "1.1", "2021Q1", code, draw(report_contents), draw(moments))
            for n, code in enumerate(milestones)
        ),
    )


@given(submissions())
def test_a_submission_comes_out_as_it_was_packed(submission: Submission) -> None:
    assert read_submission(packed(submission), REGISTER) == submission


def test_digits_are_kept_as_they_were_written() -> None:
    message = wire.Submission(id="s", org=TAX)
    message.observations.add(indicator="days", region=CITY, period="2021Q1", value="5.50")
    (row,) = read_submission(message.SerializeToString(), REGISTER).observations
    assert str(row.content.value) == "5.50"
    assert row.content.value == Decimal("5.5")
    assert row.content.sample_size is None


def spoiled(change: Callable[[wire.Submission], object]) -> bytes:
    rows = observations("s", (CITY, "2021Q1", figure("5.5"))).observations
    more = cases("s", ("1", case_of())).cases, reports("s", "1.1").reports
    message = wire.Submission.FromString(packed(Submission("s", TAX, NOON, rows, *more)))
    change(message)
    return message.SerializeToString()


SPOILED: dict[str, Callable[[wire.Submission], object]] = {
    "unknown org": lambda m: setattr(m, "org", "nobody"),
    "unknown indicator": lambda m: setattr(m.observations[0], "indicator", "x"),
    "unknown indicator of a case": lambda m: setattr(m.cases[0], "indicator", "x"),
    "unknown region": lambda m: setattr(m.observations[0], "region", "x"),
    "unknown region of a case": lambda m: setattr(m.cases[0], "region", "x"),
    "unknown measure": lambda m: setattr(m.reports[0], "measure", "9.9"),
    "bad period": lambda m: setattr(m.observations[0], "period", "2021Q9"),
    "bad period of a report": lambda m: setattr(m.reports[0], "period", "x"),
    "bad figure": lambda m: setattr(m.observations[0], "value", "five"),
    "figure without end": lambda m: setattr(m.observations[0], "value", "Infinity"),
    "no figure at all": lambda m: setattr(m.observations[0], "sample_size", "NaN"),
    "no outcome": lambda m: setattr(m.cases[0], "outcome", 0),
    "unknown outcome": lambda m: setattr(m.cases[0], "outcome", 99),
    "unknown state": lambda m: setattr(m.reports[0], "state", 99),
    "time beyond all years": lambda m: setattr(m.cases[0], "accepted_us", 2**62),
    "bad day": lambda m: setattr(m.reports[0], "received_on", "2021-02-30"),
    "the same figure twice": lambda m: m.observations.append(m.observations[0]),
    "the same case twice": lambda m: m.cases.append(m.cases[0]),
    "the same report twice": lambda m: m.reports.append(m.reports[0]),
}


@pytest.mark.parametrize("name", sorted(SPOILED))
def test_what_no_sender_of_ours_writes_is_poison(name: str) -> None:
    with pytest.raises(Poison, match="not a submission"):
        read_submission(spoiled(SPOILED[name]), REGISTER)


def test_an_unspoiled_one_is_none() -> None:
    assert len(read_submission(spoiled(lambda _: None), REGISTER).cases) == 1


@given(st.binary(max_size=200))
def test_bytes_that_name_no_org_of_the_register_are_poison(data: bytes) -> None:
    with pytest.raises(Poison, match="not a submission"):
        read_submission(data, REGISTER)
