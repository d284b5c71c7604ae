"""`/v1/verdicts/{id}/proof` and `/cases`: who sees what, old versions, numbers worked by hand."""

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from services.indicators.adapters import proven_cases
from services.indicators.adapters.http import proofs
from tests.service.indicators.service import IndicatorsService, Row
from tests.support.registers import CITY, CUSTOMS, TAX, indicator, register, target
from tests.support.statements import case, cases, figure, later, observations

pytestmark = pytest.mark.usefixtures("each_database")

EACH, MEAN = indicator(statistic="each"), indicator("average")
SHARE = indicator("share", statistic="share", unit="percent")
REGISTER = register(
    indicators=[EACH, MEAN, SHARE],
    targets=[
        target("T01", EACH, threshold=20),
        target("T02", MEAN),
        target("T03", SHARE, op=">=", threshold=50),
    ],
)
POSTED = (
    # 35 working days; 18 - 4 by the end of March and open since; 30 with 10 more allowed; 1.
    cases(
        "s1",
        ("A", case("2021-01-20", "2021-03-15")),
        ("B", case("2021-03-05", pauses=(("2021-03-08", "2021-03-12"),))),
        ("C", case("2021-01-20", "2021-03-08", extension=10)),
        ("D", case("2021-02-05", "2021-02-07", region="610103")),
        ("E", case("2021-02-05", outcome="withdrawn")),
        ("F", case("2021-01-20", "2021-05-06")),
    ),
    cases(
        "s2",
        ("A", case("2021-02-08")),
        ("B", case("2021-03-01", "2021-03-02")),
        org=CUSTOMS,
        received=later(),
    ),
    observations("s3", (CITY, "2021Q1", figure(4, 10)), indicator="average"),
    cases(
        "s4",
        ("1", case("2021-02-01", resolved=True)),
        ("2", case("2021-02-01", "2021-06-01", resolved=False)),
        indicator="share",
    ),
)


@pytest.fixture(scope="module")
def service(shared_folder: Path) -> Iterator[IndicatorsService]:
    with IndicatorsService(shared_folder, register=REGISTER).start() as made:
        for submission in POSTED:
            made.post(submission)
        yield made


def row(service: IndicatorsService, target: str = "T01", org: str = "", **given: str) -> Row:
    (found,) = service.items(
        "/v1/verdicts", target=target, org=org, period="2021Q1", **{"region": CITY, **given}
    )
    return found


def proof(service: IndicatorsService, verdict: Row, key: str = "office") -> Row:
    answer = service.calls(key).get(f"/v1/verdicts/{verdict['id']}/proof")
    assert answer.status_code == 200, answer.text
    found: Row = answer.json()
    return found


def listed(service: IndicatorsService, verdict: Row, key: str = "office") -> httpx.Response:
    return service.calls(key).get(f"/v1/verdicts/{verdict['id']}/cases")


def lines(answer: httpx.Response) -> list[dict[str, Any]]:
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/x-ndjson"
    return [json.loads(line) for line in answer.content.splitlines()]


def test_the_cases_of_the_city_are_those_completed_and_those_open_past_the_limit(
    service: IndicatorsService,
) -> None:
    city = row(service)
    about, answer = proof(service, city)["cases"], listed(service, city)
    found = lines(answer)

    # By the end of March: 47 working days after 20 January (35 to 15 March, then 12), 33 after
    # 8 February (20 to 12 March, then 13).
    assert [(one["org"], one["case_no"]) for one in found] == [
        *((CUSTOMS, name) for name in ("A", "B")),
        *((TAX, name) for name in ("A", "C", "D", "F")),
    ]
    assert [one["net"] for one in found] == [33, 1, 35, 30, 1, 47]
    assert [one["limit"] for one in found] == ["20", "20", "20", "30", "20", "20"]
    assert [one["days_over"] for one in found] == ["13", "0", "15", "0", "0", "27"]
    assert (about["completed"], about["open_past_limit"], about["accepted"]) == (4, 2, 0)
    assert about["sha256"] == hashlib.sha256(answer.content).hexdigest()
    assert [one["case_no"] for one in about["worst"]] == ["F", "A", "A", "C", "B", "D"]
    assert about["worst"][0] == found[-1]
    assert about["cases_url"] == f"/v1/verdicts/{city['id']}/cases"
    assert about["rule"]["selected"] == ["completed", "open_past_limit"]
    assert (about["rule"]["org"], about["rule"]["region"], about["rule"]["limit"]) == (
        None,
        None,
        "20",
    )


