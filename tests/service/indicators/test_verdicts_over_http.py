"""`/v1/verdicts` and its proofs: exact columns, filters, paging, faults."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from services.indicators.domain.submission import Submission
from tests.service.indicators.service import IndicatorsService, Row
from tests.support.proofs import check_proof
from tests.support.registers import CITY, CUSTOMS, TAX, indicator, register, target
from tests.support.statements import figure, later, observations

pytestmark = pytest.mark.usefixtures("each_database")

COLUMNS = [
    "id",
    "target",
    "indicator",
    "clause",
    "org",
    "region",
    "period",
    "statistic",
    "value",
    "unit",
    "op",
    "threshold",
    "basis",
    "due",
    "attainment_ratio",
    "gap",
    "status",
    "reason",
    "evidence",
    "reporters",
    "expected",
    "sample_size",
    "within_limit",
    "mean",
    "p90",
    "max",
    "overdue_open",
    "near_threshold",
    "provisional",
    "insufficient_sample",
    "evaluated_at",
    "register_version",
    "calendar_version",
    "decisive",
    "clock_doubt",
    "pending_approvals",
    "gross_days",
    "paused_days",
    "extended_days",
    "net_days",
]
ITEMS = indicator("items", unit="item", statistic="latest", direction="up")
TWO_TARGETS = register(
    indicators=[indicator(), ITEMS], targets=[target(), target("T02", ITEMS, op=">=", threshold=74)]
)
POSTED = (
    observations("s1", (CITY, "2021Q1", figure("5.5", 23)), (CITY, "2021Q2", figure("6", 10))),
    observations("s2", ("610103", "2021Q1", figure("4.5", 2)), org=CUSTOMS),
    observations("s3", ("610103", "2021Q1", figure("7", 1)), received=later()),
    observations("s4", (CITY, "2021Q1", figure(80)), indicator="items"),
)


@pytest.fixture(scope="module")
def service(shared_folder: Path) -> Iterator[IndicatorsService]:
    with IndicatorsService(shared_folder, register=TWO_TARGETS).start() as made:
        made.post(*POSTED)
        yield made


def one(service: IndicatorsService, **filters: str | int) -> Row:
    (row,) = service.items("/v1/verdicts", **filters)
    return row


def places(rows: list[Row]) -> set[tuple[str | None, str]]:
    return {(row["org"], row["region"]) for row in rows}


def test_rows_have_exactly_the_columns_of_the_contract(service: IndicatorsService) -> None:
    rows = service.items("/v1/verdicts", limit=1000)
    assert all(list(row) == COLUMNS for row in rows)


def test_the_citys_row_is_org_null_and_the_citys_region(service: IndicatorsService) -> None:
    row = one(service, target="T01", org="", region=CITY, period="2021Q1")

    # (5.5 x 23 + 4.5 x 2) / 25: an org's own figure for the city stands over its regions'.
    assert row["value"] == 5.42
    assert (row["reporters"], row["expected"], row["sample_size"]) == (2, 2, 25)
    assert (row["org"], row["status"], row["reason"]) == (None, "met", None)
    assert (row["within_limit"], row["p90"], row["max"]) == (None, None, None)
    assert row["evaluated_at"] == "2022-01-04T04:00:00Z"


def test_figures_are_numbers_of_at_most_15_digits(service: IndicatorsService) -> None:
    row = one(service, target="T01", org="", period="2021Q1", region="610103")

    # (4.5 x 2 + 7 x 1) / 3 = 16/3; 5.5 / (16/3) = 33/32; 16/3 - 5.5 = -1/6
    assert row["value"] == 5.33333333333333
    assert row["attainment_ratio"] == 1.03125
    assert row["gap"] == -0.166666666666667
    assert row["threshold"] == 5.5
    assert row["sample_size"] == 3
    assert isinstance(row["sample_size"], int)


def test_rows_exist_for_each_place_that_reported_and_for_the_city(
    service: IndicatorsService,
) -> None:
    rows = service.items("/v1/verdicts", target="T01", period="2021Q1")
    assert places(rows) == {
        (TAX, CITY),
        (TAX, "610103"),
        (CUSTOMS, CITY),
        (CUSTOMS, "610103"),
        (None, "610103"),
        (None, CITY),
    }


def test_periods_without_a_figure_are_unknown_and_never_met(service: IndicatorsService) -> None:
    row = one(service, target="T01", org="", region=CITY, period="2021Q4")
    assert (row["status"], row["reason"], row["value"]) == ("unknown", "no_figure", None)
    assert (row["reporters"], row["evidence"], row["gap"]) == (0, None, None)


@pytest.mark.parametrize(
    ("filters", "wanted"),
    [
        ({"target": "T02"}, {(TAX, "2021Q1"), *((None, f"2021Q{q}") for q in (1, 2, 3, 4))}),
        ({"org": CUSTOMS}, {(CUSTOMS, "2021Q1")}),
        ({"target": "T01", "period": "2021Q2"}, {(TAX, "2021Q2"), (None, "2021Q2")}),
        ({"status": "missed", "org": "", "target": "T01"}, {(None, "2021Q2")}),
        ({"region": "610122"}, set()),
        ({"period": "2020"}, set()),
    ],
)
def test_filters_narrow_the_list(
    service: IndicatorsService, filters: dict[str, str], wanted: set[tuple[str | None, str]]
) -> None:
    rows = service.items("/v1/verdicts", **filters)
    assert {(row["org"], row["period"]) for row in rows} == wanted


def test_an_empty_org_is_null_and_a_missing_one_does_not_filter(service: IndicatorsService) -> None:
    every = service.items("/v1/verdicts", limit=1000)
    null = service.items("/v1/verdicts", limit=1000, org="")
    assert null == [row for row in every if row["org"] is None]
    assert 0 < len(null) < len(every)


def test_pages_hold_every_row_once_newest_first(service: IndicatorsService) -> None:
    whole = service.items("/v1/verdicts", limit=1000)
    paged: list[Row] = []
    cursor: dict[str, str] = {}
    sizes = []
    while True:
        page = service.get("/v1/verdicts", limit=4, **cursor)
        paged += page["items"]
        sizes.append(len(page["items"]))
        if page["next_cursor"] is None:
            break
        cursor = {"cursor": page["next_cursor"]}

    assert paged == whole
    assert set(sizes[:-1]) == {4}
    ids = [row["id"] for row in paged]
    assert ids == sorted(ids, reverse=True)
    assert len(set(ids)) == len(ids)


def test_a_page_that_ends_with_the_list_has_no_cursor(service: IndicatorsService) -> None:
    whole = service.items("/v1/verdicts", limit=1000)
    assert service.get("/v1/verdicts", limit=len(whole))["next_cursor"] is None
    assert service.get("/v1/verdicts", limit=len(whole) - 1)["next_cursor"] is not None


@pytest.mark.parametrize(
    ("query", "faults"),
    [
        (
            "target=T99&org=nobody&region=1&period=2021Q5&status=good&as_of=now&limit=0&cursor=x",
            {
                "/query/target": "unknown-target",
                "/query/org": "unknown-org",
                "/query/region": "unknown-region",
                "/query/period": "bad-period",
                "/query/status": "not-one-of",
                "/query/as_of": "bad-view",
                "/query/limit": "out-of-range",
                "/query/cursor": "bad-cursor",
            },
        ),
        ("limit=1001", {"/query/limit": "out-of-range"}),
        ("limit=ten", {"/query/limit": "not-a-whole-number"}),
        ("limit=" + "9" * 5000, {"/query/limit": "not-a-whole-number"}),
        ("target=", {"/query/target": "empty"}),
        ("as_of=", {"/query/as_of": "empty"}),
        ("as_of=2021-13-01", {"/query/as_of": "bad-view"}),
        ("tarket=T01", {"/query/tarket": "unknown-field"}),
        ("target=T01&target=T02", {"/query/target": "duplicate-key"}),
        ("period=%00", {"/query": "nul-character"}),
        ("cursor=WzEsMl0", {"/query/cursor": "bad-cursor"}),  # [1,2]: of no list of ours
        ("cursor=WzFd", {"/query/cursor": "bad-cursor"}),  # [1]: a number where a text belongs
    ],
)
def test_faults_of_the_query_are_told_at_once(
    service: IndicatorsService, query: str, faults: dict[str, str]
) -> None:
    answer = service.calls().get(f"/v1/verdicts?{query}")
    problem = answer.json()
    assert (answer.status_code, problem["type"]) == (422, "/problems/invalid")
    assert {error["pointer"]: error["code"] for error in problem["errors"]} == faults
    assert problem["errors_total"] == len(faults)
    assert all(error["message"] and error["message_zh"] for error in problem["errors"])


def test_a_proof_holds_the_row_the_inputs_and_the_versions(service: IndicatorsService) -> None:
    row = one(service, target="T01", org="", region=CITY, period="2021Q1")
    proof = service.get(f"/v1/verdicts/{row['id']}/proof")

    assert (proof["id"], proof["verdict"]) == (row["id"], row)
    assert [made_from["org"] for made_from in proof["inputs"]] == [TAX, CUSTOMS]
    check_proof(proof)
    assert proof["lines"]
    assert all(line["zh"] and line["en"] for line in proof["lines"])
    assert proof["register_version"] == "test+000000000000"
    assert proof["calendar_version"] == row["calendar_version"]


def test_an_earlier_version_keeps_its_proof(tmp_path: Path) -> None:
    def quarter(name: str, value: str, hours: int) -> Submission:
        row = (CITY, "2021Q1", figure(value, 23))
        return observations(name, row, received=later(hours))

    with IndicatorsService(tmp_path).start() as service:
        service.post(quarter("s1", "5.5", 1))
        first = one(service, org="", period="2021Q1")
        service.post(quarter("s2", "5.51", 2))
        second = one(service, org="", period="2021Q1")
        proofs = [service.get(f"/v1/verdicts/{r['id']}/proof") for r in (first, second)]

    assert first["id"] != second["id"]
    assert [proof["status"] for proof in proofs] == ["met", "missed"]
    assert [proof["inputs"][0]["value"] for proof in proofs] == ["5.5", "5.51"]
    assert proofs[0]["verdict"] == first


@pytest.mark.parametrize("verdict_id", ["nothing", "01a20e4c-2fab-7fea-802b-82a0b6cd7e18", "%00"])
def test_an_unknown_version_has_no_proof(service: IndicatorsService, verdict_id: str) -> None:
    answer = service.calls().get(f"/v1/verdicts/{verdict_id}/proof")
    assert (answer.status_code, answer.json()["type"]) == (404, "/problems/not-found")


def test_another_method_is_refused(service: IndicatorsService) -> None:
    assert service.calls().post("/v1/verdicts", json={}).status_code == 405
