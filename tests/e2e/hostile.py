"""Words that try to be more than words, put into every text that the API takes.

`WORDS` begins as a formula and goes on as markup. `Pen` notes into which fields it was sent, so
that a test can tell which fields of the API description it never was.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from tests.support.product import Product, Row
from tests.unit.ingest.evidence_samples import PDF, pdf

MARKUP = "<script>alert(1)</script><img src=x onerror=alert(2)>\"'><svg/onload=alert(3)>{{7*7}}"
WORDS = f"=HYPERLINK(1){MARKUP}"
SHORT = "=1<script>alert(4)</script><img src=x onerror=alert(5)>"
FILE = "=1<img src=x onerror=alert(6)>.pdf"
UNIT, CUSTOMS, OFFICE = "tax-bureau", "guanzhong-customs", "office"
HOUSING = "housing-construction-bureau"
# Fields whose texts are codes, times or addresses: nothing else is taken there.
CODES = {
    *("indicator", "period", "measure", "org", "target", "region", "lead", "from", "milestone"),
    *("accepted_at", "completed_at", "deadline", "stated_at", "expires_at", "until", "to", "files"),
    *("calendar", "overlay", "networks", "colour", "duty", "finish_by", "reply_due", "value"),
    *("numerator", "denominator", "sample_size", "done_on", "received_on", "first", "email"),
}

# What the sample gives no occasion for: no indicator asks for approvals, nothing is doubted, no
# flood of cards is held back. Pages show these texts with the same macros as those of the others.
NO_OCCASION = {
    *(("/v1/approvals", name) for name in ("case_no", "document", "reason")),
    ("/v1/doubts/{doubt_id}/answer", "reason"),
    ("/v1/floods/{flood_id}/release", "comment"),
    ("/v1/floods/{flood_id}/withdraw", "reason"),
}


def texts(schema: Row, schemas: Row, name: str = "") -> Iterator[str]:
    """Yield the names of the fields of a body that are free texts."""
    if "$ref" in schema:
        yield from texts(schemas[schema["$ref"].rpartition("/")[2]], schemas, name)
    for kind in ("anyOf", "oneOf", "allOf"):
        for one in schema.get(kind, ()):
            yield from texts(one, schemas, name)
    for key, one in schema.get("properties", {}).items():
        yield from texts(one, schemas, key)
    for key in ("items", "additionalProperties"):
        if isinstance(schema.get(key), dict):
            yield from texts(schema[key], schemas, name)
    kinds = schema.get("type", ())
    text = "string" in ([kinds] if isinstance(kinds, str) else kinds)
    if text and schema.keys().isdisjoint({"enum", "format", "pattern", "const"}):
        yield name


def free_texts(document: Row) -> set[tuple[str, str]]:
    """Return the free texts of the bodies of an OpenAPI document: path and name of the field."""
    return {
        (path, name)
        for path, methods in document["paths"].items()
        for about in methods.values()
        for body in about.get("requestBody", {}).get("content", {}).values()
        for name in texts(body.get("schema", {}), document["components"]["schemas"])
        if name and name not in CODES
    }


@dataclass
class Pen:
    """Writes to a product, and notes where the words went."""

    product: Product
    written: set[tuple[str, str]] = field(default_factory=set)

    def send(self, who: str, path: str, body: object, method: str = "POST", **named: str) -> Row:
        address = path.format(**named)
        answer = self.product.client.request(
            method, address, json=body, headers=self.product.key(who)
        )
        assert answer.is_success, (address, answer.text)
        self.written.update((path, name) for name in hostile(body))
        told: Row = answer.json() if answer.content else {}
        return told

    def file(self, who: str, path: str, name: str) -> Row:
        headers = {**self.product.key(who), "Content-Type": PDF}
        answer = self.product.client.post(
            path, params={"name": name}, content=pdf(), headers=headers
        )
        assert answer.is_success, answer.text
        told: Row = answer.json()
        return told


def hostile(body: object, name: str = "") -> Iterator[str]:
    """Yield the names of the fields of a body that hold the words."""
    if isinstance(body, Mapping):
        for key, one in body.items():
            yield from hostile(one, name if name == "labels" else key)
    elif isinstance(body, list):
        for one in body:
            yield from hostile(one, name)
    elif body in (WORDS, SHORT):
        yield name


def fill(product: Product) -> Pen:
    """Write the words wherever the API takes a text; the sample has been posted before."""
    pen = Pen(product)
    rows(pen)
    decisions(pen)
    cards(pen)
    people(pen)
    return pen


def rows(pen: Pen) -> None:
    """One row of each kind."""
    figure = {"indicator": "export-rebate-days", "period": "2021Q4", "comment": WORDS}
    figure["status"] = "not_applicable"
    told = pen.send(CUSTOMS, "/v1/observations", figure)
    extension = {"days": 2, "document": WORDS, "approved_by": WORDS}
    pause = {"from": "2021-10-09T09:00:00", "to": None, "ground": "hearing", "document": WORDS}
    began = {"accepted_at": "2021-10-08T09:00:00", "outcome": "open"}
    more = {"labels": {"a": SHORT}, "extension": extension, "pauses": [pause]}
    at = {"indicator": "gov-investment-approval-days"}
    pen.send(HOUSING, "/v1/cases", {"case_no": SHORT, **at, **began, **more})
    report = {"measure": "1.2", "period": "2021Q4", "state": "in_progress", "summary": WORDS}
    pen.send(UNIT, "/v1/progress-reports", report)
    pen.product.evaluated(told["submission_id"])


def decisions(pen: Pen) -> None:
    """Waivers, notes, reviews, closings, doubts."""
    for month, acts in (("10", ("approve", "end")), ("11", ("reject",))):
        days = {"first": f"2021-{month}-01", "until": f"2021-{month}-30", "document": WORDS}
        asked = {"target": "T16", "reason": WORDS, **days}
        waiver = pen.send(UNIT, "/v1/waivers", asked)
        for act in acts:
            path = f"/v1/waivers/{{waiver_id}}/{act}"
            pen.send(OFFICE, path, {"reason": WORDS}, waiver_id=waiver["id"])
    note = {"org": UNIT, "period": "2021Q4", "indicator": "export-rebate-days", "text": WORDS}
    first, _ = pen.send(OFFICE, "/v1/notes", note), pen.send(OFFICE, "/v1/notes", note)
    pen.send(OFFICE, "/v1/notes/{note_id}/resolve", {"reason": WORDS}, note_id=first["id"])
    review, where = "/v1/reviews/{org}/{period}/", {"org": UNIT, "period": "2021Q4"}
    pen.send(UNIT, f"{review}submit", {"person": SHORT, "zero_reports": True}, **where)
    pen.send(OFFICE, f"{review}return", {"reason": WORDS}, **where)
    pen.send(OFFICE, "/v1/closings", {"period": "2021Q1", "comment": WORDS})
    until = (datetime.now(UTC) + timedelta(days=3)).date().isoformat()
    reopened = {"reason": WORDS, "until": until}
    pen.send(OFFICE, "/v1/closings/{period}/reopen", reopened, period="2021Q1")


def cards(pen: Pen) -> None:
    """Every act on alerts, and a silence."""
    said = {"comment": WORDS, "cause": WORDS, "measures": WORDS, "finish_by": "2027-05-31"}
    act = "/v1/alerts/{alert_id}/"
    due = (datetime.now(UTC) + timedelta(days=30)).date().isoformat()
    reason = {"reason": WORDS}
    first, second, third = pen.product.items("/v1/alerts?colour=yellow")[:3]
    unit, other = first["leads"][0], second["leads"][0]
    file = pen.file(unit, f"/v1/alerts/{first['id']}/files", FILE)
    for who, name, body in (
        (unit, "acknowledge", {"comment": WORDS}),
        (unit, "reply", {**said, "files": [file["sha256"]]}),
        (OFFICE, "return", reason),
        (OFFICE, "extend", {**reason, "reply_due": due}),
        (unit, "appeal", reason),
        (OFFICE, "reject-appeal", reason),
        (unit, "reply", said),
        (OFFICE, "close", {"comment": WORDS, **reason}),
        (OFFICE, "reopen", reason),
    ):
        pen.send(who, act + name, body, alert_id=first["id"])
    moved = {"org": "finance-bureau", "from": other, **reason}
    pen.send(OFFICE, f"{act}assign", moved, alert_id=second["id"])
    pen.send(OFFICE, f"{act}revoke", reason, alert_id=third["id"])
    end = (datetime.now(UTC) + timedelta(days=9)).isoformat()
    pen.send(OFFICE, "/v1/silences", {"matchers": {"org": UNIT}, "until": end, **reason})


def people(pen: Pen) -> None:
    """A person, a key, a contact."""
    person = {"name": SHORT, "position": "head", "org": UNIT, "subject": WORDS, "key": False}
    pen.send("admin", "/v1/people", person)
    pen.send("admin", "/v1/keys", {"role": "org", "org": "water-bureau", "label": SHORT})
    contact = [{"name": WORDS, "email": "a@example.invalid"}]
    pen.send(UNIT, "/v1/contacts/{org}", contact, method="PUT", org=UNIT)
