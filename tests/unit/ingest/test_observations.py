"""Every rule about one reported figure; what is wrong and where is written out."""

from decimal import Decimal
from typing import Any

import pytest

from services.ingest.domain.observations import bounds, within
from tests.support import registers
from tests.support.ingest import faults, figure, read, unpacked

Row = dict[str, Any]
SHARE: Row = {"indicator": "share", "period": "2021Q1"}
WHOLE: Row = SHARE | {"numerator": 3, "denominator": 4}


@pytest.mark.parametrize(
    "row",
    [
        figure(),
        figure(value=0),
        figure(value=1000),
        figure(sample_size=1),
        figure(indicator="limit", sample_size=12),
        figure(indicator="items", value=500),
        figure(region="610122"),
        figure(status="normal", comment="第一行\n第二行"),
        figure(status=None, comment=None, region=None, sample_size=None, org=None),
        figure(status="", comment="", region=""),
        figure(period="2021Q2"),
        figure(period="20210601"),
        figure(indicator="monthly", period="202105"),
        figure(indicator="monthly", period="20210531"),
        figure(period="1999Q4"),
        figure(stated_at="2021-06-01T12:05:00+08:00"),
        SHARE | {"value": 0},
        SHARE | {"value": 100, "sample_size": 7},
        WHOLE,
        WHOLE | {"numerator": 0},
        WHOLE | {"numerator": 4},
        WHOLE | {"sample_size": 4},
        {"indicator": "days", "period": "2021Q1", "status": "not_applicable", "comment": "停办"},
    ],
)
def test_sound_rows(row: Row) -> None:
    assert faults("observation", row) == []


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ({}, ["missing /indicator", "missing /period"]),
        (figure(value=None), ["missing /value"]),
        (figure(value="5"), ["wrong-type /value"]),
        (figure(value=True), ["wrong-type /value"]),
        (figure(value=-0.1), ["below-minimum /value"]),
        (figure(value=1000.1), ["out-of-range /value"]),
        (figure(indicator="limit", value=0.5), ["below-minimum /value"]),
        (figure(indicator="items", value=501), ["out-of-range /value"]),
        (figure(sample_size=0), ["below-minimum /sample_size"]),
        (figure(sample_size=1.5), ["not-a-whole-number /sample_size"]),
        (figure(indicator="items", sample_size=3), ["not-allowed /sample_size"]),
        (figure(numerator=1), ["not-allowed /numerator"]),
        (
            figure(indicator="limit", value=None, numerator=1, denominator=2),
            ["not-allowed /numerator", "not-allowed /denominator", "missing /value"],
        ),
        (SHARE, ["value-or-share /value"]),
        (SHARE | {"value": 100.1}, ["out-of-range /value"]),
        (SHARE | {"numerator": 1}, ["missing /denominator"]),
        (SHARE | {"denominator": 1}, ["missing /numerator"]),
        (WHOLE | {"value": 75}, ["value-or-share /value"]),
        (WHOLE | {"denominator": 0}, ["denominator-zero /denominator"]),
        (WHOLE | {"numerator": 5}, ["numerator-above-denominator /numerator"]),
        (WHOLE | {"numerator": -1}, ["below-minimum /numerator"]),
        (WHOLE | {"numerator": 1.5}, ["not-a-whole-number /numerator"]),
        (WHOLE | {"denominator": 4.5}, ["not-a-whole-number /denominator"]),
        (WHOLE | {"sample_size": 5}, ["invalid-value /sample_size"]),
        (figure(status="n/a"), ["not-one-of /status"]),
        (figure(status="not_applicable"), ["not-allowed /value", "comment-required /comment"]),
        (figure(comment=5), ["wrong-type /comment"]),
        (figure(comment="x" * 201), ["too-long /comment"]),
        (figure(indicator="weather"), ["unknown-indicator /indicator"]),
        (figure(indicator="theirs"), ["not-yours /indicator"]),
        (figure(region="110000"), ["unknown-region /region"]),
        (figure(period="2021Q5"), ["bad-period /period"]),
        (figure(period="2021-03"), ["bad-period /period"]),
        (figure(period=2021), ["wrong-type /period"]),
        (figure(period="2021Q3"), ["period-not-begun /period"]),
        (figure(period="20210602"), ["period-not-begun /period"]),
        (figure(period="2021"), ["period-too-coarse /period"]),
        (figure(period="2022"), ["period-not-begun /period", "period-too-coarse /period"]),
        (figure(indicator="monthly"), ["period-too-coarse /period"]),
        (figure(stated_at="2021-06-01T12:05:01+08:00"), ["in-the-future /stated_at"]),
        (figure(stated_at="yesterday"), ["bad-time /stated_at"]),
        (figure(mood="good", weather=None), ["unknown-field /mood", "unknown-field /weather"]),
        (figure(**{"a/b": 1}), ["unknown-field /a~1b"]),
    ],
)
def test_what_is_wrong_with_a_row(row: Row, expected: list[str]) -> None:
    assert [f"{code} {pointer}" for code, pointer in faults("observation", row)] == expected


def test_all_faults_of_a_row_are_told_at_once() -> None:
    row = figure(indicator="x", region="y", period="z", value="w", stated_at="v", status="u")
    assert {pointer for _, pointer in faults("observation", row)} == {
        "/indicator", "/region", "/period", "/status", "/stated_at", "/value",
    }  # fmt: skip


def test_a_sample_said_twice_is_kept_once() -> None:
    (row,) = unpacked(read("observation", WHOLE | {"sample_size": 4})).observations
    assert (row.denominator, row.HasField("sample_size")) == ("4", False)


@pytest.mark.parametrize(
    ("numerator", "denominator", "expected"),
    [
        ("1", "3", True),
        ("30", "100", True),
        ("29.9999999999999", "100", False),
        ("300000000000000", "999999999999999", True),
        ("299999999999999", "999999999999998", False),
        ("2", "3", False),
        ("66.6", "100", True),
        ("66.6000000000001", "100", False),
    ],
)
def test_a_share_is_held_to_its_bounds_exactly(
    numerator: str,
    denominator: str,
    expected: bool,  # noqa: FBT001 - an expected value
) -> None:
    # 299999999999999 / 999999999999998 falls short of 0.3 by four parts in ten to the sixteenth.
    bounds = Decimal(30), Decimal("66.6")
    assert within(Decimal(numerator) * 100, Decimal(denominator), *bounds) is expected


def test_bounds_are_those_of_the_register_but_never_negative() -> None:
    days = registers.indicator(minimum=-5, maximum=None)
    assert bounds(days) == (Decimal(0), None)
    share = registers.indicator(unit="percent", minimum=None, maximum=None)
    assert bounds(share) == (Decimal(0), Decimal(100))
    narrow = registers.indicator(unit="percent", minimum=10, maximum="99.5")
    assert bounds(narrow) == (Decimal(10), Decimal("99.5"))
    assert bounds(registers.indicator(unit="percent", maximum=200)) == (Decimal(0), Decimal(100))
