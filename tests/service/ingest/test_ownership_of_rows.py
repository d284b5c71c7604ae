"""Whose rows: an org reports its own, the office anybody's, others nothing."""

import pytest

from services.ingest.domain.submission import Format
from tests.service.ingest.service import Desk, assert_problem
from tests.support.ingest import case, figure, report
from tests.support.registers import CUSTOMS, TAX


def test_an_org_may_name_itself(desk: Desk) -> None:
    assert desk.post("observation", figure(org=TAX)).status_code == 202


def test_an_org_may_not_speak_for_another(desk: Desk) -> None:
    answer = desk.post("observation", figure(org=CUSTOMS))
    errors = assert_problem(answer, 403)
    assert [(e["code"], e["pointer"], e["index"]) for e in errors] == [("other-org", "/org", 0)]
    assert desk.count("submissions") == 0


def test_rows_of_two_orgs_are_no_submission(desk: Desk) -> None:
    rows = [figure(org=TAX), figure(org=CUSTOMS, region="610103"), figure(region="610122")]
    errors = assert_problem(desk.post("observation", rows), 422)
    assert [(e["code"], e["index"]) for e in errors] == [("other-org", 1)]


@pytest.mark.parametrize("form", ["json", "csv"])
def test_the_office_speaks_for_any_org(desk: Desk, form: Format) -> None:
    body: object = figure(org=CUSTOMS)
    if form == "csv":
        body = b"org,indicator,period,value\ncustoms,days,2021Q1,5\n"
    answer = desk.post("observation", body, form=form, by="office")
    assert answer.status_code == 202
    (sent,) = desk.sent()
    assert (sent.org, sent.key_id) == (CUSTOMS, "office000001")


def test_the_office_must_say_for_whom(desk: Desk) -> None:
    rows = [figure(org=TAX), figure(region="610103")]
    errors = assert_problem(desk.post("observation", rows, by="office"), 422)
    assert [(e["code"], e["index"]) for e in errors] == [("org-required", 1)]


def test_the_office_cannot_speak_for_nobody(desk: Desk) -> None:
    errors = assert_problem(desk.post("case", case(org="ghosts"), by="office"), 422)
    assert [(e["code"], e["pointer"]) for e in errors] == [("unknown-org", "/org")]


def test_figures_and_cases_are_reported_by_those_the_register_names(desk: Desk) -> None:
    for answer in (
        desk.post("observation", figure(indicator="theirs")),
        desk.post("case", case(), by="finance"),
    ):
        errors = assert_problem(answer, 403)
        assert [(e["code"], e["pointer"]) for e in errors] == [("not-yours", "/indicator")]


def test_rows_of_others_among_faults_of_its_own_are_faults(desk: Desk) -> None:
    rows = [figure(indicator="theirs"), figure(value=-1)]
    errors = assert_problem(desk.post("observation", rows), 422)
    assert [e["code"] for e in errors] == ["not-yours", "below-minimum"]


def test_rows_of_others_are_refused_alone_in_partial_mode(desk: Desk) -> None:
    rows = [figure(indicator="theirs"), figure()]
    answer = desk.post("observation", rows, query="?mode=partial")
    assert answer.status_code == 207
    assert [(e["code"], e["index"]) for e in answer.json()["errors"]] == [("not-yours", 0)]


def test_for_the_office_a_wrong_org_is_a_fault_of_the_row(desk: Desk) -> None:
    row = figure(indicator="theirs", org=TAX)
    errors = assert_problem(desk.post("observation", row, by="office"), 422)
    assert [e["code"] for e in errors] == ["not-yours"]


def test_progress_is_reported_by_those_who_lead(desk: Desk) -> None:
    errors = assert_problem(desk.post("progress_report", report(measure="1.2")), 403)
    assert [(e["code"], e["pointer"]) for e in errors] == [("not-yours", "/measure")]
    assert desk.post("progress_report", report(measure="1.2"), by="finance").status_code == 202


@pytest.mark.parametrize("by", ["auditor", "admin"])
def test_auditors_and_administrators_report_nothing(desk: Desk, by: str) -> None:
    errors = assert_problem(desk.post("case", case(org=TAX), by=by), 403)
    assert [e["code"] for e in errors] == ["role-not-allowed"]


def test_without_a_key_nobody_reports(desk: Desk) -> None:
    assert_problem(desk.post("case", case(), by="nobody"), 401)
