"""/board/duties, /board/calendar and /board/changes: what is owed when, and what changed."""

import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from tests.service.indicators.office import page, rows, with_people
from tests.service.indicators.service import ALERTS, IndicatorsService
from tests.service.indicators.test_alerts_seen import step
from tests.support.clock import ManualClock
from tests.support.registers import (
    CITY,
    CUSTOMS,
    FINANCE,
    TAX,
    measure,
    milestone,
    register,
    target,
)
from tests.support.statements import at, figure, observations, reports
from tests.support.waiting import until

MEASURES = [
    measure(leads=(TAX, CUSTOMS), milestones=(milestone(),)),
    measure("1.2", leads=(FINANCE,)),
]
REGISTER = register(measures=MEASURES, targets=[target("T01", due=date(2021, 6, 30), leads=(TAX,))])


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(at("2021-04-06", 12))


@pytest.fixture
def service(tmp_path: Path, clock: ManualClock) -> Iterator[IndicatorsService]:
    with IndicatorsService(tmp_path, clock, register=REGISTER).start() as made:
        yield with_people(made)


def cells(service: IndicatorsService, path: str) -> dict[str, dict[str, str]]:
    """Return the matrix: what a cell says, by unit and by the head that a phone shows with it."""
    (found,) = page(service, path).with_class("matrix")
    return {
        row.one("th").text: {
            cell.attributes["data-label"]: cell.text
            for cell in row.all("td")
            if "empty" not in cell.classes
        }
        for row in found.one("tbody").all("tr")
    }


def test_duties_stand_by_unit_and_day_with_shape_and_words(service: IndicatorsService) -> None:
    service.post(reports("s1", "1.1", received=at("2021-03-20")))
    found = cells(service, "duties")
    assert list(found) == [TAX, CUSTOMS, FINANCE]
    first, stone = "2021-03-25 2021年一季度", "2021-03-31 节点"
    assert {first: "按时 1", stone: "逾期未报 1"}.items() <= found[TAX].items()
    assert found[FINANCE][first] == "逾期未报 1"
    assert stone not in found[FINANCE]
    shown = page(service, "duties")
    assert shown.all("a", href=f"/board/orgs/{TAX}")
    marks = [one for cell in shown.all("td") for one in cell.with_class("mark")]
    assert all(one.all("svg") for one in marks)
    assert len(marks) == 14  # of three units in four quarters, and two for the milestone


def test_duties_are_filtered(service: IndicatorsService) -> None:
    late = cells(service, "duties?status=overdue&period=2021Q1")
    assert {text for unit in late.values() for text in unit.values()} == {"逾期未报 1"}
    assert {*late[TAX]} == {"2021-03-25 2021年一季度", "2021-03-31 节点"}
    assert "暂无" in page(service, "duties?status=exempt").text
    assert cells(service, "duties?status=") == cells(service, "duties")


def events(service: IndicatorsService, query: str = "") -> list[tuple[str, str, str]]:
    (found,) = page(service, f"calendar?view=list{query}").with_class("dates")
    return [
        (row.one("th").text, *(cell.text for cell in row.all("td")))  # type: ignore[misc]
        for row in found.one("tbody").all("tr")
    ]


def test_the_calendar_holds_every_kind_of_day(service: IndicatorsService) -> None:
    service.append(ALERTS, step())
    until(lambda: any(one[1] == "预警回复" for one in events(service)), what="the card is seen")
    found = events(service)
    assert found == sorted(found, key=lambda one: one[0])
    assert ("2021-03-25", "报送期限", "2021年一季度进展情况报送（3家，3项）") in found
    assert ("2021-03-31", "时间节点", "1.1-a") in found
    assert ("2021-04-09", "预警回复", "黄〔2021〕1号 T01") in found
    assert ("2021-06-30", "指标时限", "T01 T01") in found
    # The State Council's days of 2021: the week of the National Day, and a Sunday worked for it.
    assert ("2021-10-07", "放假", "放假") in found
    assert ("2021-09-26", "上班", "上班") in found
    of_customs = events(service, f"&org={CUSTOMS}")
    assert ("2021-03-25", "报送期限", "2021年一季度进展情况报送（1家，1项）") in of_customs
    assert {"预警回复", "指标时限"}.isdisjoint(kind for _, kind, _ in of_customs)


def test_a_month_stands_in_weeks_within_the_window(service: IndicatorsService) -> None:
    shown = page(service, "calendar")
    assert shown.one("h2").text == "2021年4月"
    (month,) = shown.with_class("month")
    days = [one.attributes["datetime"] for one in month.all("time")]
    assert (days[0], days[-1], len(days)) == ("2021-04-01", "2021-04-30", 30)
    assert [len(row.all("td")) for row in month.one("tbody").all("tr")] == [7] * 5
    (fifth,) = [cell for cell in month.all("td") if "今天" in cell.text]
    assert fifth.all("time")[0].text == "6"
    first = page(service, "calendar?month=202101")
    assert (first.all("a", rel="prev"), len(first.all("a", rel="next"))) == ([], 1)
    odd = service.calls("tax").get("/board/calendar?month=2021Q9")
    assert (odd.status_code, odd.headers["location"]) == (303, "/board/calendar")


