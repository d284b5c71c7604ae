"""The sketch map of the regions: one tile each, where the register places it."""

from dataclasses import replace

import pytest

from services.indicators.domain.rows import Verdict
from tests.service.board.boards import HeldBoard, series, verdict, verdict_row
from tests.service.board.html import Element
from tests.service.board.pages import page, serve
from tests.support.registers import region, register, target

DAYS = target("T01")
CITY = series(verdict_row(DAYS, "2021Q2", 6, "missed"), verdict_row(DAYS, "2021Q3", 5, "met"))
PLACES = {"610102": (3, 1), "610103": (1, 2), "610122": (2, 2), "610124": None}


def row(place: str, value: int, status: str = "met", **more: str) -> Verdict:
    said = {"period": "2021Q3", **more}
    made = verdict_row(DAYS, said["period"], value, "met", org=said.get("org"), region=place)
    return verdict(made._replace(status=status), present=True)  # type: ignore[arg-type]


def shown(*rows: Verdict, query: str = "", tiles: bool = True) -> Element:
    regions = [replace(region(code), tile=at if tiles else None) for code, at in PLACES.items()]
    made = register(targets=[DAYS], regions=[region(), *regions])
    held = HeldBoard(made, verdicts=(*CITY, *rows))
    return page(serve(held), f"/board/targets/T01?{query}")


ROWS = (
    row("610102", 7, "missed"),
    row("610102", 4, org="tax-bureau"),
    row("610103", 5, org="customs"),
    row("610124", 5),
    row("610122", 9, "missed", period="2021Q2"),
)


def test_each_tile_stands_where_the_register_places_it() -> None:
    picture = shown(*ROWS).with_class("map")[0]
    assert picture.attributes["viewbox"] == "0 0 360 160"
    tiles = [one for one in picture.all("svg") if one is not picture]
    assert [(one.attributes["x"], one.attributes["y"]) for one in tiles] == [
        ("242", "2"),
        ("2", "82"),
        ("122", "82"),
    ]
    words = [[text.text for text in one.all("text")] for one in tiles]
    assert words == [["610102", "7"], ["610103", "5"], ["610122"]]
    assert [one.classes for one in tiles] == [["s-missed"], ["s-met"], []]
    assert [len(one.all("path")) for one in tiles] == [1, 1, 0]
    assert tiles[2].one("rect").classes == ["tile", "empty"]


def test_a_region_is_shown_over_its_units_or_by_the_only_one() -> None:
    rows = shown(*ROWS).with_class("map-table")[0].all("tr")[1:]
    assert [[cell.text for cell in one.all("td")] for one in rows] == [
        ["7 个工作日", "未达标", "610102"],
        ["5 个工作日", "达标", "customs · 610103"],
    ]
    assert "verdict=T01-city-610102-2021Q3" in rows[0].all("a")[0].attributes["href"]
    assert shown(*ROWS).by_id("map-d").text == "610102 7 个工作日 未达标；610103 5 个工作日 达标"


def test_another_period_is_on_the_map_when_it_is_asked_for() -> None:
    whole = shown(*ROWS, query="period=2021Q2&lang=en")
    assert whole.by_id("map-d").text == "610122 9 working days Missed"
    assert whole.by_id("map").text == "The regions 2021 Q2"


@pytest.mark.parametrize("rows", [(), (row("610124", 5),), (row("610100", 5, org="customs"),)])
def test_there_is_no_map_of_a_figure_that_is_not_by_region(rows: tuple[Verdict, ...]) -> None:
    assert shown(*rows).with_class("map") == []


def test_there_is_no_map_where_the_register_has_no_tiles() -> None:
    assert shown(*ROWS, tiles=False).with_class("map") == []
