"""One agency's key on another agency's things, at every operation of the description: never data.

The operations are read off `/openapi.json`, so that a new one is tried too: one whose path names a
thing that is not known here fails until it is said what of the owner's that thing is.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import httpx
import pytest

from tests.service.alerts.service import REPLY
from tests.support.product import Product, Row
from tests.support.registers import the_register
from tests.support.waiting import until
from tests.unit.ingest.evidence_samples import PDF, pdf

OWNER, STRANGER = "tax-bureau", "finance-bureau"
SECRET = "只写给办公室的整改说明"
# What any key may read (contract.md, section 3): what the city is judged by, and how.
SHARED: Final = {
    *("notice", "tasks", "measures", "orgs", "regions", "indicators", "targets"),
    *("verdicts", "duties", "scorecards", "bulletins", "workdays", "alerts", "waivers"),
}
OPEN: Final = {"/livez", "/readyz", "/metrics"}


@dataclass(frozen=True)
class Owned:
    """What belongs to the owner: by name of the path's parameter, and what no stranger may read."""

    things: Mapping[str, str]
    marks: tuple[str, ...]


@dataclass(frozen=True)
class Operation:
    method: str
    path: str
    about: Row
    schemas: Row

    @property
    def shared(self) -> bool:
        shared = self.method == "GET" and self.path.split("/")[2] in SHARED
        return shared and not self.path.endswith("/files/{sha256}")

    def body(self) -> object:
        """Return the smallest sound body, with the owner as its org where it has one."""
        content = self.about.get("requestBody", {}).get("content", {})
        if "application/json" not in content:
            return None
        told = content["application/json"]
        if "example" in told:
            return told["example"] | {"org": OWNER}
        return self._least(told["schema"])

    def _least(self, schema: Row) -> object:
        if "$ref" in schema:
            return self._least(self.schemas[schema["$ref"].rpartition("/")[2]])
        if "anyOf" in schema:
            return self._least(schema["anyOf"][0])
        if schema.get("type") == "object":
            properties = schema.get("properties", {})
            body = {name: self._least(properties[name]) for name in schema.get("required", ())}
            return body | ({"org": OWNER} if "org" in properties else {})
        if "enum" in schema:
            return schema["enum"][0]
        if schema.get("format") == "date":
            return "2030-01-01"
        least: Row = {"string": "说明", "integer": 1, "number": 1, "boolean": False, "array": []}
        return least[schema["type"]]


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    with Product(tmp_path_factory.mktemp("strangers") / "state") as product:
        yield product


@pytest.fixture(scope="module")
def owned(product: Product) -> Owned:
    """Give the owner one of everything: a submission, a key, an alert with a reply."""
    row = {"indicator": "export-rebate-days", "period": "2021Q1", "value": 5.9, "sample_size": 9}
    submission = product.post("observations", OWNER, row).json()["submission_id"]
    product.evaluated(submission)
    alert = until(lambda: next(iter(product.items("/v1/alerts?target=T16")), None), what="an alert")
    file = {
        path: product.client.post(
            f"{path}?name=a.pdf",
            content=pdf(SECRET),
            headers={**product.key(OWNER), "Content-Type": PDF},
        ).json()
        for path in ("/v1/files", f"/v1/alerts/{alert['id']}/files")
    }["/v1/files"]
    told = product.client.post(
        f"/v1/alerts/{alert['id']}/reply",
        json=REPLY | {"comment": SECRET, "files": [file["sha256"]]},
        headers=product.key(OWNER),
    )
    assert told.status_code == 200, told.text
    assert SECRET in told.text
    days = {"first": "2021-01-01", "until": "2021-01-31", "document": "1"}
    waiver = product.client.post(
        "/v1/waivers", json={"target": "T16", "reason": SECRET, **days}, headers=product.key(OWNER)
    ).json()
    note = {"org": OWNER, "period": "2021Q1", "indicator": "export-rebate-days", "text": SECRET}
    noted = product.client.post("/v1/notes", json=note, headers=product.key("office"))
    submitted = product.client.post(
        f"/v1/reviews/{OWNER}/2021Q1/submit",
        json={"person": SECRET, "zero_reports": True},
        headers=product.key(OWNER),
    )
    assert (noted.status_code, submitted.status_code) == (201, 200), (noted.text, submitted.text)
    keys = product.items(f"/v1/keys?org={OWNER}", org="admin")
    person = {"name": SECRET, "position": "head", "org": OWNER, "key": False}
    known = product.client.post("/v1/people", json=person, headers=product.key("admin"))
    end = (datetime.now(UTC) + timedelta(days=9)).isoformat()
    silence = {"matchers": {"org": OWNER}, "reason": SECRET, "until": end}
    silenced = product.client.post("/v1/silences", json=silence, headers=product.key("office"))
    things = {
        "silence_id": silenced.json()["id"],
        "flood_id": "none",  # there has been none
        "person_id": known.json()["id"],
        "submission_id": submission,
        "alert_id": alert["id"],
        "verdict_id": product.verdict("T16", "2021Q1")["id"],
        "key_id": keys[0]["id"],
        "waiver_id": waiver["id"],
        "sha256": file["sha256"],
        "doubt_id": "jump.2021Q1.0",
        "note_id": noted.json()["id"],
        "org": OWNER,
        "period": "2021Q1",
        "name": "indicator",
    }
    return Owned(things, (SECRET, keys[0]["id"]))


