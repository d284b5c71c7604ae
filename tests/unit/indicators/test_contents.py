"""The canonical text of contents: equal where they are equal, read back whole."""

import json
from datetime import date
from decimal import Decimal

import pytest

from services.indicators.domain.submission import (
    FigureContent,
    ReportContent,
    digest,
    pack,
    unpack_report,
)
from tests.support.statements import case, figure


def test_a_figure_is_written_as_it_was_said() -> None:
    assert pack(figure("-0.25", 23)) == '{"sample_size":"23","value":"-0.25"}'
    assert pack(figure(of=(3, 7))) == '{"denominator":"7","numerator":"3"}'
    assert pack(figure(not_applicable=True, comment="无")) == (
        '{"comment":"无","not_applicable":true}'
    )


def test_a_case_is_written_with_its_pauses_its_extension_and_its_labels() -> None:
    content = case(
        "2021-01-20",
        resolved=True,
        pauses=(("2021-02-01", "2021-02-03"), ("2021-03-01", None)),
        extension=10,
        labels=(("部门", "城管"),),
    )
    assert json.loads(pack(content)) == {
        "region": "610100",
        "accepted_at": "2021-01-20T02:00:00+00:00",
        "outcome": "open",
        "resolved": True,
        "pauses": [
            [
                "2021-02-01T02:00:00+00:00",
                "2021-02-03T02:00:00+00:00",
                "hearing",
                "听证〔2021〕1号",
            ],
            ["2021-03-01T02:00:00+00:00", None, "hearing", "听证〔2021〕1号"],
        ],
        "extension": [10, "延期〔2021〕1号", "局长"],
        "labels": [["部门", "城管"]],
    }


@pytest.mark.parametrize(
    "content",
    [
        ReportContent("not_started", zero_report=True),
        ReportContent("done", date(2021, 3, 20), "已完成", received_on=date(2021, 3, 25)),
    ],
)
def test_a_report_is_read_back(content: ReportContent) -> None:
    assert unpack_report(pack(content)) == content


def test_figures_equal_in_value_have_one_text() -> None:
    assert pack(figure("5.50", "23.0")) == pack(figure("5.5", 23))
    assert pack(figure("-0")) == pack(figure(0))
    assert digest(FigureContent(value=Decimal("1E+2"))) == digest(figure(100))


def test_unresolved_is_not_the_same_as_not_said() -> None:
    assert digest(case(resolved=False)) != digest(case())


def test_a_reported_zero_is_not_the_same_as_nothing() -> None:
    assert pack(figure(0)) == '{"value":"0"}'
    assert pack(FigureContent()) == "{}"
