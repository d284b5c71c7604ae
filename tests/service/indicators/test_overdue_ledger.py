"""`/v1/records/overdue-cases`: who is in it on a day, exact rows, CSV and workbook, paging."""

import csv
import io
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path

import openpyxl
import pytest

from duibiao.register import ClockRules
from duibiao.workdays import SHANGHAI
from services.indicators.domain.submission import CaseContent
from tests.service.indicators.service import IndicatorsService, Row
from tests.support.clock import ManualClock
from tests.support.registers import CITY, CUSTOMS, TAX, indicator, register, target
from tests.support.statements import at, case, cases, later

pytestmark = pytest.mark.usefixtures("each_database")

EACH = indicator(statistic="each")
OWN = indicator("own", statistic="each", clock=ClockRules(limit="deadline"))
MEAN = indicator("mean")
REGISTER = register(
    indicators=[EACH, OWN, MEAN],
    targets=[
        target("T01", EACH, threshold=5),
        target("T02", OWN, threshold=0, leads=(TAX,)),
        target("T03", MEAN, threshold=5),
    ],
)
# Monday 2021-03-15; the week before, 8 to 12 March, is five working days, and so is 1 to 5 March.
TODAY = "2021-03-15"


def promised(accepted: str, deadline: str) -> CaseContent:
    moment = datetime.fromisoformat(deadline).replace(tzinfo=SHANGHAI)
    return case(accepted, deadline=moment)


@pytest.fixture(scope="module")
def service(shared_folder: Path) -> Iterator[IndicatorsService]:
    clock = ManualClock(at(TODAY, 12))
    with IndicatorsService(shared_folder, clock, register=REGISTER).start() as made:
        made.post(
            cases(
                "s1",
                ("late", case("2021-03-04")),  # 5, 8 to 12, 15: 7 days
                ("=long", case("2021-03-01", pauses=(("2021-03-03", None),))),  # 2 of 10
                ("extended", case("2021-03-04", extension=1)),  # 7 of 6
                ("last-day", case("2021-03-08")),  # 5 of 5: due today
                ("soon", case("2021-03-10")),  # 3 of 5: due on Wednesday 17
                ("later", case("2021-03-12", region="610103")),  # 1 of 5: due on Friday 19
                ("done", case("2021-03-01", "2021-03-12")),  # 9 days, but completed
                ("gone", case("2021-03-01", outcome="withdrawn")),
            )
        )
        made.post(cases("s2", ("late", case("2021-03-01")), org=CUSTOMS, received=later()))
        made.post(
            cases(
                "s3",
                ("a", promised("2021-03-01", "2021-03-10T10:00")),  # 11, 12, 15: 3 past it
                ("b", promised("2021-03-01", "2021-03-15")),  # all of today is in time
                ("c", promised("2021-03-01", "2021-03-15T18:00")),  # past it at the day's end
                ("d", promised("2021-03-01", "2021-03-31")),
                indicator="own",
                received=later(2),
            )
        )
        made.post(cases("s4", ("m", case("2021-03-01")), indicator="mean", received=later(3)))
        yield made.quiet()


def ledger(service: IndicatorsService, key: str = "office", **given: str) -> list[Row]:
    answer = service.calls(key).get("/v1/records/overdue-cases", params=given)
    assert answer.status_code == 200, answer.text
    rows: list[Row] = answer.json()["items"]
    return rows


def told(rows: list[Row]) -> list[tuple[object, ...]]:
    return [(row["case_no"], row["due"], row["net_days"], row["overdue_days"]) for row in rows]


def test_what_is_past_its_limit_by_indicator_the_oldest_first(service: IndicatorsService) -> None:
    assert told(ledger(service, state="overdue")) == [
        ("late", "2021-03-08", 10, 5),
        ("extended", "2021-03-12", 7, 1),
        ("late", "2021-03-11", 7, 2),
        ("a", "2021-03-10", 10, 3),
        ("c", "2021-03-15", 10, 1),
    ]


@pytest.mark.parametrize(
    ("within", "expected"),
    [
        ("0", ["last-day", "b"]),
        ("1", ["last-day", "b"]),
        ("2", ["last-day", "soon", "b"]),
        ("3", ["=long", "last-day", "soon", "b"]),
        ("4", ["=long", "last-day", "soon", "later", "b"]),
        ("12", ["=long", "last-day", "soon", "later", "b", "d"]),
    ],
)
def test_what_will_soon_be_past_it(
    service: IndicatorsService, within: str, expected: list[str]
) -> None:
    found = ledger(service, state="due_soon", within=within)
    assert [row["case_no"] for row in found] == expected


def test_without_days_the_registers_hold(service: IndicatorsService) -> None:
    assert REGISTER.alert_rules.due_soon_within == 3
    assert ledger(service) == ledger(service, within="3")


def test_a_row_says_why_and_who_answers(service: IndicatorsService) -> None:
    (row,) = [one for one in ledger(service, within="12") if one["case_no"] == "=long"]
    # 1 to 15 March: 10 working days, 8 of them after the 3rd; 3 more end on Thursday 18.
    assert row == {
        "case_no": "=long",
        "indicator": "days",
        "org": TAX,
        "region": CITY,
        "state": "due_soon",
        "accepted_at": "2021-03-01T02:00:00Z",
        "deadline": None,
        "due": "2021-03-18",
        "gross_days": 10,
        "paused_days": 8,
        "extended_days": 0,
        "net_days": 2,
        "limit": 5,
        "overdue_days": 0,
        "deadline_differs_days": None,
        "pending_approvals": 0,
        "provisional": False,
        "paused_since": "2021-03-03T02:00:00Z",
        "pause_ground": "hearing",
        "pause_document": "听证〔2021〕1号",
        "leads": [TAX, CUSTOMS],
    }


