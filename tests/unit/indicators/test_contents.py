"""The canonical text of contents: equal where they are equal, read back whole."""

from datetime import date
from decimal import Decimal

import pytest

from services.indicators.domain.contents import (
    digest,
    pack,
    unpack_case,
    unpack_figure,
    unpack_report,
)
from services.indicators.domain.submission import CaseContent, FigureContent, ReportContent
from tests.support.statements import case, figure


@pytest.mark.parametrize(
    "content",
    [
        figure("5.5", 23),
        figure(of=(3, 7)),
        figure(0),
        figure("-0.25"),
        figure("123456789.012345"),
        figure(not_applicable=True, comment="本季无此项业务"),
    ],
)
def test_a_figure_is_read_back(content: FigureContent) -> None:
    assert unpack_figure(pack(content)) == content


@pytest.mark.parametrize(
    "content",
    [
        case("2021-01-20"),
        case("2021-01-20", "2021-03-15", region="610103", resolved=False),
        case("2021-01-20", resolved=True, extension=10, labels=(("部门", "城管"),)),
        case("2021-01-20", pauses=(("2021-02-01", "2021-02-03"), ("2021-03-01", None))),
    ],
)
def test_a_case_is_read_back(content: CaseContent) -> None:
    assert unpack_case(pack(content)) == content


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
