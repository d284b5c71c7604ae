from datetime import UTC, date, datetime

import pytest

from services.ingest.domain.times import from_microseconds, microseconds, parse_day, parse_time


@pytest.mark.parametrize(
    ("text", "utc"),
    [
        ("2021-03-25", datetime(2021, 3, 24, 16, tzinfo=UTC)),
        ("2021-03-25T00:00:00", datetime(2021, 3, 24, 16, tzinfo=UTC)),
        ("2021-03-25 09:30", datetime(2021, 3, 25, 1, 30, tzinfo=UTC)),
        ("2021-03-25T09:30:15Z", datetime(2021, 3, 25, 9, 30, 15, tzinfo=UTC)),
        ("2021-03-25t09:30:15z", datetime(2021, 3, 25, 9, 30, 15, tzinfo=UTC)),
        ("2021-03-25T09:30:15.25+08:00", datetime(2021, 3, 25, 1, 30, 15, 250_000, tzinfo=UTC)),
        ("2021-03-25T09:30:15.1234569-05:00",
         datetime(2021, 3, 25, 14, 30, 15, 123_456, tzinfo=UTC)),
        # Summer time was kept in China from 1986 to 1991.
        ("1988-07-01", datetime(1988, 6, 30, 15, tzinfo=UTC)),
        # Before 1901 clocks in Shanghai stood at local mean time, 8:05:43 ahead.
        ("1900-01-01", datetime(1899, 12, 31, 15, 54, 17, tzinfo=UTC)),
        ("2199-12-31T23:59:59Z", datetime(2199, 12, 31, 23, 59, 59, tzinfo=UTC)),
    ],
)  # fmt: skip
def test_a_time_without_an_offset_is_of_shanghai(text: str, utc: datetime) -> None:
    assert parse_time(text) == utc


@pytest.mark.parametrize(
    "text",
    ["", "soon", "2021", "2021-3-25", "20210325", "2021-W12-4", "2021-02-29", "2021-13-01",
     "2021-03-25T24:00", "2021-03-25T10", "2021-03-25T10:60", "2021-03-25T10:00:60",
     "2021-03-25T10:00+0800", "2021-03-25T10:00:00,5", "2021/03/25", "25.03.2021",
     "2021-03-25T10:00+24:00", "2021-03-25T10:00+08:60",
     " 2021-03-25", "2021-03-25\n", "２０２１-03-25",
     "1899-12-31", "2200-01-01", "0001-01-01", "9999-12-31T23:59:59-23:59"],
)  # fmt: skip
def test_other_forms_are_no_times(text: str) -> None:
    assert parse_time(text) is None


def test_days() -> None:
    assert parse_day("2021-03-25") == date(2021, 3, 25)
    for text in ("2021-02-29", "2021-03-25T00:00", "20210325", "1899-12-31", "2200-01-01", ""):
        assert parse_day(text) is None


def test_microseconds_go_there_and_back() -> None:
    utc = datetime(2021, 3, 25, 1, 30, 15, 250_001, tzinfo=UTC)
    assert microseconds(datetime(1970, 1, 1, 0, 0, 1, tzinfo=UTC)) == 1_000_000
    assert microseconds(datetime(1969, 12, 31, 23, 59, 59, tzinfo=UTC)) == -1_000_000
    assert from_microseconds(microseconds(utc)) == utc
