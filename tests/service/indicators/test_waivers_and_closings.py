"""Waivers and closed periods: what was waived, what was reported, what was said on a day."""

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

import pytest
from sqlalchemy import delete

from duibiao.store import Store
from services.indicators.adapters.repository import tables
from tests.service.indicators.service import SECONDS, IndicatorsService, Row
from tests.support.asgi import Calls
from tests.support.clock import ManualClock
from tests.support.product import until
from tests.support.registers import CITY, CUSTOMS, FINANCE, TAX, indicator, register, target
from tests.support.servers.databases import url_in
from tests.support.statements import at, figure, observations

pytestmark = pytest.mark.usefixtures("each_database")

DECISIONS = "duibiao.decisions.v1"
MONTHLY = indicator("monthly", period_type="month")
REGISTER = register(
    indicators=[indicator(), MONTHLY], targets=[target(), target("T02", MONTHLY, threshold="5.5")]
)
WAIVER = {
    "target": "T01",
    "first": "2021-03-01",
    "until": "2021-04-30",
    "reason": "系统切换",
    "document": "免〔2021〕1号",
}


@pytest.fixture
def clock() -> ManualClock:
    """Noon of 2021-04-08, a Thursday: the first quarter has ended."""
    return ManualClock(at("2021-04-08", 12))


@pytest.fixture
def service(tmp_path: Path, clock: ManualClock) -> Iterator[IndicatorsService]:
    with IndicatorsService(tmp_path, clock, register=REGISTER).start() as made:
        yield made


def post(
    service: IndicatorsService,
    name: str,
    value: str,
    period: str = "2021Q1",
    *,
    org: str = TAX,
    indicator: str = "days",
) -> None:
    """Post a figure of 10 cases, received and stated now."""
    row = (CITY, period, figure(value, 10))
    now = service.clock.now()
    service.post(observations(name, row, received=now, org=org, indicator=indicator))


def row_of(service: IndicatorsService, period: str = "2021Q1", **more: str) -> Row:
    asked: dict[str, str | int] = {
        "target": "T01",
        "org": "",
        "region": CITY,
        "period": period,
        **more,
    }
    (row,) = service.items("/v1/verdicts", **asked)
    return row


def decided(calls: Calls, path: str, body: Row, status: int = 201) -> Row:
    answer = calls.request("POST", path, json=body)
    assert answer.status_code == status, answer.text
    found: Row = answer.json()
    return found


def eventually(service: IndicatorsService, status: str, **more: str) -> Row:
    def there() -> Row | None:
        row = row_of(service, **more)
        return row if row["status"] == status else None

    return until(there, seconds=SECONDS, what=f"the status is {status}")


def approved(service: IndicatorsService, **given: str) -> str:
    office = service.calls("office")
    waiver: str = decided(office, "/v1/waivers", WAIVER | given)["id"]
    decided(office, f"/v1/waivers/{waiver}/approve", {"reason": "同意"}, 200)
    return waiver


def test_a_waiver_is_asked_for_approved_and_shown(service: IndicatorsService) -> None:
    post(service, "s1", "7")
    asked = decided(service.calls("tax"), "/v1/waivers", WAIVER)
    assert (asked["state"], asked["org"], asked["decided_by"]) == ("requested", TAX, None)
    assert row_of(service)["status"] == "missed"

    office = service.calls("office")
    path = f"/v1/waivers/{asked['id']}"
    found = decided(office, f"{path}/approve", {"reason": "情况属实"}, 200)
    assert (found["state"], found["decision"]) == ("approved", "情况属实")
    own = eventually(service, "waived", org=TAX)
    assert (own["value"], own["attainment_ratio"], own["reason"]) == (7, 0.785714285714286, None)
    assert row_of(service)["status"] == "missed"  # the city's row is not the unit's

    proof = service.get(f"/v1/verdicts/{own['id']}/proof")
    assert (proof["met"], proof["status"]) == (False, "waived")
    assert proof["waiver"] == {
        "id": asked["id"],
        "org": TAX,
        "first": "2021-03-01",
        "until": "2021-04-30",
        "reason": "系统切换",
        "document": "免〔2021〕1号",
    }
    assert "免〔2021〕1号" in proof["lines"][-2]["zh"]
    assert [event.type for event in service.quiet().events(DECISIONS)] == [
        "duibiao.waiver.requested",
        "duibiao.waiver.approved",
    ]
    again = office.request("POST", f"{path}/approve", json={"reason": "再次"})
    assert (again.status_code, again.json()["errors"][0]["code"]) == (409, "wrong-decision")
    assert decided(office, f"{path}/end", {"reason": "系统已恢复"}, 200)["until"] == "2021-04-07"


def test_a_waiver_holds_on_its_days_and_on_no_other(
    service: IndicatorsService, clock: ManualClock
) -> None:
    post(service, "s1", "7", "2021Q2")
    approved(service, first="2021-04-10", until="2021-04-12")
    seen = {}
    for day in range(8, 15):
        clock.set(at(f"2021-04-{day:02}", 12))
        wanted = "waived" if 10 <= day <= 12 else "behind"
        seen[day] = eventually(service, wanted, period="2021Q2")["status"]
    assert list(seen.values()) == ["behind"] * 2 + ["waived"] * 3 + ["behind"] * 2


