"""Receipts: what a sender reads later, and who may read whose."""

from services.ingest.adapters.formats import XLSX
from tests.service.ingest.service import Desk, assert_problem
from tests.support.ingest import figure, report
from tests.support.registers import CUSTOMS, TAX

BAD = figure(region="610103", value=-1)


def test_a_receipt_before_and_after_its_verdicts(desk: Desk) -> None:
    rows = [figure(), BAD, figure(region="610122")]
    posted = desk.post("observation", rows, query="?mode=partial").json()
    receipt = desk.get(posted["status_url"]).json()
    assert receipt == {
        "submission_id": posted["submission_id"],
        "org": TAX,
        "key_id": "tax000000001",
        "kind": "observation",
        "state": "accepted",
        "received_at": "2021-06-01T04:00:00Z",
        "evaluated_at": None,
        "received": 3,
        "accepted": 2,
        "duplicate": None,
        "revised": None,
        "rejected": 1,
        "errors_total": 1,
        "errors": posted["errors"],
        "warnings_total": 0,
        "warnings": [],
        "encoding": None,
        "status_url": posted["status_url"],
    }
    desk.settle(posted["submission_id"], accepted=1, revised=1)
    settled = desk.get(posted["status_url"]).json()
    assert settled == receipt | {
        "state": "evaluated",
        "evaluated_at": "2021-06-02T02:13:20Z",
        "accepted": 1,
        "duplicate": 0,
        "revised": 1,
    }


def test_what_is_not_there_is_not_found(desk: Desk) -> None:
    for name in ("0", "01234567-89ab-7def-8123-456789abcdef", "%00", "x" * 300):
        assert_problem(desk.get(f"/v1/submissions/{name}"), 404)


def test_a_receipt_is_its_orgs_own(desk: Desk) -> None:
    url = desk.post("observation", figure()).json()["status_url"]
    for by, status in {"tax": 200, "office": 200, "auditor": 200, "customs": 403}.items():
        assert desk.get(url, by=by).status_code == status
    assert [e["code"] for e in assert_problem(desk.get(url, by="admin"), 403)] == [
        "role-not-allowed"
    ]
    assert_problem(desk.get(url, by="nobody"), 401)


def test_the_list_is_paged_newest_first(desk: Desk) -> None:
    ids = []
    for number in range(5):
        desk.clock.advance(seconds=1)
        answer = desk.post("observation", figure(value=number))
        ids.append(answer.json()["submission_id"])
    seen, path = [], "/v1/submissions?limit=2"
    sizes = []
    while path:
        page = desk.get(path).json()
        seen += [item["submission_id"] for item in page["items"]]
        sizes.append(len(page["items"]))
        cursor = page["next_cursor"]
        path = f"/v1/submissions?limit=2&cursor={cursor}" if cursor else ""
    assert seen == ids[::-1]
    assert sizes == [2, 2, 1]


def test_the_list_shows_an_org_its_own_and_the_office_all(desk: Desk) -> None:
    desk.post("observation", figure())
    desk.post("observation", figure(), by="customs")
    desk.post("progress_report", report(org=TAX), by="office")

    def orgs(path: str, by: str) -> list[str]:
        return [item["org"] for item in desk.get(path, by=by).json()["items"]]

    assert orgs("/v1/submissions", "tax") == [TAX, TAX]
    assert orgs("/v1/submissions?org=tax-bureau", "tax") == [TAX, TAX]
    assert orgs("/v1/submissions", "office") == [TAX, CUSTOMS, TAX]
    assert orgs("/v1/submissions?org=customs", "auditor") == [CUSTOMS]
    assert_problem(desk.get("/v1/submissions?org=customs", by="tax"), 403)
    assert_problem(desk.get("/v1/submissions", by="admin"), 403)


def test_the_list_carries_no_faults_but_their_number(desk: Desk) -> None:
    desk.post("observation", [BAD], query="?mode=partial")
    (item,) = desk.get("/v1/submissions").json()["items"]
    assert item["errors_total"] == 1
    assert "errors" not in item


def test_a_bad_page_is_refused(desk: Desk) -> None:
    for query in ("limit=0", "limit=1001", "limit=x", "cursor=%00", "cursor=WzFd"):
        assert_problem(desk.get(f"/v1/submissions?{query}"), 422)


def test_the_posting_routes_are_in_the_reference(desk: Desk) -> None:
    document = desk.get("/openapi.json").json()
    for path in ("/v1/observations", "/v1/cases", "/v1/progress-reports"):
        operation = document["paths"][path]["post"]
        assert set(operation["requestBody"]["content"]) == {
            "application/json",
            "application/x-ndjson",
            "text/csv",
            XLSX,
        }
        assert {"200", "202", "207"} <= set(operation["responses"])
    assert_problem(desk.get("/v1/cases"), 405)


def test_a_misspelt_filter_is_told(desk: Desk) -> None:
    (told,) = assert_problem(desk.get("/v1/submissions?orgs=x"), 422)
    assert (told["code"], told["pointer"]) == ("unknown-field", "/query/orgs")
    assert_problem(desk.get("/v1/submissions?orgs=x", by="nobody"), 401)
