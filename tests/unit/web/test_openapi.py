"""The OpenAPI document made whole: ids, summaries, answers, what is shared."""

import pytest
from fastapi import APIRouter, Depends
from prometheus_client import CollectorRegistry
from pydantic import BaseModel

from duibiao.web.access import any_key
from duibiao.web.app import App
from duibiao.web.openapi import Schema, id_of
from tests.support.asgi import KnownKeys


class Threshold(BaseModel):
    value: float


router = APIRouter(tags=["verdicts"])


@router.get("/v1/verdicts/{verdict_id}", dependencies=[Depends(any_key)])
async def verdict(verdict_id: str, period: str | None = None) -> str:
    """结论。One verdict.

    More about it.
    """
    return f"{verdict_id}{period}"


@router.post("/v1/what-if", summary="Try a threshold")
async def what_if(threshold: Threshold) -> float:
    """Told at length."""
    return threshold.value


@pytest.fixture(scope="module")
def document() -> Schema:
    return App(keyring=KnownKeys(), registry=CollectorRegistry(), routers=[router]).openapi()


@pytest.mark.parametrize(
    ("method", "path", "name"),
    [
        ("GET", "/v1/alerts", "list_alerts"),
        ("GET", "/v1/alerts/{alert_id}", "get_alert"),
        ("POST", "/v1/alerts/{alert_id}/acknowledge", "acknowledge_alert"),
        ("POST", "/v1/progress-reports", "post_progress_reports"),
        ("GET", "/v1/notice", "get_notice"),
        ("GET", "/v1/duties", "list_duties"),
        ("GET", "/v1/records/overdue-cases.csv", "list_records_overdue_cases_csv"),
        ("GET", "/v1/templates/{name}.xlsx", "get_template"),
        ("POST", "/v1/files", "post_files"),
        ("POST", "/v1/alerts/{alert_id}/files", "post_alert_files"),
        ("GET", "/v1/alerts/{alert_id}/files/{sha256}", "get_alert_file"),
        ("GET", "/v1/verdicts/{verdict_id}/proof", "get_verdict_proof"),
        ("GET", "/v1/audit/ingest", "list_audit_ingest"),
        ("DELETE", "/v1/waivers/{waiver_id}", "delete_waiver"),
        ("DELETE", "/v1/silences", "delete_silences"),
        ("POST", "/v1/receivers/{name}/test", "test_receiver"),
        ("GET", "/v1/bulletins/{period}", "get_bulletin"),
        ("GET", "/v1/templates/{name}", "get_template"),
        ("POST", "/v1/keys/{key_id}/rotate", "rotate_key"),
    ],
)
def test_an_operation_has_a_name_that_reads_well(method: str, path: str, name: str) -> None:
    assert id_of(method, path) == name


def test_the_first_line_sums_an_operation_up(document: Schema) -> None:
    verdict = document["paths"]["/v1/verdicts/{verdict_id}"]["get"]
    assert (verdict["summary"], verdict["description"]) == ("结论。One verdict", "More about it.")
    what_if = document["paths"]["/v1/what-if"]["post"]
    assert (what_if["summary"], what_if["description"]) == ("Try a threshold", "Told at length.")


def test_every_answer_there_can_be_is_declared(document: Schema) -> None:
    paths = document["paths"]
    assert list(paths["/v1/verdicts/{verdict_id}"]["get"]["responses"]) == [
        *("200", "401", "403", "404", "422", "429", "500", "503")
    ]
    assert list(paths["/v1/what-if"]["post"]["responses"]) == [
        *("200", "400", "408", "409", "413", "415", "422", "500", "503")
    ]
    assert list(paths["/readyz"]["get"]["responses"]) == ["200", "503"]


def test_answers_to_a_key_tell_its_standing(document: Schema) -> None:
    answers = document["paths"]["/v1/verdicts/{verdict_id}"]["get"]["responses"]
    assert {"RateLimit", "RateLimit-Policy", "X-Request-Id"} == set(answers["200"]["headers"])
    assert {"Retry-After", "RateLimit"} <= set(answers["429"]["headers"])
    open_to_all = document["paths"]["/v1/what-if"]["post"]["responses"]
    assert set(open_to_all["200"]["headers"]) == {"X-Request-Id"}
    assert set(document["components"]["headers"]) > {"RateLimit", "Retry-After"}


def test_a_parameter_can_be_left_out_and_is_never_null(document: Schema) -> None:
    parameters = document["paths"]["/v1/verdicts/{verdict_id}"]["get"]["parameters"]
    (period,) = [one for one in parameters if one["name"] == "period"]
    assert not period["required"]
    assert period["schema"] == {"title": "Period", "type": "string"}
