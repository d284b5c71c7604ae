"""`/v1/duties`: exact columns, order, filters, paging."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from tests.service.indicators.service import IndicatorsService, Row
from tests.support.registers import CUSTOMS, TAX, measure, milestone, register
from tests.support.statements import NOON, at, reports

pytestmark = pytest.mark.usefixtures("each_database")

COLUMNS = [
    "duty",
    "measure",
    "org",
    "period",
    "due",
    "effective_due",
    "status",
    "received_at",
    "received_on",
    "submission_id",
    "milestone",
]
THREE_MEASURES = register(
    measures=[measure("1.1"), measure("2.1", leads=(TAX,)), measure("10.1", leads=(TAX,))]
)


@pytest.fixture(scope="module")
def service(shared_folder: Path) -> Iterator[IndicatorsService]:
    with IndicatorsService(shared_folder, register=THREE_MEASURES).start() as made:
        made.post(
            reports("s1", "1.1", "2.1", period="2021Q1", received_on=date(2021, 3, 25)),
            reports("s2", "1.1", period="2021Q2", received=at("2021-06-26")),
            reports("s3", "10.1", period="2021Q1", zero=True, received_on=date(2021, 3, 1)),
        )
        yield made


def paged(service: IndicatorsService, limit: int, **filters: str) -> list[Row]:
    rows: list[Row] = []
    cursor: dict[str, str] = {}
    while True:
        page = service.get("/v1/duties", limit=limit, **filters, **cursor)
        rows += page["items"]
        if page["next_cursor"] is None:
            return rows
        cursor = {"cursor": page["next_cursor"]}


def test_there_is_one_duty_for_each_lead_and_date(service: IndicatorsService) -> None:
    rows = service.items("/v1/duties", limit=1000)
    assert len(rows) == (2 + 1 + 1) * 4
    assert all(list(row) == COLUMNS for row in rows)


def test_milestones_are_listed_and_alert_like_reports(tmp_path: Path) -> None:
    plan = register(measures=[measure("1.1", milestones=(milestone("1.1-plan"),))])
    with IndicatorsService(tmp_path, register=plan).start() as service:
        service.post(reports("s1", "1.1", milestone="1.1-plan", state="done", received=NOON))
        rows = service.items("/v1/duties", limit=1000)
        listed = [row for row in rows if row["milestone"]]
        metrics = service.metrics()

    assert len(rows) == (4 + 1) * 2
    assert [(row["duty"], row["org"], row["status"]) for row in listed] == [
        ("1.1-plan", TAX, "late"),  # received on 1 April, due on 31 March
        ("1.1-plan", CUSTOMS, "overdue"),
    ]
    assert metrics[f'duibiao_duty_status{{duty="1.1-plan",org="{CUSTOMS}",status="overdue"}}'] == 1


def test_the_latest_due_come_first_then_the_order_of_the_notice(service: IndicatorsService) -> None:
    rows = service.items("/v1/duties", limit=1000)
    assert [row["due"] for row in rows] == sorted((row["due"] for row in rows), reverse=True)
    assert [(row["duty"], row["org"]) for row in rows[:4]] == [
        ("1.1/2021Q4", TAX),
        ("1.1/2021Q4", CUSTOMS),
        ("2.1/2021Q4", TAX),
        ("10.1/2021Q4", TAX),
    ]


@pytest.mark.parametrize("limit", [1, 3, 15, 16, 17])
def test_pages_hold_every_duty_once(service: IndicatorsService, limit: int) -> None:
    assert paged(service, limit) == service.items("/v1/duties", limit=1000)


@pytest.mark.parametrize(
    ("filters", "duties"),
    [
        ({"status": "on_time"}, {"1.1/2021Q1", "2.1/2021Q1"}),
        ({"status": "late"}, {"1.1/2021Q2"}),
        ({"status": "zero_report"}, {"10.1/2021Q1"}),
        ({"status": "not_due"}, set()),
        ({"due": "2021-03-25", "org": CUSTOMS}, {"1.1/2021Q1"}),
        ({"due": "2021-03-26"}, set()),
        ({"org": CUSTOMS}, {f"1.1/2021Q{quarter}" for quarter in (1, 2, 3, 4)}),
        ({"org": ""}, set()),  # every duty is some unit's
    ],
)
def test_filters_narrow_the_list(
    service: IndicatorsService, filters: dict[str, str], duties: set[str]
) -> None:
    assert {row["duty"] for row in service.items("/v1/duties", **filters)} == duties


def test_paper_and_true_receipt_stand_side_by_side(service: IndicatorsService) -> None:
    (row,) = service.items("/v1/duties", status="late")
    assert (row["received_on"], row["received_at"]) == ("2021-06-26", "2021-06-26T02:00:00Z")
    assert row["submission_id"] == "s2"
    (paper,) = service.items("/v1/duties", status="zero_report")
    assert (paper["received_on"], paper["received_at"]) == ("2021-03-01", "2021-04-01T04:00:00Z")


def test_a_duty_nobody_met_has_no_receipt(service: IndicatorsService) -> None:
    (row,) = service.items("/v1/duties", org=CUSTOMS, due="2021-12-25")
    assert (row["status"], row["received_at"], row["received_on"], row["submission_id"]) == (
        "overdue",
        None,
        None,
        None,
    )


def test_faults_of_the_query_are_told_at_once(service: IndicatorsService) -> None:
    answer = service.calls().get("/v1/duties?due=25.3.2021&org=x&status=met&limit=-1&target=T01")
    faults = {error["pointer"]: error["code"] for error in answer.json()["errors"]}
    assert answer.status_code == 422
    assert faults == {
        "/query/due": "bad-time",
        "/query/org": "unknown-org",
        "/query/status": "not-one-of",
        "/query/limit": "out-of-range",
        "/query/target": "unknown-field",
    }


@pytest.mark.parametrize(
    "cursor",
    [
        "WyIyMDIxIiwiYSIsImIiXQ",  # ["2021","a","b"]: a text where a number belongs
        "WzEsImEiXQ",  # [1,"a"]
        "WzEsbnVsbCwiYiJd",  # [1,null,"b"]
        "%25",
    ],
)
def test_a_cursor_of_another_list_is_refused(service: IndicatorsService, cursor: str) -> None:
    answer = service.calls().get(f"/v1/duties?cursor={cursor}")
    assert [error["code"] for error in answer.json()["errors"]] == ["bad-cursor"]


def test_a_position_between_rows_goes_on_after_it(service: IndicatorsService) -> None:
    # [737874,"zzz","x"]: of 2021-03-25, a duty that the register does not know: after all others.
    answer = service.get("/v1/duties", cursor="WzczNzg3NCwienp6IiwieCJd")
    assert answer["items"] == []
