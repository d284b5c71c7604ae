"""Pages as of a moment, and as reported, over a real store: the figures that stood then."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from duibiao.register import Org
from tests.service.board.html import Element
from tests.service.board.pages import page
from tests.service.indicators.service import IndicatorsService
from tests.service.indicators.test_waivers_and_closings import decided
from tests.support.clock import ManualClock
from tests.support.registers import CITY, CUSTOMS, TAX, indicator, org, region, register, target
from tests.support.statements import at, figure, observations

pytestmark = pytest.mark.usefixtures("each_database")

EAST, WEST = "610103", "610104"
DAYS = indicator(reported_by=(TAX, CUSTOMS))
REGISTER = register(
    indicators=[DAYS],
    targets=[target("T01", DAYS, judged_by=date(2021, 3, 31))],
    orgs=[org(TAX), org(CUSTOMS), Org("east", "East", "城东区政府", "district", EAST)],
    regions=[region(), *(replace(region(code), tile=(n, 1)) for n, code in ((1, EAST), (2, WEST)))],
)


@pytest.fixture(scope="module")
def service(shared_folder: Path) -> Iterator[IndicatorsService]:
    """On 8 April the tax bureau reports 7, on the 9th 4 instead, and customs 6.

    Then the quarter is closed; on the 10th the tax bureau corrects its figure to 10.
    """
    clock = ManualClock(at("2021-04-08", 12))
    with IndicatorsService(shared_folder, clock, REGISTER).start() as made:
        post(made, "s1", TAX, (CITY, "7"), (EAST, "8"), (WEST, "9"))
        clock.set(at("2021-04-09", 12))
        post(made, "s2", TAX, (CITY, "4"), (EAST, "5"))
        post(made, "s3", CUSTOMS, (EAST, "6"))
        decided(made.calls("office"), "/v1/closings", {"period": "2021Q1"})
        clock.set(at("2021-04-10", 12))
        post(made, "s4", TAX, (CITY, "10"))
        yield made


def post(service: IndicatorsService, name: str, org: str, *rows: tuple[str, str]) -> None:
    figures = [(where, "2021Q1", figure(value, 10)) for where, value in rows]
    service.post(observations(name, *figures, received=service.clock.now(), org=org))


def shown(service: IndicatorsService, path: str) -> Element:
    return page(service.calls(None), path)


def cells(service: IndicatorsService, path: str, table: str = "verdicts") -> list[list[str]]:
    """Return the head and the figure of each row of the last table of a kind."""
    found = shown(service, path).with_class(table)
    rows = found[-1].all("tr")[1:] if found else []
    return [[row.all("th")[0].text, row.all("td")[1].text] for row in rows]


MORNING, BEFORE = "as_of=2021-04-09T08:00", "as_of=2021-04-08"


def test_the_citys_figure_is_the_one_that_stood(service: IndicatorsService) -> None:
    """7 on the 8th; on the 9th (4 x 10 + 6 x 10) / 20, on the 10th (10 x 10 + 6 x 10) / 20."""
    for path in ("/board", "/board/tasks/1", "/board/measures/1.1", f"/board/orgs/{TAX}"):
        told = []
        for view in ("", "as_of=reported", MORNING, BEFORE):
            table = shown(service, f"{path}?{view}").with_class("targets")[0]
            told.append(table.with_class("figure")[0].text)
        assert told == ["8", "5", "7", "—"], path
    line = shown(service, f"/board/orgs/{TAX}?{MORNING}").with_class("own")[0]
    assert line.text == "本单位：7 个工作日 未达标"
    assert "评估日 2021-04-09" in shown(service, f"/board?{MORNING}").with_class("facts")[0].text
    assert "最近变动" not in shown(service, f"/board?{MORNING}").text


def test_a_target_has_the_rows_that_stood(service: IndicatorsService) -> None:
    path, tax, customs = "/board/targets/T01", TAX, "customs"
    assert cells(service, path) == [
        [EAST, "5.5"],
        [customs, "6"],
        [f"{customs} · {EAST}", "6"],
        [tax, "10"],
        [f"{tax} · {EAST}", "5"],
        [f"{tax} · {WEST}", "9"],
    ]
    assert [tax, "4"] in cells(service, f"{path}?as_of=reported")
    assert cells(service, f"{path}?{MORNING}") == [
        [tax, "7"],
        [f"{tax} · {EAST}", "8"],
        [f"{tax} · {WEST}", "9"],
    ]
    assert cells(service, f"{path}?{BEFORE}") == []
    # The proof is that of the version; one that stood at another time is not shown for it.
    (now,) = service.items("/v1/verdicts", target="T01", org="", region=CITY, period="2021Q1")
    proof = shown(service, f"{path}?{MORNING}&verdict={now['id']}").by_id("proof").parent
    assert proof is not None
    assert now["id"] not in proof.text
    assert "7" in proof.with_class("inputs")[0].text


def test_a_district_has_the_rows_that_stood(service: IndicatorsService) -> None:
    def of(view: str) -> list[list[str]]:
        found = shown(service, f"/board/orgs/east?{view}").with_class("here")
        rows = found[0].all("tr")[1:] if found else []
        return [[cell.text for cell in row.all("td")[:2]] for row in rows]

    assert of("") == [
        ["各单位合计", "5.5 个工作日"],
        ["customs", "6 个工作日"],
        [TAX, "5 个工作日"],
    ]
    assert of(MORNING) == [[TAX, "8 个工作日"]]
    assert of(BEFORE) == []


def test_the_map_has_one_figure_of_each_region_as_it_stood(service: IndicatorsService) -> None:
    """Over its units where two reported, else that of the only one."""

    def of(view: str) -> list[tuple[str, str, str]]:
        found = shown(service, f"/board/targets/T01?{view}").with_class("map-table")
        rows = found[0].all("tr")[1:] if found else []
        cells = [(one.all("th")[0].text, *(cell.text for cell in one.all("td"))) for one in rows]
        return [(name, value, where) for name, value, _, where in cells]

    west = (WEST, "9 个工作日", f"{TAX} · {WEST}")
    assert of("") == [(EAST, "5.5 个工作日", EAST), west]
    assert of(MORNING) == [(EAST, "8 个工作日", f"{TAX} · {EAST}"), west]
    assert of(BEFORE) == []


def test_scorecards_are_of_the_view_that_is_asked_for(service: IndicatorsService) -> None:
    """As reported 5 of 5.5; as corrected 8: 5.5 / 8 = 0.6875 of the point."""
    for view, wanted in (("", "未达标：0.6875 / 1"), ("&as_of=reported", "达标：1 / 1")):
        whole = shown(service, f"/board/scorecards?period=2021Q1{view}")
        lines = [one.text for one in whole.with_class("scorecards")[0].all("li")]
        assert f"2021年一季度 T01：{wanted}" in lines