def test_an_early_end_takes_a_waiver_from_the_days_after_it(service: IndicatorsService) -> None:
    post(service, "s1", "7", "2021Q2")
    waiver = approved(service)
    eventually(service, "waived", period="2021Q2")
    decided(service.calls("office"), f"/v1/waivers/{waiver}/end", {"reason": "已恢复"}, 200)
    eventually(service, "behind", period="2021Q2")


def test_faults_of_waivers_are_told_at_once(service: IndicatorsService) -> None:
    tax, office = service.calls("tax"), service.calls("office")
    wrong = office.request("POST", "/v1/waivers", json=WAIVER | {"target": "T99", "org": "nobody"})
    assert {one["pointer"] for one in wrong.json()["errors"]} == {"/target", "/org"}
    assert tax.request("POST", "/v1/waivers", json=WAIVER | {"org": CUSTOMS}).status_code == 403
    turned = tax.request("POST", "/v1/waivers", json=WAIVER | {"until": "2021-02-28"})
    assert (turned.status_code, turned.json()["errors"][0]["pointer"]) == (422, "/until")
    waiver = decided(tax, "/v1/waivers", WAIVER)["id"]
    silent = office.request("POST", "/v1/waivers", json=WAIVER | {"org": FINANCE})
    assert [one["code"] for one in silent.json()["errors"]] == ["invalid-value"]
    for step in ("approve", "reject", "end"):
        path = f"/v1/waivers/{waiver}/{step}"
        assert tax.request("POST", path, json={"reason": "x"}).status_code == 403
    missing = office.request("POST", "/v1/waivers/none/approve", json={"reason": "x"})
    assert missing.status_code == 404
    decided(office, f"/v1/waivers/{waiver}/reject", {"reason": "不符合条件"}, 200)
    assert [one["state"] for one in service.items("/v1/waivers")] == ["rejected"]
    assert service.items("/v1/waivers", state="approved") == []


def test_waivers_are_listed_for_those_whom_they_concern(service: IndicatorsService) -> None:
    office, tax = service.calls("office"), service.calls("tax")
    every = decided(office, "/v1/waivers", WAIVER)["id"]
    customs = decided(office, "/v1/waivers", WAIVER | {"org": CUSTOMS})["id"]
    own = decided(tax, "/v1/waivers", WAIVER | {"target": "T02"})["id"]

    def listed(calls: Calls, **asked: str) -> list[str]:
        return [one["id"] for one in calls.get("/v1/waivers", params=asked).json()["items"]]

    assert listed(office) == [own, customs, every]
    assert listed(tax) == [own, every]
    assert listed(office, org=CUSTOMS) == [customs]
    assert listed(office, org="") == listed(tax, org="") == [every]
    assert listed(office, target="T01", state="requested") == [customs, every]
    assert listed(office, target="T02", org=CUSTOMS) == []
    page = office.get("/v1/waivers", params={"limit": "2"}).json()
    assert listed(office, limit="2", cursor=page["next_cursor"]) == [every]
    assert tax.get("/v1/waivers", params={"org": CUSTOMS}).status_code == 403
    for asked in ({"target": "T99"}, {"org": "nobody"}, {"state": "closed"}):
        assert office.get("/v1/waivers", params=asked).status_code == 422


def test_a_closed_period_keeps_what_was_reported(
    service: IndicatorsService, clock: ManualClock
) -> None:
    post(service, "s1", "7")
    post(service, "s2", "5", "202103", indicator="monthly")
    reported = row_of(service)
    office = service.calls("office")
    clock.advance(hours=1)
    made = decided(office, "/v1/closings", {"period": "2021Q1", "comment": "一季度"})
    assert (made["state"], made["closed_by"]) == ("closed", "office000001/office/")

    # Four months' and one quarter's city rows of T02 and T01, and those of the unit that reported.
    within = [
        one
        for code in ("2021Q1", "202101", "202102", "202103")
        for one in service.items("/v1/verdicts", period=code)
    ]
    ids = "\n".join(sorted(one["id"] for one in within))
    assert (made["rows"], made["digest"]) == (len(within), sha256(ids.encode()).hexdigest())
    record = service.calls("auditor").get("/v1/audit/indicators").json()["items"]
    place = {one["sequence"]: one for one in record}[made["audit_sequence"]]
    assert (place["act"], place["hash"]) == ("period.closed", made["audit_hash"])

    clock.advance(hours=1)
    post(service, "s3", "5")
    post(service, "s4", "4", org=CUSTOMS)  # late, and from a unit that had said nothing
    corrected = row_of(service)
    assert (corrected["value"], corrected["status"]) == (4.5, "met")
    assert row_of(service, as_of="corrected") == corrected
    assert row_of(service, as_of="reported") == reported
    assert service.items("/v1/verdicts", period="2021Q1", org=CUSTOMS, as_of="reported") == []
    april = service.items("/v1/verdicts", as_of="reported", status="on_track", period="202104")
    assert april == service.items("/v1/verdicts", status="on_track", period="202104")
    assert [one["id"] for one in service.items("/v1/verdicts", as_of="reported", limit=1000)] == (
        sorted(
            {one["id"] for one in service.items("/v1/verdicts", as_of="reported", limit=1000)},
            reverse=True,
        )
    )


