from dataclasses import replace
from datetime import date
from decimal import Decimal

from duibiao.register import Org
from services.indicators.domain.rows import Verdict
from tests.service.board.boards import HeldBoard, alert, duty, series, verdict, verdict_row
from tests.service.board.html import Element
from tests.service.board.pages import page, serve
from tests.support.asgi import Calls
from tests.support.registers import indicator, measure, org, register, target, the_register

REBATE = target(threshold="5.5")
OTHER = target("T02", "other", leads=("customs",))
CITY = series(verdict_row(REBATE, "2021Q2", 6, "missed"), verdict_row(REBATE, "2021Q3", 5))
OWN = verdict(
    verdict_row(REBATE, "2021Q3", Decimal("5.2"), "sustained", org="tax-bureau", reporters=1)
)


def held(**parts: object) -> HeldBoard:
    board = HeldBoard(
        register(
            indicators=[indicator(reported_by=("tax-bureau",)), indicator("other", reported_by=())],
            targets=[REBATE, OTHER],
            orgs=[org(), org("customs"), org("finance-bureau"), org("all", kind="group")],
        ),
        verdicts=(*CITY, OWN),
        duties=(
            duty(received_on=date(2021, 3, 24)),
            duty(period="2021Q2", due=date(2021, 6, 25), status="overdue"),
            duty(
                period="2021Q3",
                due=date(2021, 9, 25),
                effective_due=date(2021, 9, 26),
                status="not_due",
            ),
            duty(org="customs", status="late"),
        ),
        alerts=(
            alert(target="T01"),
            alert("黄-2021-0002", target="T02", leads=("customs",)),
            alert("黄-2021-0003", measure="1.1", org="tax-bureau", leads=()),
        ),
    )
    return replace(board, **parts)  # type: ignore[arg-type]


def unit(code: str = "tax-bureau", **parts: object) -> Element:
    return page(serve(held(**parts)), f"/board/orgs/{code}")


def test_the_list_names_all_leading_units_of_the_notice(asked: Calls) -> None:
    rows = page(asked, "/board/orgs").with_class("units")[0].all("tr")[1:]

    links = [row.all("a")[0].attributes["href"] for row in rows]
    assert len(links) == 33
    assert links == [f"/board/orgs/{code}" for code in the_register().lead_orgs]


def test_a_unit_in_the_list_has_its_targets_reports_and_alerts() -> None:
    table = page(serve(held()), "/board/orgs").with_class("units")[0]
    row = next(r for r in table.all("tr") if r.all("a", href="/board/orgs/tax-bureau"))

    assert [cell.text for cell in row.all("td")] == [
        "1",
        "达标 1",
        "按时 1 逾期未报 1 未到期 1",
        "黄牌 2",
    ]


def test_units_that_lead_nothing_stand_apart_by_kind() -> None:
    others = page(serve(held()), "/board/orgs").with_class("others")[0]
    assert [h.text for h in others.all("h3")] == ["市级部门", "统称"]
    assert [a.text for a in others.all("a")] == ["finance-bureau", "all"]


def test_leading_or_not_a_unit_of_the_register_has_a_page(asked: Calls) -> None:
    for code in [*the_register().orgs][::3]:
        assert len(page(asked, f"/board/orgs/{code}").all("h1")) == 1


def test_a_unit_shows_the_targets_it_leads_with_its_own_figure() -> None:
    table = unit().with_class("targets")[0]

    assert [row.all("a")[0].text for row in table.all("tr")[1:]] == ["T01"]
    assert table.with_class("own")[0].text == "本单位：5.2 个工作日 持续达标"
    assert table.all("td")[0].text == "5 个工作日 2021年三季度"


def test_a_unit_without_its_own_figure_says_so() -> None:
    assert unit(verdicts=CITY).with_class("own")[0].text == "本单位：本期没有数据"
    assert unit("customs").with_class("own")[0].text == "本单位：本期没有数据"


def test_the_own_figure_is_that_of_the_period_shown() -> None:
    earlier = verdict(verdict_row(REBATE, "2021Q2", 9, "missed", org="tax-bureau"))
    assert unit(verdicts=(*CITY, earlier)).with_class("own")[0].text == "本单位：本期没有数据"


def test_duties_stand_by_measure_and_quarter_with_day_or_due_date() -> None:
    row = unit().with_class("duties")[0].all("tr")[1]

    assert [cell.text for cell in row.all("td")] == [
        "按时 2021-03-24 报送",
        "逾期未报 2021-06-25 前",
        "未到期 2021-09-26 前 （通知 2021-09-25）",
    ]
    assert row.all("a")[0].attributes["href"] == "/board/measures/1.1"


