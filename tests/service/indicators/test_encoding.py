"""Values in columns and documents come back as they were."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from duibiao.workdays import from_us, to_us
from services.indicators.adapters.encoding import from_day, from_digits, from_json, to_document
from services.indicators.adapters.repository.batches import stored
from services.indicators.domain.rows import Verdict
from tests.support.statements import verdict


@dataclass(frozen=True, slots=True)
class Holder:
    figure: Fraction | None
    day: date
    moment: datetime


moments = st.datetimes(timezones=st.just(UTC))


@given(moments)
def test_moments_keep_every_microsecond(moment: datetime) -> None:
    assert from_us(to_us(moment)) == moment


@pytest.mark.parametrize(
    ("moment", "us"),
    [
        (datetime(1970, 1, 1, tzinfo=UTC), 0),
        (datetime(1969, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC), -1),
        (datetime(2021, 4, 1, 4, tzinfo=UTC), 1_617_249_600_000_000),
    ],
)
def test_moments_are_microseconds_since_1970(moment: datetime, us: int) -> None:
    assert to_us(moment) == us


def test_a_moment_of_another_zone_is_the_same_moment() -> None:
    shanghai = datetime.fromisoformat("2021-04-01T12:00:00+08:00")
    assert to_us(shanghai) == 1_617_249_600_000_000


@pytest.mark.parametrize("us", [2**62, -(2**62), 253_402_300_800_000_000])
def test_moments_beyond_the_calendar_overflow(us: int) -> None:
    with pytest.raises(OverflowError):
        from_us(us)


def test_nothing_stays_nothing() -> None:
    assert (to_us(None), from_us(None), from_day(None), from_digits(None)) == (None,) * 4


@given(st.decimals(allow_nan=False, allow_infinity=False))
def test_decimals_are_kept_without_an_exponent(figure: Decimal) -> None:
    (text,) = stored([figure])
    assert isinstance(text, str)
    assert "E" not in text.upper()
    assert from_digits(text) == figure


@given(st.builds(Holder, st.none() | st.fractions(), st.dates(), moments))
def test_documents_come_back_exactly(holder: Holder) -> None:
    assert from_json(to_document(holder), Holder) == holder


def test_a_verdict_comes_back_from_its_document() -> None:
    assert from_json(to_document(verdict()), Verdict) == verdict()


def test_figures_stand_in_documents_as_people_write_them() -> None:
    holder = Holder(Fraction(11, 3), date(2021, 4, 1), datetime(2021, 4, 1, tzinfo=UTC))
    expected = '{"figure":"11/3","day":"2021-04-01","moment":"2021-04-01T00:00:00Z"}'
    assert to_document(holder) == expected


def test_what_has_no_form_in_a_document_is_refused() -> None:
    with pytest.raises(NotImplementedError, match="complex"):
        to_document({"x": 1j})
    with pytest.raises(NotImplementedError, match="complex"):
        from_json('"1"', complex)


def test_a_day_is_its_iso_text() -> None:
    assert stored([date(2021, 4, 1)]) == ("2021-04-01",)
    assert from_day("2021-04-01") == date(2021, 4, 1)
    assert from_us(0) + timedelta(days=1) == datetime(1970, 1, 2, tzinfo=UTC)
