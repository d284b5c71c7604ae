"""What agencies, the office and a receiver do on a working day; runs unchanged in every shape.

Figures and cases in several formats, corrections, a refused row, a request sent twice; a promise
broken and kept again, an alert raised and recovered, told by webhook; the board, the audit log.
"""

import csv
import gzip
import io
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

import httpx
import openpyxl
import pytest

from tests.support.evidence import check_product
from tests.support.history import History
from tests.support.product import Row
from tests.support.receiver import LocalReceiver, signed
from tests.support.registers import the_register
from tests.support.shapes import KINDS, TWO_OF_EACH, Kind, Shape, running
from tests.support.waiting import until
from tests.support.writers import breach_and_recover, log, mortgage_cases

MORTGAGES = the_register().indicators["mortgage-registration-days"]
REBATES = the_register().indicators["export-rebate-days"]
BUREAU = REBATES.reported_by[0]
JSON, NDJSON = "application/json", "application/x-ndjson"
CSV = "text/csv; charset=gb18030"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@pytest.fixture
def receiver() -> Iterator[LocalReceiver]:
    with LocalReceiver() as receiver:
        yield receiver


@pytest.fixture(params=(*KINDS, TWO_OF_EACH), ids=lambda kind: kind.name)
def shape(
    request: pytest.FixtureRequest, tmp_path: Path, receiver: LocalReceiver
) -> Iterator[Shape]:
    kind: Kind = request.param
    settings = {
        "DUIBIAO_RECEIVERS": str(receiver.file(tmp_path)),
        "DUIBIAO_RECEIVER_ALLOW": "127.0.0.1",
    }
    with running(kind, tmp_path / "state", request.getfixturevalue, settings) as shape:
        yield shape


@dataclass
class Desk:
    """Whoever posts; keeps the history of what was heard."""

    shape: Shape
    history: History = field(default_factory=History)

    def post(self, kind: str, org: str, rows: Sequence[Row], media: str, **headers: str) -> Row:
        """Post rows in a format; return the receipt once the verdicts are there."""
        answer = self.send(kind, org, rows, media, **headers)
        log(self.history, org, rows, answer)
        assert answer.is_success, answer.text
        return self.shape.evaluated(answer.json()["submission_id"])

    def send(
        self, kind: str, org: str, rows: Sequence[Row], media: str, **headers: str
    ) -> httpx.Response:
        """Post rows, whether they have been posted before or not."""
        body = written(rows, media)
        if headers.get("Content_Encoding") == "gzip":
            body = gzip.compress(body)
        named = {name.replace("_", "-"): text for name, text in headers.items()}
        return self.shape.client.post(
            self.shape.url_of(f"/v1/{kind}"),
            content=body,
            headers={**self.shape.key(org), "Content-Type": media, **named},
        )


def written(rows: Sequence[Row], media: str) -> bytes:
    """Return rows as a body of one of the formats."""
    if media == JSON:
        return json.dumps(rows).encode()
    if media == NDJSON:
        return "".join(json.dumps(row) + "\n" for row in rows).encode()
    if media == XLSX:
        book, body = openpyxl.Workbook(), io.BytesIO()
        sheet = book.create_sheet(index=0)
        for line in (list(rows[0]), *(list(row.values()) for row in rows)):
            sheet.append(line)
        book.save(body)
        return body.getvalue()
    text = io.StringIO()
    table = csv.DictWriter(text, list(rows[0]))
    table.writeheader()
    table.writerows(rows)
    return text.getvalue().encode("gb18030")


def alerts(shape: Shape, state: str) -> list[Row] | None:
    """Return the alerts about the promise of T16 in a state, None while there are none."""
    return shape.items(f"/v1/alerts?target=T16&state={state}") or None


def recovered(shape: Shape) -> Row | None:
    return next((row for row in alerts(shape, "firing") or () if row["recovered_at"]), None)


def test_a_working_day(shape: Shape, receiver: LocalReceiver) -> None:
    desk = Desk(shape)

    a_promise_is_broken_and_kept_again(desk, receiver)
    cases_come_in_several_formats(desk)

    page = shape.get("/board/targets/T16?lang=en")
    assert page.status_code == httpx.codes.OK
    assert "5.3" in page.text
    check_product(shape, desk.history)  # the audit log among it
    assert desk.history.outcomes() == {"ok": 3 + 119, "fail": 1}


def a_promise_is_broken_and_kept_again(desk: Desk, receiver: LocalReceiver) -> None:
    """5.9 working days where the notice allows 5.5; then corrected, out of a spreadsheet."""
    shape = desk.shape
    breach, better, good = islice(breach_and_recover("退税", REBATES.code), 3)

    receipt = desk.post("observations", BUREAU, breach, JSON)
    assert (receipt["received"], receipt["accepted"]) == (1, 1)
    verdict = shape.verdict("T16", "2021Q4")
    assert (verdict["status"], verdict["value"], verdict["sample_size"]) == ("missed", 5.9, 100)
    (alert,) = until(lambda: alerts(shape, "firing"), what="the breach is alerted")
    assert (alert["colour"], alert["verdict_id"]) == ("yellow", verdict["id"])

    receipt = desk.post("observations", BUREAU, better, CSV)
    assert (receipt["revised"], receipt["encoding"]) == (1, "gb18030")
    desk.post("observations", BUREAU, good, NDJSON)
    verdict = shape.verdict("T16", "2021Q4")
    assert (verdict["status"], verdict["value"], verdict["sample_size"]) == ("met", 5.3, 102)
    alert = until(lambda: recovered(shape), what="the alert has recovered")
    assert (alert["state"], alert["restated"]) == (
        "firing",
        [{"period": "2021Q4", "old": 5.9, "new": 5.3}],
    )
    steps = shape.get(f"/v1/alerts/{alert['id']}").json()["history"]
    assert [(step["step"], step["to"]) for step in steps] == [
        ("opened", "firing"),
        ("recovered", "firing"),
    ]
    told = receiver.wait_for(2)
    assert [got.content["type"] for got in told] == ["alert.opened", "alert.recovered"]
    assert {got.content["data"]["alert"]["id"] for got in told} == {alert["id"]}
    assert all(map(signed, told))
    assert len({got.id for got in told}) == 2


def cases_come_in_several_formats(desk: Desk) -> None:
    """120 of them; one ends before it begins, and one request is sent twice."""
    bureau = MORTGAGES.reported_by[0]
    first, second, third = islice(mortgage_cases("抵押", 40, MORTGAGES.code), 3)

    assert desk.post("cases", bureau, first, NDJSON, Content_Encoding="gzip")["accepted"] == 40
    assert desk.post("cases", bureau, second, JSON, Idempotency_Key="only-once")["accepted"] == 40
    again = desk.send("cases", bureau, second, JSON, Idempotency_Key="only-once")
    assert again.headers["Idempotency-Replayed"] == "true"
    third[7] |= {"completed_at": "2021-11-02T15:00:00"}
    receipt = desk.post("cases?mode=partial", bureau, third, XLSX)
    assert (receipt["received"], receipt["accepted"], receipt["rejected"]) == (40, 39, 1)
    verdict = desk.shape.verdict("T13", "2021Q4")
    assert (verdict["sample_size"], verdict["within_limit"]) == (119, 119)
