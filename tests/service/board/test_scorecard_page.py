"""The ranking, and the arithmetic of each score as a reader can do it again."""

from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from duibiao.register import parse
from services.indicators.domain.scorecard import ReceivedRows, Results, cards
from tests.service.board.boards import HeldBoard, duty, standing, verdict_row
from tests.service.board.html import Element
from tests.service.board.pages import app, page, serve
from tests.support.asgi import OFFICE, Calls
from tests.support.registers import CUSTOMS, TAX, measure, org, register, target

if TYPE_CHECKING:
    from collections.abc import Mapping

    from services.indicators.domain.rows import DutyKey, DutyRow

REBATE, OTHER = target("T01", leads=(TAX,)), target("T02", "other", leads=(TAX,))
REGISTER = register(
    targets=[REBATE, OTHER],
    measures=[measure("1.1", leads=(TAX, CUSTOMS))],
    orgs=[org(), org(CUSTOMS)],
)


def results() -> Results:
    """Return a quarter: the tax bureau attains 1.5 of 2, reports late, sends 40 rows of which 3
    are bad; customs reports in time."""
    rows = [
        verdict_row(REBATE, "2021Q1", 5),
        verdict_row(OTHER, "2021Q1", 11, "missed", attainment_ratio=Decimal("0.5")),
    ]
    owed: Mapping[DutyKey, DutyRow] = {
        one.key: one for one in (duty(status="late"), duty(org=CUSTOMS, status="on_time"))
    }
    return Results(rows, owed, {"2021Q1": [ReceivedRows(TAX, "observations", 40, 2, 1)]})


def held(period: str = "2021Q1", **parts: object) -> HeldBoard:
    made = cards(REGISTER, parse(period), results(), provisional=False)
    return replace(HeldBoard(REGISTER, cards=made), **parts)  # type: ignore[arg-type]


def shown(address: str = "/board/scorecards?period=2021Q1") -> Element:
    return page(serve(held()), address)


def test_units_are_ranked_with_the_arithmetic_of_their_scores() -> None:
    """75 of attainment, 0 of 1 in time, 37 of 40 rows: (60 x 75 + 25 x 0 + 15 x 92.5) / 100."""
    first, second = shown().with_class("scorecards")[0].all("tr")[1:]
    assert [cell.text for cell in first.all("td")[:5]] == ["1 / 2", "100", "—", "100", "—"]
    assert second.all("th")[0].text == TAX
    assert [cell.text for cell in second.all("td")[:5]] == ["2 / 2", "58.87", "75", "0", "92.5"]
    steps = [one.text for one in second.all("p")]
    assert second.all("summary")[0].text == (
        "(60 × 75 + 25 × 0 + 15 × 92.5) ÷ (60 + 25 + 15) = 58.87"
    )
    assert steps == [
        "目标完成 100 × 1.5 ÷ 2 = 75",
        "按时报送 100 × 0 ÷ 1 = 0",
        "数据质量 100 × 37 ÷ 40 = 92.5",
    ]
    assert [one.text for one in second.all("li")] == [
        "2021年一季度 T01：达标：1 / 1",
        "2021年一季度 T02：未达标：0.5 / 1",
        "1.1/2021Q1：迟报：0 / 1",
        "报送值：共40行，被拒2行，更正1行：37 / 40",
    ]


def test_parts_that_do_not_apply_drop_out_of_the_sum() -> None:
    first = shown().with_class("scorecards")[0].all("tr")[1]
    assert first.all("summary")[0].text == "(25 × 100) ÷ (25) = 100"
    assert [one.text for one in first.all("p")] == [
        "目标完成 不计分",
        "按时报送 100 × 1 ÷ 1 = 100",
        "数据质量 不计分",
    ]


def test_a_year_joins_its_quarters() -> None:
    rows = page(serve(held("2021")), "/board/scorecards?period=2021").with_class("scorecards")[0]
    assert [head.text for head in rows.all("th", scope="col")] == [
        *("单位", "名次", "得分", "2021年一季度", "计算")
    ]
    assert rows.all("summary")[1].text == "(1 × 58.87) ÷ (1) = 58.87"
    assert rows.all("li")[3].text == "目标完成：45 / 60"


def test_the_quarters_begun_and_the_year_can_be_chosen() -> None:
    board = replace(held(), standing=standing(judged_day=parse("202108").first))
    links = page(serve(board), "/board/scorecards").with_class("pager")[0].all("a")
    assert [one.text for one in links] == [
        *("2021年一季度", "2021年二季度", "2021年三季度", "2021年")
    ]
    chosen = [one for one in links if "aria-current" in one.attributes]
    assert [one.text for one in chosen] == ["2021年三季度"]  # the last begun, where none is named


def test_in_english() -> None:
    english = shown("/board/scorecards?period=2021Q1&lang=en")
    assert english.all("h1")[0].text == "Scorecards 2021 Q1"
    assert "attainment 60, timeliness 25, quality 15" in english.text
    items = [one.text for one in english.with_class("scorecards")[0].all("li")]
    assert "2021 Q1 T02: Missed: 0.5 / 1" in items
    assert "Observations: 40 rows, 2 rejected, 1 revised: 37 / 40" in items


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ("period=2021Q9", "bad-period"),
        ("period=202103", "invalid-value"),
        ("period=2022Q1", "period-not-begun"),
        ("period=2021Q1&as_of=2021-04-01", "not-one-of"),
        ("period=2021Q1&as_of=x", "bad-view"),
    ],
)
def test_what_has_no_cards_is_told(asked: str, code: str) -> None:
    answer = serve(held()).get(f"/board/scorecards?{asked}")
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (422, code)


def test_they_are_for_who_has_signed_in_as_they_tell_of_lateness() -> None:
    calls = Calls(app(held(), "open", office=OFFICE))
    stranger = calls.get("/board/scorecards?period=2021Q1&as_of=reported")
    assert stranger.status_code == 303
    assert stranger.content == b""
    assert "/board/scorecards" not in calls.get("/board/orgs").text
    signed_in = {"Cookie": "duibiao-session=office"}
    assert calls.get("/board/scorecards?period=2021Q1", headers=signed_in).status_code == 200
    assert "/board/scorecards" in calls.get("/board/orgs", headers=signed_in).text