def test_only_its_own_duties_and_alerts_are_shown() -> None:
    shown = unit("customs")

    assert shown.with_class("duties")[0].all("td")[0].text.startswith("迟报")
    assert "黄〔2021〕2号" in shown.text
    assert "黄〔2021〕1号" not in shown.text
    assert "黄〔2021〕3号" in unit().text


def test_a_unit_with_nothing_says_so_three_times() -> None:
    shown = unit("finance-bureau").text
    for words in (
        "目前没有未结的预警。",
        "该单位不牵头、不报送任何量化指标。",
        "该单位没有报送任务。",
    ):
        assert words in shown


def district(*rows: Verdict, **parts: object) -> Element:
    """Return the page of a district that reports and leads nothing."""
    own = register(
        indicators=[indicator(reported_by=("tax-bureau", "east"))],
        targets=[REBATE],
        orgs=[org(), org("customs"), Org("east", "east", "城东区政府", "district", "610103")],
    )
    board = held(register=own, verdicts=(*CITY, OWN, *rows), duties=(), **parts)
    return page(serve(board), "/board/orgs/east")


def test_a_district_shows_the_present_rows_of_its_region_whoever_reported() -> None:
    here = "610103"
    shown = district(
        verdict(
            verdict_row(REBATE, "2021Q3", 5, "met", org="tax-bureau", region=here), present=True
        ),
        verdict(verdict_row(REBATE, "2021Q3", 6, "missed", region=here), present=True),
        verdict(verdict_row(REBATE, "2021Q2", 9, "missed", region=here)),
        verdict(verdict_row(REBATE, "2021Q3", 7, "missed", region="610122"), present=True),
    )
    rows = shown.with_class("here")[0].all("tr")[1:]
    assert [[cell.text for cell in row.all("td")] for row in rows] == [
        ["各单位合计", "6 个工作日", "≤ 5.5 个工作日", "2021年三季度", "未达标"],
        ["tax-bureau", "5 个工作日", "≤ 5.5 个工作日", "2021年三季度", "达标"],
    ]
    proof = rows[0].all("a")[0].attributes["href"]
    assert proof == "/board/targets/T01?verdict=T01-city-610103-2021Q3#proof"


def test_a_district_that_reports_sees_the_target_and_alerts_on_its_region() -> None:
    shown = district(
        alerts=(
            alert("黄-2021-0005", region="610103", leads=("tax-bureau",)),
            alert("黄-2021-0006", region="610122", leads=("tax-bureau",)),
        )
    )
    assert [row.all("a")[0].text for row in shown.with_class("targets")[0].all("tr")[1:]] == ["T01"]
    assert "610103目前没有数据。" in shown.text
    assert "黄〔2021〕5号" in shown.text
    assert "黄〔2021〕6号" not in shown.text
    assert "本区域情况" not in unit().text


def test_periods_of_two_years_are_named_with_their_year() -> None:
    table = unit(
        duties=(duty(), duty(period="2022Q1", due=date(2022, 3, 25), status="not_due"))
    ).with_class("duties")[0]
    assert [cell.text for cell in table.all("th", scope="col")[1:]] == [
        "2021年一季度",
        "2022年一季度",
    ]
    one_year = unit().with_class("duties")[0].all("th", scope="col")[1:]
    assert [cell.text for cell in one_year] == ["一季度", "二季度", "三季度"]


def test_a_unit_sees_the_measures_that_it_supports_under_a_collective_name_too() -> None:
    east = Org("east", "East", "城东区政府", "district", "610103")
    own = register(
        targets=[REBATE],
        orgs=[org(), org("customs"), east, replace(org("all", kind="group"), members=("east",))],
        measures=[
            measure("1.1", supports=("all",)),
            measure("1.2", leads=("customs",), supports=("east",)),
            measure("1.3", supports=("customs",)),
        ],
    )
    board = held(register=own, duties=())
    rows = page(serve(board), "/board/orgs/east").with_class("supported")[0].all("tr")[1:]
    assert [[row.all("th")[0].text, row.all("td")[0].text] for row in rows] == [
        ["1.1 1.1", "tax-bureau、customs"],
        ["1.2 1.2", "customs"],
    ]
    assert rows[0].all("a")[0].attributes["href"] == "/board/measures/1.1"
    english = page(serve(board), "/board/orgs/all?lang=en")
    assert "Measures it supports 1" in english.by_id("supported").text
    assert page(serve(board), "/board/orgs/tax-bureau").all("", id="supported") == []


def test_every_district_supports_what_all_districts_do(asked: Calls) -> None:
    """The notice names 各区县政府 in most measures, and nearly never a district by its name."""
    for code in ("lianhu-district", "zhouzhi-county", "hi-tech-zone"):
        rows = page(asked, f"/board/orgs/{code}").with_class("supported")[0].all("tr")[1:]
        assert len(rows) > 40, code