@pytest.fixture(scope="module")
def operations(product: Product) -> list[Operation]:
    document = product.client.get("/openapi.json").json()
    return [
        Operation(method.upper(), path, about, document["components"]["schemas"])
        for path, methods in document["paths"].items()
        for method, about in methods.items()
        if path not in OPEN
    ]


def attempt(product: Product, operation: Operation, owned: Owned) -> tuple[httpx.Response, bool]:
    """Ask as the stranger for what is the owner's; tell also whether that was named."""
    names = {one["name"] for one in operation.about.get("parameters", ()) if one["in"] == "path"}
    unknown = names - set(owned.things)
    assert not unknown, f"{operation.path}: what of the owner's is {unknown}? Say so in `owned`."
    query = [one["name"] for one in operation.about.get("parameters", ()) if one["in"] == "query"]
    body = operation.body()
    given = {"org": OWNER} | ({"name": "a.pdf"} if names else {})  # what a file is to be called
    answer = product.client.request(
        operation.method,
        operation.path.format(**owned.things),
        params={one: value for one, value in given.items() if one in query},
        headers=product.key(STRANGER),
        json=body,
    )
    named = bool(names - {"name"}) or "org" in query or OWNER in json.dumps(body)
    return answer, named


def test_every_operation_refuses_a_stranger(
    product: Product, operations: list[Operation], owned: Owned
) -> None:
    before = state(product, owned)
    wrong = []
    for operation in operations:
        answer, named = attempt(product, operation, owned)
        good = {403, 404} if named and not operation.shared else {200, 403, 404, 422}
        leaks = [mark for mark in owned.marks if mark in answer.text]
        # An id that the stranger sent itself is told back where there is nothing at it.
        if leaks and answer.status_code in {403, 404}:
            leaks = [mark for mark in leaks if mark not in str(answer.request.url)]
        if answer.status_code not in good or leaks:
            wrong.append((operation.method, operation.path, answer.status_code, leaks))
    assert wrong == []
    assert state(product, owned) == before
    assert len(operations) > 30


def test_a_list_without_a_filter_holds_nothing_of_the_owner(
    product: Product, operations: list[Operation], owned: Owned
) -> None:
    asked = 0
    for operation in operations:
        if operation.method == "GET" and "{" not in operation.path and not operation.shared:
            answer = product.client.get(operation.path, headers=product.key(STRANGER))
            assert answer.status_code in {200, 403}, operation.path
            things = (owned.things[name] for name in ("submission_id", "alert_id", "sha256"))
            for mark in (*owned.marks, *things):
                assert mark not in answer.text, operation.path
            asked += 1
    assert asked > 5


def test_the_office_opens_the_file_that_a_reply_names(product: Product, owned: Owned) -> None:
    office = product.key("office")
    alert = product.client.get(f"/v1/alerts/{owned.things['alert_id']}", headers=office).json()
    (file,) = alert["replies"][0]["files"]
    address = f"/v1/alerts/{owned.things['alert_id']}/files/{file['sha256']}"
    assert product.client.get(address, headers=office).content == pdf(SECRET)
    assert product.client.get(address, headers=product.key(STRANGER)).status_code == 404


def state(product: Product, owned: Owned) -> tuple[Any, ...]:
    """Return what strangers could have changed."""
    alert = product.client.get(
        f"/v1/alerts/{owned.things['alert_id']}", headers=product.key("office")
    )
    keys = [{**row, "last_used_at": None} for row in product.items("/v1/keys", org="admin")]
    return alert.json(), keys, product.items("/v1/submissions")


ROWS = [
    ("observations", {"indicator": "export-rebate-days", "period": "2021Q2", "value": 5}),
    ("observations", {"indicator": "export-rebate-days", "period": "2021Q2", "value": 5,
                      "region": "610112"}),
    ("cases", {"case_no": "A-1", "indicator": "export-rebate-days", "outcome": "open",
               "accepted_at": "2021-03-01"}),
    ("progress-reports", {"measure": "21.2", "period": "2021Q1", "state": "in_progress"}),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "row"), ROWS)
@pytest.mark.parametrize("named", [False, True])
def test_rows_of_another_org_are_refused(
    product: Product, kind: str, row: Row, *, named: bool
) -> None:
    assert OWNER in the_register().indicators["export-rebate-days"].reported_by
    before = product.items("/v1/submissions")
    answer = product.post(kind, STRANGER, row | ({"org": OWNER} if named else {}))
    assert answer.status_code == 403, answer.text
    codes = {fault["code"] for fault in answer.json()["errors"]}
    assert codes == {"other-org" if named else "not-yours"}
    assert product.items("/v1/submissions") == before
