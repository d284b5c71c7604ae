"""The clock of the cases and the pace, worked by hand: the proof and the page say the same."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from duibiao.register import Baseline
from tests.service.board.html import Element
from tests.service.board.pages import page
from tests.service.indicators.service import IndicatorsService
from tests.support.clock import ManualClock
from tests.support.registers import CITY, CUSTOMS, TAX, indicator, register, target
from tests.support.statements import at, case, cases, figure, later, observations

EACH = indicator(statistic="each")
ITEMS = indicator("items", statistic="latest", unit="item", direction="up", reported_by=(TAX,))
DUE = date(2021, 12, 31)
PLAN = (Baseline(Decimal(10), date(2021, 6, 30)),)
REGISTER = register(
    indicators=[EACH, ITEMS],
    targets=[
        target("T01", EACH, threshold=20),
        target("T02", ITEMS, op=">=", threshold=74, due=DUE, leads=(TAX,), plan=PLAN),
    ],
)
WEEK = ("2021-03-01", "2021-03-05")  # Monday to Friday: 4 working days


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[IndicatorsService]:
    folder = tmp_path_factory.mktemp("shown")
    with IndicatorsService(folder, ManualClock(at("2021-11-15", 12)), REGISTER).start() as made:
        paused = case("2021-03-01", "2021-03-19", pauses=(("2021-03-08", "2021-03-12"),))
        made.post(
            cases(
                "s1",
                ("NO-17", paused),  # 14 working days, 4 of them paused
                ("NO-18", case(*WEEK, extension=5)),
                ("NO-19", case(*WEEK)),
                ("NO-20", case(*WEEK)),
                org=CUSTOMS,
            ),
            cases(
                "s2",  # 9 working days; 3, 4, 5 and 8 March are paused
                ("NO-21", case("2021-03-01", "2021-03-12", pauses=(("2021-03-02", "2021-03-08"),))),
                received=later(),
            ),
            observations("s3", (CITY, "2021Q3", figure(30)), indicator="items", received=later(2)),
            observations("s4", (CITY, "2021Q4", figure(41)), indicator="items", received=later(3)),
        )
        yield made


def proof(service: IndicatorsService, target: str, period: str) -> dict[str, Any]:
    (row,) = service.items("/v1/verdicts", target=target, period=period, org="", region=CITY)
    return service.get(f"/v1/verdicts/{row['id']}/proof")


def shown(service: IndicatorsService, target: str, verdict: str = "") -> Element:
    return page(service.calls(None), f"/board/targets/{target}?verdict={verdict}")


def test_the_clock_of_each_unit_the_most_paused_first_and_of_all(
    service: IndicatorsService,
) -> None:
    found = proof(service, "T01", "2021Q1")
    whole = shown(service, "T01", found["id"])
    table = whole.with_class("clocks")[0]
    assert [row.text for row in table.all("tr")[1:]] == [
        f"{TAX} 待核实 1 9 4 44.44% 5 0 0 0% 0",
        "customs 4 26 4 15.38% 22 5 1 25% 0",
        "合计 5 35 8 22.86% 27 5 1 20% 0",
    ]
    # What is asked stands with it; no single case is named to a reader without a key.
    assert f"{TAX}：暂停天数占 ≈44.4444%，延期办件占 0%，超过 30%，请核实" in whole.text
    assert "NO-" not in whole.text
    assert f"GET /v1/verdicts/{found['id']}/cases" in whole.text


def test_the_clock_on_the_page_is_that_of_the_proof(service: IndicatorsService) -> None:
    found = proof(service, "T01", "2021Q1")
    rows = shown(service, "T01", found["id"]).with_class("clocks")[0].all("tr")[1:]
    names = ("cases", "gross", "paused", "net", "extended", "extended_cases", "pending_approvals")
    by_org = {one["org"]: one["clock"] for one in found["inputs"]}
    for row, clock in zip(rows, (by_org[TAX], by_org[CUSTOMS], found["clock"]), strict=True):
        told = [cell.text.split()[0] for cell in row.all("td")]
        assert told == [str(clock[name]) for name in names]


def test_the_pauses_of_the_cases_are_counted_by_ground(service: IndicatorsService) -> None:
    found = proof(service, "T01", "2021Q1")
    assert found["cases"]["pauses"] == [{"ground": "hearing", "count": 2}]


def test_what_was_not_counted_from_cases_shows_no_clock(service: IndicatorsService) -> None:
    assert shown(service, "T02").with_class("clocks") == []


def test_the_pace_needed_stands_beside_the_figure(service: IndicatorsService) -> None:
    """41 of 74 on 15 November: 216 of 250 working days are over, 33 items are to come in 34.

    At 41 in 216 days they take 33 x 216 / 41 = 173.9 days: 34 in 2021, and the 140th of 2022, of
    which 122 end by 30 June, is Tuesday 26 July.
    """
    found, whole = proof(service, "T02", "2021Q4"), shown(service, "T02")
    terms = {
        row.all("dt")[0].text: row.all("dd")[0].text
        for row in whole.with_class("terms")[0].all("div")
    }
    assert (found["pace"]["needed_per_week"], terms["每周需"]) == (
        "165/34",
        "4.85 项 至今每周 0.95",
    )
    assert (found["pace"]["reached_on"], terms["按此进度达到"]) == ("2022-07-26",) * 2
    assert found["pace"]["planned"] == terms["计划应达"].split()[0] == "57"  # 10 + 64 x 94 / 128
    # Of another period only the arithmetic is told: the head of the page is about the present one.
    earlier = shown(service, "T02", proof(service, "T02", "2021Q3")["id"])
    assert "每周需" not in earlier.with_class("terms")[0].text
    assert "于 2022-11-11 达到目标值" in earlier.with_class("proof")[0].text


def test_the_pace_needed_from_here_is_drawn_and_a_table(service: IndicatorsService) -> None:
    """216 of 250 days are 86.4 %; of the 120 pixels for 74 items 41 take 66.5, and at this pace
    41 x 250 / 216 = 47.45 items take 77."""
    picture = shown(service, "T02").with_class("pace")[0]
    needed = picture.one("svg", role="img").with_class("needed")[0].attributes
    assert [needed[name] for name in ("x1", "y1", "x2", "y2")] == ["86.40%", "83.5", "100%", "30.0"]
    ahead = picture.with_class("ahead")[0].attributes
    assert [ahead[name] for name in ("x1", "y1", "x2", "y2")] == ["86.40%", "83.5", "100%", "73.0"]
    assert picture.by_id("pace-d").text == (
        "2021-11-15 为 41，每周 0.95，按此进度到 2021-12-31 为 47.45；"
        "要求 ≥ 74 项，从现在起每周需 4.85。"
    )
    rows = shown(service, "T02").with_class("pace-table")[0].all("tr")[1:]
    assert [[row.all("th")[0].text, *(cell.text for cell in row.all("td"))] for row in rows] == [
        ["起点", "2020-12-31", "0", "—"],
        ["目前", "2021-11-15", "41", "0.95"],
        ["按此进度", "2021-12-31", "47.45", "0.95"],
        ["要求", "2021-12-31", "≥ 74 项", "4.85"],
    ]
    english = page(service.calls(None), "/board/targets/T02?lang=en").by_id("pace-d").text
    assert english.endswith("Asked: ≥ 74 items, which needs 4.85 a week from here.")


def test_no_pace_is_drawn_of_another_period_or_statistic(service: IndicatorsService) -> None:
    earlier = proof(service, "T02", "2021Q3")["id"]
    assert shown(service, "T02", earlier).with_class("pace") == []
    assert shown(service, "T01").with_class("pace") == []
