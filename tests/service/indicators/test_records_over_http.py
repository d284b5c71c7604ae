"""`/v1/records/*`: exact columns, who reads what, what a figure is made of, earlier versions."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from services.indicators.domain.submission import ReportContent, ReportState, Submission
from tests.service.indicators.service import IndicatorsService, Row
from tests.support.registers import CITY, CUSTOMS, TAX, indicator, register, target
from tests.support.statements import (
    case,
    cases,
    figure,
    later,
    observations,
    report_statement,
    submitted,
)

pytestmark = pytest.mark.usefixtures("each_database")

EACH, ITEMS = indicator(statistic="each"), indicator("items", unit="item", statistic="latest")
REGISTER = register(
    indicators=[EACH, ITEMS], targets=[target("T01", EACH, threshold=20), target("T02", ITEMS)]
)
OBSERVATION = [
    *("indicator", "org", "region", "period", "value", "numerator", "denominator"),
    *("sample_size", "status", "comment", "stated_at", "received_at", "submission_id"),
]
CASE = [
    *("case_no", "indicator", "org", "region", "accepted_at", "completed_at", "outcome"),
    *("resolved", "deadline", "gross_days", "paused_days", "extended_days", "net_days", "limit"),
    *(
        "overdue_days",
        "due",
        "deadline_differs_days",
        "pending_approvals",
        "provisional",
        "stated_at",
        "received_at",
        "submission_id",
    ),
    *("pauses", "extension", "labels"),
]
VERSION = [
    *("state", "done_on", "summary", "zero_report", "received_on"),
    *("stated_at", "received_at", "submission_id"),
]
REPORT = ["measure", "org", "period", "milestone", *VERSION, "earlier_versions"]
LISTS = ("observations", "cases", "progress-reports")


def report(
    name: str,
    summary: str,
    state: ReportState = "in_progress",
    *,
    org: str = TAX,
    stated: int = 0,
    done_on: date | None = None,
) -> Submission:
    content = ReportContent(state, done_on, summary)
    return submitted(
        name, org, later(stated), report_statement(content=content, stated=later(stated))
    )


POSTED = (
    # 35 working days; 18 - 4 by the end of March and open since; 30 with 10 more allowed; 1.
    cases(
        "s1",
        ("A", case("2021-01-20", "2021-03-15")),
        ("B", case("2021-03-05", pauses=(("2021-03-08", "2021-03-12"),))),
        ("C", case("2021-01-20", "2021-03-08", extension=10, labels=(("类别", "甲"),))),
        ("D", case("2021-02-05", "2021-02-07")),
        ("E", case("2021-02-05", outcome="withdrawn")),
    ),
    cases("s2", ("A", case("2021-01-20")), org=CUSTOMS, received=later()),
    observations("s3", ("610103", "2021Q1", figure("12.50")), indicator="items"),
    observations(
        "s4",
        (CITY, "2021Q1", figure(not_applicable=True, comment="无此项业务")),
        org=CUSTOMS,
        indicator="items",
        received=later(),
    ),
    report("r1", "已部署"),
    report("r2", "已部署", stated=1),
    report("r3", "过半", stated=3),
    report("r4", "完成", "done", stated=4, done_on=date(2021, 3, 31)),
    report("r5", "晚到的旧话", stated=2),
    report("r6", "海关已部署", org=CUSTOMS, stated=5),
)


@pytest.fixture(scope="module")
def service(shared_folder: Path) -> Iterator[IndicatorsService]:
    with IndicatorsService(shared_folder, register=REGISTER).start() as made:
        for submission in POSTED:
            made.post(submission)
        yield made


def listed(service: IndicatorsService, name: str, key: str = "office", **given: str) -> list[Row]:
    answer = service.calls(key).get(f"/v1/records/{name}", params=given)
    assert answer.status_code == 200, answer.text
    rows: list[Row] = answer.json()["items"]
    return rows


@pytest.mark.parametrize(
    ("name", "columns"), [*zip(LISTS, (OBSERVATION, CASE, REPORT), strict=True)]
)
def test_every_field_is_always_there(
    service: IndicatorsService, name: str, columns: list[str]
) -> None:
    rows = listed(service, name)
    assert rows
    assert all(list(row) == columns for row in rows)
    document = service.calls().get("/openapi.json").json()
    told = document["paths"][f"/v1/records/{name}"]["get"]["responses"]["200"]
    schemas = document["components"]["schemas"]
    schema = schemas[told["content"]["application/json"]["schema"]["$ref"].rpartition("/")[2]]
    row = schemas[schema["properties"]["items"]["items"]["$ref"].rpartition("/")[2]]
    assert sorted(row["required"]) == sorted(row["properties"]) == sorted(columns)


def test_a_case_is_told_with_its_days_and_what_bent_its_clock(service: IndicatorsService) -> None:
    by_no = {row["case_no"]: row for row in listed(service, "cases", "tax")}
    days = ("gross_days", "paused_days", "extended_days", "net_days", "limit", "overdue_days")
    assert {no: tuple(row[name] for name in days) for no, row in by_no.items()} == {
        "A": (35, 0, 0, 35, 20, 15),
        # Of the 250 working days of 2021 20 + 17 + 5 lie up to 5 March; 4 January is one more.
        "B": (209, 4, 0, 205, 20, 185),
        "C": (30, 0, 10, 30, 30, 0),
        "D": (1, 0, 0, 1, 20, 0),
        "E": (None,) * 6,
    }
    assert by_no["B"]["pauses"] == [
        {
            "from": "2021-03-08T02:00:00Z",
            "to": "2021-03-12T02:00:00Z",
            "ground": "hearing",
            "document": "听证〔2021〕1号",
        }
    ]
    extension = {"days": 10, "document": "延期〔2021〕1号", "approved_by": "局长"}
    assert by_no["C"]["extension"] == extension
    assert [row["pending_approvals"] for row in by_no.values()].count(0) == 4
    assert by_no["C"]["labels"] == {"类别": "甲"}
    assert (by_no["B"]["completed_at"], by_no["B"]["extension"]) == (None, None)


def test_a_reported_figure_is_told_as_it_was_written(service: IndicatorsService) -> None:
    newest, oldest = listed(service, "observations")
    assert (newest["org"], newest["status"], newest["value"], newest["comment"]) == (
        CUSTOMS,
        "not_applicable",
        None,
        "无此项业务",
    )
    assert (oldest["value"], oldest["region"], oldest["comment"]) == (12.5, "610103", None)
    assert oldest["received_at"] == "2021-04-01T04:00:00Z"


def test_a_report_is_told_with_what_was_stated_before_it(service: IndicatorsService) -> None:
    (row,) = listed(service, "progress-reports", "tax")
    said = ("state", "summary", "done_on", "submission_id")
    assert [row[name] for name in said] == ["done", "完成", "2021-03-31", "r4"]
    # Newest first by the unit's own time; the repetition of r1 is one version, not two.
    assert [[version[name] for name in said] for version in row["earlier_versions"]] == [
        ["in_progress", "过半", None, "r3"],
        ["in_progress", "晚到的旧话", None, "r5"],
        ["in_progress", "已部署", None, "r2"],
    ]
    assert list(row["earlier_versions"][0]) == VERSION


def test_the_list_of_a_period_is_what_its_verdict_counted(service: IndicatorsService) -> None:
    counted = []
    for quarter in ("2021Q1", "2021Q2", "2021Q3", "2021Q4"):
        (verdict,) = service.items(
            "/v1/verdicts", target="T01", org="", region=CITY, period=quarter
        )
        asked = {"indicator": "days", "period": quarter}
        every = {(row["org"], row["case_no"]) for row in listed(service, "cases", **asked)}
        late = listed(service, "cases", **asked, overdue="true")
        in_time = listed(service, "cases", **asked, overdue="false")
        assert len(every) == verdict["sample_size"]
        assert len(in_time) == verdict["within_limit"]
        assert len(every) == len(late) + len(in_time)
        counted.append("".join(sorted(no for _, no in every)))
    # B was within its limit at the end of March; the customs' A is open and late in every quarter.
    assert counted == ["AACD", "AB", "AB", "AB"]


@pytest.mark.parametrize(
    ("name", "filters", "found"),
    [
        ("cases", {"outcome": "open"}, {(TAX, "B"), (CUSTOMS, "A")}),
        ("cases", {"outcome": "withdrawn"}, {(TAX, "E")}),
        ("cases", {"region": "610103"}, set()),
        ("cases", {"org": CUSTOMS, "indicator": "days"}, {(CUSTOMS, "A")}),
        ("cases", {"indicator": "items"}, set()),
        ("cases", {"org": ""}, set()),
        ("cases", {"overdue": "true"}, {(TAX, "A"), (TAX, "B"), (CUSTOMS, "A")}),
        ("cases", {"overdue": "false"}, {(TAX, "C"), (TAX, "D"), (TAX, "E")}),
        ("cases", {"period": "2021Q1", "outcome": "open"}, {(CUSTOMS, "A")}),
        ("cases", {"period": "2022Q2"}, set()),
        ("cases", {"period": "9999"}, set()),
        ("cases", {"period": "0001"}, set()),
        ("observations", {"region": "610103", "period": "2021Q1"}, {(TAX, None)}),
        ("observations", {"period": "2021Q2"}, set()),
        ("observations", {"indicator": "items", "org": CUSTOMS}, {(CUSTOMS, None)}),
        ("progress-reports", {"measure": "1.1"}, {(TAX, None), (CUSTOMS, None)}),
        ("progress-reports", {"period": "2021Q2"}, set()),
        ("progress-reports", {"org": CUSTOMS}, {(CUSTOMS, None)}),
    ],
)
def test_filters_narrow_the_list(
    service: IndicatorsService, name: str, filters: dict[str, str], found: set[tuple[str, str]]
) -> None:
    rows = listed(service, name, **filters)
    assert {(row["org"], row.get("case_no")) for row in rows} == found


@pytest.mark.parametrize("name", LISTS)
def test_an_org_reads_its_own_the_office_and_the_auditor_all(
    service: IndicatorsService, name: str
) -> None:
    assert {row["org"] for row in listed(service, name, "tax")} == {TAX}
    assert {row["org"] for row in listed(service, name, "tax", org=TAX)} == {TAX}
    for key in ("office", "auditor"):
        assert {row["org"] for row in listed(service, name, key)} == {TAX, CUSTOMS}
        assert {row["org"] for row in listed(service, name, key, org=CUSTOMS)} == {CUSTOMS}
    refused = service.calls("tax").get(f"/v1/records/{name}?org={CUSTOMS}")
    assert (refused.status_code, refused.json()["errors"][0]["code"]) == (403, "not-visible")
    assert service.calls("admin").get(f"/v1/records/{name}").status_code == 403
    assert service.calls(None).get(f"/v1/records/{name}").status_code == 401


@pytest.mark.parametrize(
    ("query", "faults"),
    [
        (
            "cases?indicator=x&org=y&region=1&period=2021Q5&outcome=z&overdue=1&limit=0&cursor=x&measure=1",
            {
                "indicator": "unknown-indicator",
                "org": "unknown-org",
                "region": "unknown-region",
                "period": "bad-period",
                "outcome": "not-one-of",
                "overdue": "not-one-of",
                "limit": "out-of-range",
                "cursor": "bad-cursor",
                "measure": "unknown-field",
            },
        ),
        ("observations?overdue=true", {"overdue": "unknown-field"}),
        ("progress-reports?measure=9.9&region=1&limit=1001",
         {"measure": "unknown-measure", "region": "unknown-field", "limit": "out-of-range"}),
        ("cases?cursor=WzEsImEiLCJiIiwiYyIsImQiXQ", {"cursor": "bad-cursor"}),  # of five parts
        ("observations?cursor=WzEsImEiLCJiIiwiYyJd", {"cursor": "bad-cursor"}),  # of four
        ("cases?cursor=WyIxIiwiYSIsImIiLCJjIl0", {"cursor": "bad-cursor"}),  # a text as the time
    ],
)  # fmt: skip
def test_faults_of_the_query_are_told_at_once(
    service: IndicatorsService, query: str, faults: dict[str, str]
) -> None:
    answer = service.calls("office").get(f"/v1/records/{query}")
    told = {error["pointer"]: error["code"] for error in answer.json()["errors"]}
    assert answer.status_code == 422
    assert told == {f"/query/{name}": code for name, code in faults.items()}


def test_a_corrected_row_is_listed_as_it_counts_now(tmp_path: Path) -> None:
    posted = (
        cases("s1", ("D", case("2021-02-05", "2021-02-07")), ("E", case())),
        observations("s2", ("610103", "2021Q1", figure(12)), indicator="items"),
        cases("s3", ("D", case("2021-02-05", "2021-02-08")), received=later()),
        observations("s4", ("610103", "2021Q1", figure(13)), indicator="items", received=later()),
    )
    with IndicatorsService(tmp_path, register=REGISTER).start() as service:
        for submission in posted:
            service.post(submission)
        rows = listed(service, "cases", "tax")
        figures = listed(service, "observations", "tax")
    found = [(row["case_no"], row["net_days"], row["submission_id"]) for row in rows]
    assert found[0] == ("D", 2, "s3")
    assert [no for no, _, _ in found] == ["D", "E"]
    assert [row["value"] for row in figures] == [13]