def test_of_too_many_cases_a_proof_describes_none(
    service: IndicatorsService, monkeypatch: pytest.MonkeyPatch
) -> None:
    verdict = row(service)
    counted = verdict["sample_size"]
    for most, reason in ((counted, None), (counted - 1, "too_many")):
        monkeypatch.setattr(proofs, "COUNTED_AT_MOST", most)
        found = proof(service, verdict)
        assert (found["cases"] is None, found["cases_reason"]) == (reason is not None, reason)
    path = f"/v1/verdicts/{verdict['id']}/cases"
    assert service.calls("office").get(path).status_code == 200  # each is there to be downloaded


def test_a_unit_downloads_its_own_cases_and_no_others(service: IndicatorsService) -> None:
    own, city, other = row(service, org=TAX), row(service), row(service, org=CUSTOMS)
    assert [one["case_no"] for one in lines(listed(service, own, "tax"))] == ["A", "C", "D", "F"]
    for verdict in (city, other):
        answer = listed(service, verdict, "tax")
        assert (answer.status_code, answer.json()["errors"][0]["code"]) == (403, "not-visible")
        about = proof(service, verdict, "tax")["cases"]
        assert about["worst"] is None
        assert about["sha256"] == proof(service, verdict)["cases"]["sha256"]
    assert lines(listed(service, city, "auditor")) == lines(listed(service, city))
    assert listed(service, city, "admin").status_code == 403


def test_a_row_of_a_region_is_made_of_the_cases_there(service: IndicatorsService) -> None:
    there = row(service, org=TAX, region="610103")
    assert [one["case_no"] for one in lines(listed(service, there))] == ["D"]
    assert proof(service, there)["cases"]["rule"]["region"] == "610103"


def test_a_share_lists_the_cases_accepted_with_no_days(service: IndicatorsService) -> None:
    verdict = row(service, "T03")
    about, found = proof(service, verdict)["cases"], lines(listed(service, verdict))
    assert [(one["case_no"], one["resolved"], one["net"]) for one in found] == [
        ("1", True, None),
        ("2", False, None),
    ]
    assert (about["accepted"], about["resolved"], about["completed"]) == (2, 1, 0)
    assert about["worst"] == []


def test_a_reported_figure_has_no_cases(service: IndicatorsService) -> None:
    verdict = row(service, "T02")
    answered = proof(service, verdict)
    assert (answered["cases"], answered["cases_reason"]) == (None, "no_cases")
    answer = listed(service, verdict)
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (404, "cases-unavailable")


def test_what_does_not_exist_is_not_found(service: IndicatorsService) -> None:
    for name in ("proof", "cases"):
        assert service.calls("office").get(f"/v1/verdicts/nothing/{name}").status_code == 404


def test_it_names_the_audit_record_before_it(service: IndicatorsService) -> None:
    position = proof(service, row(service))["audit_position"]
    records = service.calls("auditor").get("/v1/audit/indicators").json()["items"]
    assert (position["chain"], position["sequence"]) == ("indicators", records[-1]["sequence"])
    assert position["hash"] == records[-1]["hash"]
    assert {one["act"] for one in records} == {"register.in-force", "calendar.in-force"}


def test_pages_of_the_database_join_without_a_gap(
    service: IndicatorsService, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = listed(service, row(service)).content
    for page in (1, 2, 3):
        monkeypatch.setattr(proven_cases, "PAGE", page)
        assert listed(service, row(service)).content == whole


def test_a_superseded_version_says_so_and_has_no_cases(tmp_path: Path) -> None:
    with IndicatorsService(tmp_path, register=REGISTER).start() as service:
        service.post(POSTED[0])
        old = row(service, org=TAX)
        assert proof(service, old)["stands"] is True
        service.post(cases("s9", ("D", case("2021-02-05", "2021-02-08")), stated=later(2)))
        answered = proof(service, old)
        assert (answered["stands"], answered["cases"]) == (False, None)
        assert answered["cases_reason"] == "superseded"
        assert answered["distribution"]["cases"] == 4
        answer = listed(service, old)
        assert answer.status_code == 404
        assert "a later version stands" in answer.json()["errors"][0]["message"]
        assert proof(service, row(service, org=TAX))["stands"] is True