@pytest.mark.parametrize(
    ("as_of", "expected"),
    [
        ("2021-03-08", [("late", 5), ("done", 5)]),
        ("2021-03-09", [("late", 6), ("done", 6)]),
        ("2021-03-11", [("late", 8), ("done", 8), ("late", 5)]),
        ("2021-03-12", [("late", 9), ("extended", 6), ("late", 6)]),  # completed that day
        ("2021-02-28", []),
    ],
)
def test_as_it_stood_on_another_day(
    service: IndicatorsService, as_of: str, expected: list[tuple[str, int]]
) -> None:
    found = ledger(service, as_of=as_of, within="0", indicator="days")
    assert sorted((row["case_no"], row["net_days"]) for row in found) == sorted(expected)


def test_filters_and_who_may_read(service: IndicatorsService) -> None:
    assert {row["org"] for row in ledger(service, org=CUSTOMS)} == {CUSTOMS}
    assert {row["case_no"] for row in ledger(service, within="9", region="610103")} == {"later"}
    assert {row["org"] for row in ledger(service, "tax")} == {TAX}
    assert {row["indicator"] for row in ledger(service, indicator="own")} == {"own"}
    denied = service.calls("tax").get("/v1/records/overdue-cases", params={"org": CUSTOMS})
    assert denied.status_code == 403
    assert service.calls(None).get("/v1/records/overdue-cases").status_code == 401


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"as_of": "2021-03-16"}, "in-the-future"),
        ({"as_of": "soon"}, "bad-time"),
        ({"within": "251"}, "out-of-range"),
        ({"state": "late"}, "not-one-of"),
        ({"indicator": "weather"}, "unknown-indicator"),
        ({"cursor": "WzFd"}, "bad-cursor"),
        ({"colour": "red"}, "unknown-field"),
    ],
)
def test_a_wrong_question(service: IndicatorsService, given: dict[str, str], code: str) -> None:
    answer = service.calls("office").get("/v1/records/overdue-cases", params=given)
    assert answer.status_code == 422
    assert [error["code"] for error in answer.json()["errors"]] == [code]


def test_page_by_page_it_is_the_same(service: IndicatorsService) -> None:
    found, cursor = [], None
    while True:
        given = {"limit": "2", "within": "9"} | ({"cursor": cursor} if cursor else {})
        answer = service.calls("office").get("/v1/records/overdue-cases", params=given).json()
        assert len(answer["items"]) <= 2
        found += answer["items"]
        if (cursor := answer["next_cursor"]) is None:
            break
    assert found == ledger(service, within="9")


def test_as_csv_no_text_is_a_formula(service: IndicatorsService) -> None:
    answer = service.calls("office").get("/v1/records/overdue-cases.csv", params={"within": "12"})
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.content.startswith(b"\xef\xbb\xbf")
    heading, *lines = csv.reader(io.StringIO(answer.content.decode("utf-8-sig")))
    assert heading[:4] == ["case_no", "indicator", "org", "region"]
    assert [line[0].lstrip("'") for line in lines] == [
        row["case_no"] for row in ledger(service, within="12")
    ]
    (long,) = [line for line in lines if line[0] == "'=long"]
    assert long[4:8] == ["due_soon", "2021-03-01 10:00:00", "", "2021-03-18"]
    assert long[-4:] == [
        *("2021-03-03 10:00:00", "hearing", "听证〔2021〕1号", "tax-bureau, customs")
    ]


def test_as_a_workbook_texts_are_texts(service: IndicatorsService) -> None:
    answer = service.calls("office").get("/v1/records/overdue-cases.xlsx", params={"within": "12"})
    sheet = openpyxl.load_workbook(io.BytesIO(answer.content)).active
    assert sheet is not None
    rows = list(sheet.iter_rows())
    (long,) = [row for row in rows if row[0].value == "=long"]
    assert long[0].data_type == "s"
    assert [cell.value for cell in long[8:12]] == [10, 8, 0, 2]
    assert len(rows) == 1 + len(ledger(service, within="12"))


@pytest.mark.parametrize("number", [3_000, pytest.param(100_000, marks=pytest.mark.soak)])
def test_many_open_cases_are_read_page_by_page(tmp_path: Path, number: int) -> None:
    one_day = replace(EACH, period_type="month")
    notice = register(indicators=[one_day], targets=[target("T01", one_day, threshold=5)])
    first = date(2021, 3, 1)
    days = [(first + timedelta(days=n % 14)).isoformat() for n in range(number)]
    with IndicatorsService(tmp_path, ManualClock(at(TODAY, 12)), register=notice).start() as made:
        for start in range(0, number, 10_000):
            rows = [(f"{n:06}", case(day)) for n, day in enumerate(days[start:][:10_000], start)]
            made.post(cases(f"s{start}", *rows))
        late = [n for n, day in enumerate(days) if day <= "2021-03-07"]  # 8 to 15 March: 6 days
        found, cursor = [], None
        while True:
            given = {"limit": "1000", "state": "overdue"} | ({"cursor": cursor} if cursor else {})
            answer = made.calls("office").get("/v1/records/overdue-cases", params=given).json()
            found += answer["items"]
            if (cursor := answer["next_cursor"]) is None:
                break
    assert sorted(row["case_no"] for row in found) == [f"{n:06}" for n in late]