def unfolded(text: str) -> list[dict[str, str]]:
    """Return the events of a calendar file by their properties, as RFC 5545 has them."""
    assert text.endswith("END:VCALENDAR\r\n")
    assert "\n" not in text.replace("\r\n", "")
    assert max(len(line.encode()) for line in text.split("\r\n")) <= 75
    whole = re.sub("\r\n[ \t]", "", text)
    return [
        dict(line.split(":", 1) for line in part.split("\r\n") if ":" in line)
        for part in whole.split("BEGIN:VEVENT\r\n")[1:]
    ]


def test_the_calendar_file_is_one_that_calendars_read(service: IndicatorsService) -> None:
    answer = service.calls("tax").get("/board/calendar.ics")
    assert answer.headers["content-type"] == "text/calendar; charset=utf-8"
    found = unfolded(answer.text)
    by_day = {(one["DTSTART;VALUE=DATE"], one["SUMMARY"]): one for one in found}
    report = by_day["20210325", r"2021年一季度进展情况报送（3家，3项）"]
    assert report["DTEND;VALUE=DATE"] == "20210326"
    assert report["URL"] == "http://test/board/duties?period=2021Q1"
    assert re.fullmatch(r"\d{8}T\d{6}Z", report["DTSTAMP"])
    again = unfolded(service.calls("office").get("/board/calendar.ics").text)
    uids = [one["UID"] for one in found]
    assert uids == [one["UID"] for one in again]
    assert len({*uids}) == len(uids)
    english = unfolded(service.calls("tax").get("/board/calendar.ics?lang=en&org=customs").text)
    assert {one["UID"] for one in english} < {*uids}
    assert r"Progress reports of 2021 Q1 (1 units\, 1 reports)" in [
        one["SUMMARY"] for one in english
    ]


def test_what_changed_between_two_days(service: IndicatorsService, clock: ManualClock) -> None:
    service.post(observations("s1", (CITY, "2021Q1", figure(7, 10)), received=clock.now()))
    clock.set(at("2021-04-07", 12))
    service.post(observations("s2", (CITY, "2021Q1", figure(5, 10)), received=clock.now()))
    times = {"openedAt": "2021-04-07T04:00:00Z", "recoveredAt": "2021-04-07T05:00:00Z"}
    steps = step(marks=times), step("a2", state="closed"), step("a3")
    told = [one.replace(b'"at": "2021-04-01', b'"at": "2021-04-07') for one in steps]
    service.append(ALERTS, *told)
    path = "changes?from=2021-04-06&to=2021-04-07"
    until(lambda: len(page(service, path).with_class("alerts")) == 3, what="the cards are seen")
    shown = page(service, path)
    assert rows(shown, "turned") == {"T01 T01": "2021年一季度 滞后 正常推进"}
    numbers = {part.one("h2").text: part.text for part in shown.all("section") if part.all("h2")}
    assert "新发出的预警 1" in numbers
    assert "数据恢复的预警 1" in numbers
    assert "已销号、解除、撤销的预警 1" in numbers
    assert "新逾期的报送和节点 0" in numbers
    before = page(service, "changes?from=2021-03-25&to=2021-03-26")
    assert rows(before, "late").keys() == {TAX, CUSTOMS, FINANCE}
    assert before.with_class("turned") == []
    assert page(service, f"{path}&org={FINANCE}").with_class("alerts") == []


def test_an_address_of_changes_names_its_days(service: IndicatorsService) -> None:
    answer = service.calls("tax").get("/board/changes?org=customs")
    assert answer.status_code == 303
    assert answer.headers["location"] == "/board/changes?org=customs&from=2021-04-05&to=2021-04-06"
    links = [
        one.attributes["href"]
        for one in page(service, "changes?from=2021-04-05&to=2021-04-06").all("a")
    ]
    assert "/board/changes?from=2021-03-30&to=2021-04-06" in links
    for odd in ("from=x&to=y", "from=2021-04-05"):
        assert service.calls("tax").get(f"/board/changes?{odd}").status_code == 303


@pytest.mark.parametrize(
    "name", ["calendar", "calendar.ics", "duties", "changes", "reviews", "waivers", "data-quality"]
)
def test_who_has_not_signed_in_is_led_to_do_so(service: IndicatorsService, name: str) -> None:
    answer = service.calls(None).get(f"/board/{name}")
    assert answer.headers["location"] == f"/board/sign-in?next=/board/{name}"


@pytest.mark.parametrize(
    "asked",
    [
        "changes?from=9999-12-31&to=9999-12-31",
        "changes?from=0001-01-01&to=0001-01-01",
        "calendar?month=000101",
        "calendar?month=999912",
        "reviews?period=0001Q1",
        "reviews?period=9999Q4",
        "data-quality?period=9999",
        "duties?period=0001",
    ],
)
def test_the_ends_of_time_are_no_error(service: IndicatorsService, asked: str) -> None:
    assert service.calls("office").get(f"/board/{asked}").status_code in {200, 303}
