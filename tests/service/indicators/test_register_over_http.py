"""The register's endpoints: exact columns, whole lists, the order of the notice."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from tests.service.indicators.service import WORKDAYS, IndicatorsService
from tests.support.registers import (
    CITY,
    CUSTOMS,
    TAX,
    indicator,
    measure,
    milestone,
    region,
    register,
    target,
    the_register,
)
from tests.support.statements import figure, observations

pytestmark = pytest.mark.usefixtures("each_database")

COLUMNS = {
    "tasks": ["no", "title", "title_zh", "leads", "supports"],
    "measures": ["no", "task", "title", "title_zh", "leads", "supports", "milestones"],
    "orgs": ["code", "name", "name_zh", "kind"],
    "regions": ["code", "name", "name_zh", "kind"],
    "indicators": [
        "code",
        "name",
        "name_zh",
        "unit",
        "statistic",
        "direction",
        "period_type",
        "reported_by",
    ],
    "targets": [
        "id",
        "indicator",
        "clause",
        "op",
        "threshold",
        "unit",
        "statistic",
        "due",
        "judged_by",
        "verb",
        "basis",
        "leads",
        "present",
        "decisive",
    ],
}


@pytest.fixture(scope="module")
def real(shared_folder: Path) -> Iterator[IndicatorsService]:
    with IndicatorsService(shared_folder, register=the_register()) as service:
        yield service


@pytest.mark.parametrize(
    ("path", "number"), [("tasks", 25), ("measures", 75), ("indicators", 18), ("targets", 18)]
)
def test_lists_of_the_notice_are_whole(real: IndicatorsService, path: str, number: int) -> None:
    answer = real.get(f"/v1/{path}")
    assert len(answer["items"]) == number
    assert answer["next_cursor"] is None


@pytest.mark.parametrize("path", sorted(COLUMNS))
def test_rows_have_exactly_the_columns_of_the_contract(real: IndicatorsService, path: str) -> None:
    rows = real.items(f"/v1/{path}")
    assert rows
    assert all(list(row) == COLUMNS[path] for row in rows)


def test_tasks_measures_and_targets_stand_in_the_order_of_the_notice(
    real: IndicatorsService,
) -> None:
    assert [task["no"] for task in real.items("/v1/tasks")] == list(range(1, 26))
    numbers = [row["no"].split(".") for row in real.items("/v1/measures")]
    assert numbers == sorted(numbers, key=lambda parts: (int(parts[0]), int(parts[1])))
    ids = [row["id"] for row in real.items("/v1/targets")]
    assert ids == [f"T{number:02}" for number in range(1, 19)]


@pytest.mark.parametrize("path", ["orgs", "regions", "indicators"])
def test_the_other_lists_are_ordered_by_code(real: IndicatorsService, path: str) -> None:
    codes = [row["code"] for row in real.items(f"/v1/{path}")]
    assert codes == sorted(codes)


def test_a_threshold_is_a_number_and_a_missing_one_null(real: IndicatorsService) -> None:
    found = {row["id"]: row for row in real.items("/v1/targets")}
    assert (found["T16"]["threshold"], found["T01"]["threshold"]) == (5.5, 60)
    assert found["T08"]["threshold"] is None
    assert (found["T01"]["due"], found["T03"]["due"]) == ("2021-12-31", None)


def test_a_target_says_how_it_stands_and_how_its_promise_was_kept(tmp_path: Path) -> None:
    due = date(2021, 12, 31)
    targets = [target("T01"), target("T02", due=due), target("T03", threshold=None)]
    with IndicatorsService(tmp_path, register=register(targets=targets)).start() as service:
        service.post(
            observations("s1", (CITY, "2021Q4", figure("9.9", 23)), (CITY, "2022Q1", figure(5, 23)))
        )
        found = {row["id"]: row for row in service.items("/v1/targets")}
        metrics = service.metrics()
        decisive = {
            (row["period"], row["decisive"])
            for row in service.items("/v1/verdicts?target=T02&org=&region=610100")
        }

    assert found["T01"]["present"] == {"status": "on_track", "period": "2022Q1"}
    assert found["T01"]["decisive"] == {"status": "missed", "period": None, "kept": 0, "periods": 4}
    assert found["T02"]["decisive"] == {
        "status": "missed",
        "period": "2021Q4",
        "kept": None,
        "periods": None,
    }
    assert found["T03"]["decisive"]["status"] == "unknown"
    assert {period for period, is_decisive in decisive if is_decisive} == {"2021Q4"}
    for name, status in (("T01", "missed"), ("T02", "missed"), ("T03", "unknown")):
        shown = {
            one: metrics[f'duibiao_target_decisive_status{{status="{one}",target="{name}"}}']
            for one in ("missed", "unknown", "met")
        }
        assert shown == {one: float(one == status) for one in shown}


def test_a_lead_org_bears_its_name_in_the_notice(real: IndicatorsService) -> None:
    names = {row["code"]: row["name_zh"] for row in real.items("/v1/orgs")}
    assert names[TAX] == "市税务局"


def test_milestones_stand_with_their_measure(tmp_path: Path) -> None:
    small = register(measures=[measure(milestones=(milestone("1.1-a", date(2021, 3, 31)),))])
    with IndicatorsService(tmp_path, register=small) as service:
        (row,) = service.items("/v1/measures")
    assert row["leads"] == [TAX, CUSTOMS]
    assert row["milestones"] == [
        {"code": "1.1-a", "title": "1.1-a", "title_zh": "1.1-a", "due": "2021-03-31"}
    ]


def test_the_notice_says_what_is_watched_and_by_what(tmp_path: Path) -> None:
    with IndicatorsService(tmp_path) as service:
        notice = service.get("/v1/notice")
    assert notice == {
        "number": "试〔2021〕1号",
        "issuer": "Test",
        "issuer_zh": "试",
        "title": "Test notice",
        "title_zh": "试通知",
        "dated": "2021-01-09",
        "issued": "2021-01-13",
        "code": "test",
        "region": "610100",
        "window": {"from": "2021-01-01", "to": "2021-12-31"},
        "register_version": "test+000000000000",
        "calendar_version": WORKDAYS.version,
        "sample": False,
        "installed_on": "2022-01-04",
        "watch_from": "2021-01-01",
    }


def test_a_sample_stays_a_sample(tmp_path: Path) -> None:
    with IndicatorsService(tmp_path, sample=True) as service:
        assert service.get("/v1/notice")["sample"] is True
    with IndicatorsService(tmp_path, sample=False) as again:
        assert again.get("/v1/notice")["sample"] is True


def test_what_is_watched_from_is_settled_on_the_first_start(tmp_path: Path) -> None:
    with IndicatorsService(tmp_path, watch_from=None) as service:
        assert service.get("/v1/notice")["watch_from"] == "2022-01-04"
    with IndicatorsService(tmp_path, watch_from=date(2020, 1, 1)) as again:
        assert again.get("/v1/notice")["watch_from"] == "2022-01-04"


@pytest.mark.parametrize("path", [*COLUMNS, "notice", "verdicts", "duties", "verdicts/x/proof"])
def test_every_list_needs_a_key(real: IndicatorsService, path: str) -> None:
    answer = real.calls(None).get(f"/v1/{path}")
    assert answer.status_code == 401
    assert answer.headers["content-type"] == "application/problem+json"


def test_openapi_describes_every_row(real: IndicatorsService) -> None:
    told = real.calls().get("/openapi.json").json()

    def named(schema: Any) -> Any:  # noqa: ANN401 - JSON
        return told["components"]["schemas"][schema["$ref"].rpartition("/")[2]]

    for path, columns in COLUMNS.items():
        answers = told["paths"][f"/v1/{path}"]["get"]["responses"]
        content = answers["200"]["content"]["application/json"]
        row = named(named(content["schema"])["properties"]["items"]["items"])
        assert sorted(row["required"]) == sorted(columns)
        assert set(row["properties"]) == set(columns)


def test_codes_order_even_where_the_register_does_not(tmp_path: Path) -> None:
    mixed = register(
        indicators=[indicator("b"), indicator("a")],
        targets=[target("T02", "b"), target("T01", "a")],
        regions=[region("610122"), region()],
    )
    with IndicatorsService(tmp_path, register=mixed) as service:
        assert [row["code"] for row in service.items("/v1/indicators")] == ["a", "b"]
        assert [row["code"] for row in service.items("/v1/regions")] == ["610100", "610122"]
        assert [row["id"] for row in service.items("/v1/targets")] == ["T02", "T01"]
