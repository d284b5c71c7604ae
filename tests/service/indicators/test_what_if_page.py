"""The form on a target's page says what the API says of another threshold, or another day."""

from collections.abc import Iterator, Sequence
from decimal import Decimal

import pytest

from services.indicators.usecases.preview import Preview
from tests.service.board.boards import HeldBoard
from tests.service.board.html import Element
from tests.service.board.pages import app, page
from tests.service.indicators.service import IndicatorsService
from tests.support.asgi import OFFICE, Calls
from tests.support.registers import CITY, CUSTOMS, TAX, indicator, register, target
from tests.support.statements import figure, later, observations

REGISTER = register(
    indicators=[indicator(), indicator("share", statistic="share", unit="percent")],
    targets=[
        target("T01", threshold=5),
        target("T02", "share", op=">=", threshold=90, unit="percent", statistic="share"),
        target("T03", threshold=None),
    ],
)
PATH = "/board/targets/T01"


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[IndicatorsService]:
    """Two units report 4 and 6 for the first quarter, 6 and 8 for the second; 2021 is over."""
    with IndicatorsService(tmp_path_factory.mktemp("what-if"), register=REGISTER).start() as made:
        for n, (org, *values) in enumerate(((TAX, "4", "6"), (CUSTOMS, "6", "8"))):
            rows = [
                (CITY, f"2021Q{quarter}", figure(value, 10))
                for quarter, value in enumerate(values, 1)
            ]
            made.post(observations(f"s{n}", *rows, org=org, received=later(n)))
        yield made


def part(service: IndicatorsService, query: str = "", path: str = PATH) -> Element:
    section = page(service.calls(None), f"{path}?{query}").by_id("what-if").parent
    assert section is not None
    return section


def rows(found: Element) -> list[list[str]]:
    return [
        [one.all("th")[0].text, *(cell.text for cell in one.all("td"))]
        for one in found.with_class("what-if")[0].all("tr")[1:]
    ]


def test_a_looser_threshold_turns_what_it_turns(service: IndicatorsService) -> None:
    """The city has 5 and 7: 5 attains both, 7 attains 7 alone. Of the units' 4, 6, 6 and 8 two
    turn by 7."""
    found = part(service, "threshold=7")
    assert rows(found) == [
        ["2021年四季度", "无数据", "无数据", "不变"],
        ["2021年三季度", "无数据", "无数据", "不变"],
        ["2021年二季度", "未达标", "达标", "改变"],
        ["2021年一季度", "达标", "达标", "不变"],
    ]
    assert "各单位、各区域共 4 行，其中 2 行结论改变。" in found.text
    english = part(service, "threshold=4.5&lang=en")
    assert rows(english)[2:] == [
        ["2021 Q2", "Missed", "Missed", "none"],
        ["2021 Q1", "Met", "Missed", "changes"],
    ]
    assert "0 of 4 rows of units and regions would change." in english.text


def test_another_day_changes_the_phase(service: IndicatorsService) -> None:
    """Judged by the end of September, the second quarter lies before: 7 over 5 is behind."""
    assert rows(part(service, "due=2021-09-30"))[2] == ["2021年二季度", "未达标", "滞后", "改变"]


@pytest.mark.parametrize("query", ["threshold=7", "threshold=4.5", "due=2021-06-30"])
def test_it_says_what_the_api_says(service: IndicatorsService, query: str) -> None:
    name, _, value = query.partition("=")
    body = {"target": "T01", name: float(value) if name == "threshold" else value}
    answer = service.calls("tax").request("POST", "/v1/what-if", json=body).json()
    city = [one for one in answer["items"] if one["org"] is None and one["region"] == CITY]
    turned = {one["period"] for one in city if one["before"]["status"] != one["after"]["status"]}
    shown = rows(part(service, query))
    assert {
        f"2021Q{'一二三四'.index(row[0][5]) + 1}" for row in shown if row[3] == "改变"
    } == turned
    others = answer["flips"] - len(turned)
    assert f"其中 {others} 行结论改变" in part(service, query).text


def test_nothing_is_asked_until_something_is_typed(service: IndicatorsService) -> None:
    found = part(service)
    assert found.with_class("what-if") == []
    form = found.one("form")
    assert (form.attributes["method"], form.attributes["action"]) == ("get", f"{PATH}#what-if")
    assert {one.attributes["name"] for one in form.all("input")} == {"threshold", "due"}
    assert part(service, "threshold=&due=").with_class("what-if") == []


def test_each_step_of_the_scale_is_an_address(service: IndicatorsService) -> None:
    links = part(service, "threshold=4.5&due=2021-09-30").with_class("scale")[0].all("a")
    assert [one.text for one in links] == ["2.5", "4", "4.5", "5", "5.5", "6", "7.5"]
    assert [one.text for one in links if "aria-current" in one.attributes] == ["4.5"]
    assert links[1].attributes["href"] == "?threshold=4&due=2021-09-30#what-if"
    shares = part(service, path="/board/targets/T02").with_class("scale")[0].all("a")
    assert [one.text for one in shares] == ["45", "72", "81", "90", "99"]  # none over 100 %
    assert part(service, path="/board/targets/T03").with_class("scale") == []


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("threshold=x", "not-a-number"),
        ("threshold=-1", "not-a-number"),
        ("threshold=1e9", "not-a-number"),
        ("threshold=٣", "not-a-number"),
        ("due=soon", "bad-time"),
        ("due=2021-02-30", "bad-time"),
    ],
)
def test_what_is_no_number_or_day_is_told(
    service: IndicatorsService, query: str, code: str
) -> None:
    answer = service.calls(None).get(f"{PATH}?{query}")
    fault = answer.json()["errors"][0]
    assert (answer.status_code, fault["code"]) == (422, code)
    assert fault["pointer"] == f"/query/{query.partition('=')[0]}"


def test_a_stranger_is_not_answered_and_a_past_view_has_no_form() -> None:
    asked: list[object] = []

    def ask(*what: object) -> Sequence[Preview]:
        asked.append(what)
        return ()

    calls, path = Calls(app(HeldBoard(REGISTER), "open", ask, office=OFFICE)), f"{PATH}?threshold=7"
    signed_in = {"Cookie": "duibiao-session=office"}
    assert page(calls, path).all("", id="what-if") == []
    past = calls.get(f"{path}&as_of=reported", headers=signed_in)
    assert 'id="what-if"' not in past.text
    assert asked == []
    assert 'id="what-if"' in calls.get(path, headers=signed_in).text
    assert asked == [("T01", Decimal(7), None)]
