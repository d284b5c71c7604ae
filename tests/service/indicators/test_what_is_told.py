"""Events on the wire: exact figures as text, empty texts for what is not there."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from duibiao.contracts.v1 import verdict_pb2
from services.indicators.adapters.events import Events
from services.indicators.domain.rows import Applied, Changes, Verdict
from services.indicators.domain.submission import RowCounts, Submission
from services.indicators.domain.wording import exact_text
from tests.support.clock import ManualClock
from tests.support.registers import TAX
from tests.support.statements import NOON, change, duty_row, verdict

NOON_US = 1_617_249_600_000_000  # 2021-04-01T04:00Z
EVENTS = Events(ManualClock(NOON), "duibiao.")


@pytest.mark.parametrize(
    ("figure", "text"),
    [
        (Fraction(11, 2), "5.5"),
        (Fraction(60), "60"),
        (Fraction(0), "0"),
        (Fraction(1_000_000), "1000000"),
        (Fraction(-1, 6), "-1/6"),
        (Fraction(-1, 8), "-0.125"),
        (Fraction(3, 320), "0.009375"),
        (Fraction(1, 10**20), "0." + "0" * 19 + "1"),
        (Fraction(10**40 + 1, 10), "1" + "0" * 39 + ".1"),
        (None, None),
    ],
)
def test_a_figure_is_a_decimal_where_it_ends(figure: Fraction | None, text: str | None) -> None:
    assert exact_text(figure) == text


@given(st.fractions())
def test_every_figure_is_read_back_exactly(figure: Fraction) -> None:
    text = exact_text(figure)
    assert text is not None
    assert Fraction(text) == figure


def told(kept: Verdict, *, removed: bool = False) -> verdict_pb2.Verdict:
    (event,) = EVENTS.of_changes(Changes((change(kept, {}, removed=removed),)))
    return verdict_pb2.Changed.FromString(event.data).verdict


def test_a_verdict_is_told_whole() -> None:
    assert told(verdict(org=TAX)) == verdict_pb2.Verdict(
        id="v1",
        target="T01",
        indicator="days",
        org=TAX,
        region="610100",
        period="2021Q1",
        period_end="2021-03-31",
        status="met",
        reason="",
        value="11/3",
        threshold="5.5",
        attainment_ratio="2/3",
        near_threshold=True,
        present=True,
        inputs_digest="in",
        evaluated_us=NOON_US,
        previous_status="behind",
        ended=True,
    )


def test_what_is_not_there_is_absent_and_not_zero() -> None:
    bare = verdict(value=None, status="unknown")
    row = bare.row._replace(threshold=None, attainment_ratio=None)
    message = told(bare._replace(row=row, previous_status=None))
    assert not message.HasField("value")
    assert not message.HasField("threshold")
    assert not message.HasField("attainment_ratio")
    assert (message.org, message.previous_status, message.reason) == ("", "", "no_figure")


def test_a_withdrawn_row_is_told_by_its_last_version() -> None:
    gone = verdict(verdict_id="v2", value=None, status="unknown", present=False)
    message = told(gone, removed=True)
    assert (message.id, message.status, message.present) == ("v2", "unknown", False)


def test_duties_follow_verdicts_and_carry_the_cause() -> None:
    changes = Changes((change(verdict(), {}),), (duty_row(status="late", met=True), duty_row()))
    first, second, third = EVENTS.of_changes(changes, NOON)
    assert [event.key for event in (first, second)] == ["T01//610100", "1.1/2021Q1/tax-bureau"]
    assert {event.topic for event in (first, second, third)} == {"duibiao.verdicts.v1"}
    message = verdict_pb2.Changed.FromString(second.data)
    assert message.received_us == NOON_US
    assert message.duty == verdict_pb2.Duty(
        duty="1.1/2021Q1",
        org=TAX,
        measure="1.1",
        period="2021Q1",
        status="late",
        due="2021-03-25",
        effective_due="2021-03-25",
        received_on="2021-03-20",
        submission_id="s1",
    )
    owed = verdict_pb2.Changed.FromString(third.data).duty
    assert (owed.status, owed.received_on, owed.submission_id) == ("not_due", "", "")


def test_topics_bear_the_prefix_of_the_installation() -> None:
    events = Events(ManualClock(NOON), "xa.")
    outcome = events.of_outcome(Submission("s1", TAX, NOON), Applied(RowCounts(1, 2, 3), Changes()))
    (changed,) = events.of_changes(Changes((change(verdict(), {}),)))
    assert (outcome.topic, changed.topic) == ("xa.outcomes.v1", "xa.verdicts.v1")
    assert (outcome.key, outcome.content_type) == (TAX, "application/protobuf")