def test_where_frozen_rows_are_lost_the_reported_figures_are_those_that_stand(
    service: IndicatorsService, tmp_path: Path, clock: ManualClock
) -> None:
    """A lost store: the decision is read from its topic again, its rows are gone."""
    post(service, "s1", "7")
    decided(service.calls("office"), "/v1/closings", {"period": "2021Q1"})
    clock.advance(hours=1)
    post(service, "s2", "6")
    assert row_of(service, as_of="reported")["value"] == 7
    with closing(Store(url_in(tmp_path), "indicators")) as store, store.begin() as tx:
        tx.execute(delete(tables.reported))
    assert row_of(service, as_of="reported")["value"] == 6


def test_an_exception_lets_the_reported_figures_move_until_its_end(
    service: IndicatorsService, clock: ManualClock
) -> None:
    post(service, "s1", "7")
    office = service.calls("office")
    decided(office, "/v1/closings", {"period": "2021Q1"})
    clock.advance(hours=1)
    post(service, "s2", "6")
    assert row_of(service, as_of="reported")["value"] == 7
    exception = {"until": "2021-04-09", "reason": "税务局录入有误，经批准更正"}
    found = decided(office, "/v1/closings/2021Q1/reopen", exception, 200)
    assert (found["state"], found["reopened_until"]) == ("reopened", "2021-04-09")
    assert row_of(service, as_of="reported")["value"] == 6
    again = office.request("POST", "/v1/closings/2021Q1/reopen", json=exception)
    assert again.status_code == 409

    clock.set(at("2021-04-10", 9))  # the exception has ended
    until(
        lambda: service.items("/v1/closings")[0]["state"] == "closed",
        seconds=SECONDS,
        what="the period is closed again",
    )
    post(service, "s3", "5")
    assert row_of(service)["value"] == 5
    assert row_of(service, as_of="reported")["value"] == 6


def test_what_was_said_on_a_day(service: IndicatorsService, clock: ManualClock) -> None:
    said: list[tuple[datetime, float | None]] = [(clock.now(), None)]
    for number, value in enumerate(("7", "6", "5")):
        clock.advance(days=1)
        post(service, f"s{number}", value)
        said.append((clock.now(), float(value)))
        clock.advance(hours=1)
        said.append((clock.now(), float(value)))
    for moment, figure_then in said:
        row = row_of(service, as_of=moment.isoformat())
        assert row["value"] == figure_then
        assert datetime.fromisoformat(row["evaluated_at"]) <= moment
    assert service.items("/v1/verdicts", target="T01", as_of="2021-04-01") == []
    now = clock.now().astimezone(UTC).isoformat()
    for filters in ({"target": "T01"}, {"org": ""}, {"org": TAX, "status": "met"}):
        assert service.items("/v1/verdicts", as_of=now, **filters) == (
            service.items("/v1/verdicts", **filters)
        )
    whole = service.items("/v1/verdicts")
    pages: list[Row] = []
    cursor = None
    while True:
        more: dict[str, str] = {} if cursor is None else {"cursor": cursor}
        page = service.get("/v1/verdicts", as_of="reported", limit=2, **more)
        pages += page["items"]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert pages == whole


def test_faults_of_closings_are_told(service: IndicatorsService) -> None:
    office = service.calls("office")
    for body, pointer in (
        ({"period": "2021Q2"}, "/period"),
        ({"period": "2021Q5"}, "/period"),
        ({}, "/period"),
    ):
        answer = office.request("POST", "/v1/closings", json=body)
        assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, pointer)
    assert (
        service.calls("tax").request("POST", "/v1/closings", json={"period": "2021Q1"}).status_code
        == 403
    )
    decided(office, "/v1/closings", {"period": "2021Q1"})
    for period in ("2021Q1", "202102"):
        again = office.request("POST", "/v1/closings", json={"period": period})
        assert (again.status_code, again.json()["errors"][0]["code"]) == (409, "wrong-decision")
    late = office.request(
        "POST", "/v1/closings/2021Q1/reopen", json={"until": "2021-04-07", "reason": "x"}
    )
    assert (late.status_code, late.json()["errors"][0]["pointer"]) == (422, "/until")
    body = {"until": "2021-04-30", "reason": "x"}
    assert office.request("POST", "/v1/closings/202101/reopen", json=body).status_code == 404
    for as_of in ("yesterday", "2021-04-01"):  # no time; no target nor org
        assert service.calls().get("/v1/verdicts", params={"as_of": as_of}).status_code == 422
