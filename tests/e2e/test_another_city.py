"""Another city's notice, by its register alone: codes, periods, fractions and districts of its own.

It is the invented notice in `tests/data/other-notice`. Nothing of the bundled one may show.
"""

import json
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from typer.testing import CliRunner

from services.cli.register import app
from tests.meta.test_no_city_named import words
from tests.service.web.whole_process import running
from tests.support.product import Product, Row
from tests.support.project import ROOT
from tests.support.spreadsheets import Form
from tests.support.waiting import until

REGISTER = ROOT / "tests" / "data" / "other-notice"
CITY, EAST, COUNTY = "990100", "990102", "990121"
RELIEF = {"indicator": "relief-days", "period": "2025Q1"}
STANDARD = {"indicator": "standard-items", "period": "202503", "value": 12.25}
FIRMS = {"indicator": "new-firms", "period": "2025S1", "value": 3.3}


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    """Start it as a person would, sample and all: this register has none."""
    settings = {"DUIBIAO_REGISTER": str(REGISTER), "DUIBIAO_WATCH_FROM": "2024-07-01"}
    state = tmp_path_factory.mktemp("city") / "state"
    with Product(state, settings=settings, arguments=("up",)) as product:
        for org, row in (
            # (9 x 10 + 6 x 30) / 40 = 6.75, which the threshold of 6.75 allows.
            ("yunxi", {**RELIEF, "region": COUNTY, "value": 6, "sample_size": 30}),
            ("chengdong", {**RELIEF, "region": EAST, "value": 9, "sample_size": 10}),
            ("approval-bureau", STANDARD),
            ("approval-bureau", FIRMS),
        ):
            answer = product.post("observations", org, row)
            assert answer.status_code == httpx.codes.ACCEPTED, answer.text
            product.evaluated(answer.json()["submission_id"])
        yield product


def alerts(product: Product) -> list[Row] | None:
    return product.items("/v1/alerts?colour=yellow") or None


def test_it_starts_without_a_sample_and_says_where_to_look(product: Product) -> None:
    notice = product.get("/v1/notice").json()
    assert (notice["region"], notice["code"], notice["sample"]) == (CITY, "cz-2024-3", False)
    told = until(
        lambda: said if "curl" in (said := product.output.read_text("utf-8")) else None,
        what="the greeting",
    )
    assert f"target=T01&org=&region={CITY}" in told
    assert "Traceback" not in told


def test_districts_figures_make_the_citys_with_a_fractional_threshold(product: Product) -> None:
    city = product.verdict("T01", "2025Q1", region=CITY)
    assert (city["value"], city["threshold"], city["status"]) == (6.75, 6.75, "met")
    assert (city["reporters"], city["expected"]) == (2, 3)
    east = product.verdict("T01", "2025Q1", org="chengdong", region=EAST)
    assert (east["value"], east["gap"], east["status"]) == (9, 2.25, "missed")


def test_a_fraction_of_an_item_is_missed_and_alerted(product: Product) -> None:
    row = product.verdict("T02", "202503", region=CITY)
    assert (row["value"], row["threshold"], row["gap"], row["status"]) == (
        12.25,
        12.5,
        0.25,
        "missed",
    )
    found = until(lambda: alerts(product), what="an alert")
    assert [(a["target"], a["leads"]) for a in found if a["org"] is None] == [
        ("T02", ["approval-bureau"])
    ]


def test_codes_of_other_cities_are_unknown(product: Product) -> None:
    row = {**RELIEF, "region": "610102", "value": 9, "sample_size": 10}
    answer = product.post("observations", "chengdong", row)
    assert answer.status_code == httpx.codes.UNPROCESSABLE_ENTITY
    assert [error["code"] for error in answer.json()["errors"]] == ["unknown-region"]


def test_a_districts_form_holds_its_figures_and_its_region(product: Product) -> None:
    form = Form(product.get("/v1/templates/indicator.xlsx", org="chengdong").content)
    rows = [row for _, row in form.prepared()]
    assert {row["indicator"].partition("｜")[0] for row in rows} == {"relief-days"}
    assert {row["region"] for row in rows} == {f"{EAST}｜澄东区"}
    assert {row["period"] for row in rows} == {"2024Q3", "2024Q4", "2025Q1", "2025Q2"}


def test_pages_and_api_speak_of_this_city_alone(product: Product) -> None:
    pages = {
        path: product.client.get(path).text
        for path in (
            "/board",
            "/board/targets/T02",
            "/board/targets/T03",
            "/board/orgs",
            "/board/orgs/chengdong",
        )
    }
    assert "澄州市提升政务服务若干措施" in pages["/board"]
    assert "12.5 项" in pages["/board/targets/T02"]
    assert "≥ 3.25 万户" in pages["/board/targets/T03"]
    assert " 0.05 万户" in pages["/board/targets/T03"]
    for shown in ("本区域情况", "澄东区", "9 个工作日", "未达标"):
        assert shown in pages["/board/orgs/chengdong"]
    pages["openapi"] = json.dumps(product.client.get("/openapi.json").json(), ensure_ascii=False)
    pages["metrics"] = product.client.get("/metrics").text
    for path, text in pages.items():
        assert not words().search(text), path


def test_metrics_name_the_city_and_its_rows(product: Product) -> None:
    found = product.metrics()
    assert any(
        name.startswith("duibiao_notice_info") and f'region="{CITY}"' in name for name in found
    )
    for labels, value in (
        (f'org="",region="{CITY}",target="T01"', 6.75),
        (f'org="",region="{CITY}",target="T02"', 12.25),
        (f'org="chengdong",region="{EAST}",target="T01"', 9),
    ):
        assert found[f"duibiao_target_value{{{labels}}}"] == value


def test_a_new_register_runs_as_it_was_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert CliRunner().invoke(app, ["init", str(tmp_path / "register")]).exit_code == 0
    monkeypatch.setenv("DUIBIAO_REGISTER", str(tmp_path / "register"))
    with (
        running(tmp_path) as (_, process),
        httpx.Client(base_url=f"http://127.0.0.1:{process.port}", trust_env=False) as client,
    ):
        assert "示例市优化营商环境若干措施" in client.get("/board").text
        assert "7.5 个工作日" in client.get("/board/targets/T02").text
        assert "城东区" in client.get("/board/orgs/east-district").text


def test_a_district_is_asked_about_a_row_for_another_region(product: Product) -> None:
    url = product.url_of("/v1/observations?dry_run=true")
    left_out = "indicator,period,value,sample_size\nrelief-days,2025Q1,9,10\n"
    answers = [
        product.client.post(url, json=row, headers=product.key("chengdong"))
        for row in (
            {**RELIEF, "value": 9, "sample_size": 10},
            {**RELIEF, "value": 9, "sample_size": 10, "region": COUNTY},
            {**RELIEF, "value": 9, "sample_size": 10, "region": EAST},
        )
    ]
    csv = {**product.key("chengdong"), "Content-Type": "text/csv"}
    answers.append(product.client.post(url, content=left_out, headers=csv))
    told = [[warning["code"] for warning in answer.json()["warnings"]] for answer in answers]
    assert told == [["not-own-region"], ["not-own-region"], [], ["not-own-region"]]
    said = answers[0].json()["warnings"][0]["message_zh"]
    for name in ("澄东区政府", "“澄东区”", "“澄州市”"):
        assert name in said
