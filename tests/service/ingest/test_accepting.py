"""Sound requests: what is answered, what is kept, and what goes on the log."""

import csv
import gzip
import io
import json
from datetime import UTC, datetime
from typing import Any

import pytest

from duibiao.contracts.v1 import submission_pb2 as pb
from services.ingest.domain.submission import Format
from services.ingest.domain.times import microseconds
from tests.service.ingest.service import Desk
from tests.support.ingest import NOON, case, figure, report
from tests.support.registers import TAX

RECEIVED = microseconds(NOON)


def table(rows: list[dict[str, Any]], encoding: str = "utf-8", ending: str = "\r\n") -> bytes:
    """Write rows as CSV, nested fields as JSON text."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator=ending)
    columns = list(dict.fromkeys(name for row in rows for name in row))
    writer.writerow(columns)
    for row in rows:
        writer.writerow(
            json.dumps(cell, ensure_ascii=False) if isinstance(cell, list | dict) else cell
            for cell in (row.get(name) for name in columns)
        )
    return text.getvalue().encode(encoding)


def test_the_answer_to_one_figure(desk: Desk) -> None:
    answer = desk.post("observation", figure())
    assert answer.status_code == 202
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["x-request-id"]
    body = answer.json()
    assert body == {
        "submission_id": body["submission_id"],
        "received": 1,
        "accepted": 1,
        "duplicate": None,
        "revised": None,
        "rejected": 0,
        "errors": [],
        "errors_total": 0,
        "warnings": [],
        "warnings_total": 0,
        "encoding": None,
        "status_url": f"/v1/submissions/{body['submission_id']}",
    }
    assert desk.count("submissions") == 1


def test_the_record_on_the_log(desk: Desk) -> None:
    answer = desk.post(
        "observation",
        [
            figure(value=5.50, sample_size=23, stated_at="2021-04-01"),
            figure(indicator="share", value=None, numerator=1, denominator=3, region="610103"),
            figure(period="202105", value=None, status="not_applicable", comment="尚无业务"),
        ],
    )
    (sent,) = desk.sent()
    assert (sent.id, sent.org, sent.key_id) == (answer.json()["submission_id"], TAX, "tax000000001")
    assert (sent.kind, sent.received, sent.rejected) == (pb.ROW_KIND_OBSERVATION, 3, 0)
    assert sent.received_us == RECEIVED
    first, second, third = sent.observations
    assert (first.index, first.indicator, first.region, first.period) == (
        0,
        "days",
        "610100",
        "2021Q1",
    )
    assert (first.value, first.sample_size) == ("5.5", "23")
    assert not first.HasField("numerator")
    assert first.stated_us == microseconds(datetime(2021, 3, 31, 16, tzinfo=UTC))
    assert (second.numerator, second.denominator, second.region) == ("1", "3", "610103")
    assert not second.HasField("value")
    assert second.stated_us == RECEIVED
    assert (third.not_applicable, third.comment) == (True, "尚无业务")


def test_the_event_around_it(desk: Desk) -> None:
    submission_id = desk.post("case", case()).json()["submission_id"]
    desk.sent()
    (event,) = desk.bus.events
    assert (event.id, event.key, event.source) == (submission_id, TAX, "ingest")
    assert event.type == "duibiao.submission.accepted"
    assert event.time == NOON


def test_a_case_with_everything(desk: Desk) -> None:
    row = case(
        indicator="share",
        region="610122",
        outcome="refused",
        resolved=False,
        deadline="2021-04-30T18:00:00+08:00",
        pauses=[
            {"from": "2021-03-02", "to": "2021-03-04", "ground": "hearing", "document": "听〔1〕"},
            {
                "from": "2021-03-05",
                "to": "2021-03-08",
                "ground": "supplement",
                "document": "补〔2〕",
            },
        ],
        extension={"days": 5, "document": "延〔3〕", "approved_by": "局长"},
        labels={"窗口": "三号"},
        stated_at="2021-05-01T08:00:00Z",
    )
    desk.post("case", row)
    desk.post("case", table([row]), form="csv")
    first, second = desk.sent(2)
    assert first.cases == second.cases
    (sent,) = first.cases
    assert (sent.case_no, sent.indicator, sent.region) == ("A-1", "share", "610122")
    assert sent.outcome == "refused"
    assert sent.HasField("resolved")
    assert sent.resolved is False
    assert sent.accepted_us == microseconds(datetime(2021, 2, 28, 16, tzinfo=UTC))
    assert sent.completed_us == microseconds(datetime(2021, 3, 8, 2, tzinfo=UTC))
    assert sent.deadline_us == microseconds(datetime(2021, 4, 30, 10, tzinfo=UTC))
    assert [(p.ground, p.document) for p in sent.pauses] == [
        ("hearing", "听〔1〕"),
        ("supplement", "补〔2〕"),
    ]
    granted = sent.extension
    assert (granted.days, granted.document, granted.approved_by) == (5, "延〔3〕", "局长")
    assert dict(sent.labels) == {"窗口": "三号"}


def test_progress_reports(desk: Desk) -> None:
    desk.post(
        "progress_report",
        [
            report(milestone="1.1-a", state="done", done_on="2021-03-30", summary="完成\n二"),
            report(state=None, zero_report=True),
        ],
    )
    (sent,) = desk.sent()
    done, zero = sent.reports
    assert (done.measure, done.period, done.milestone) == ("1.1", "2021Q1", "1.1-a")
    assert (done.state, done.done_on, done.summary) == ("done", "2021-03-30", "完成\n二")
    assert (zero.zero_report, zero.state) == (True, "")


def test_a_report_on_paper_comes_through_the_office(desk: Desk) -> None:
    row = report(received_on="2021-03-25", org=TAX)
    assert desk.post("progress_report", row).status_code == 422
    assert desk.post("progress_report", row, by="office").status_code == 202
    (sent,) = desk.sent()
    assert (sent.org, sent.key_id, sent.reports[0].received_on) == (
        TAX,
        "office000001",
        "2021-03-25",
    )


FIGURES = [
    figure(comment="一季度，含“区县”", sample_size=4),
    figure(region="610103", value=0),
    figure(indicator="share", value=None, numerator=7, denominator=8),
]


@pytest.mark.parametrize(
    ("form", "body", "media"),
    [
        ("json", json.dumps(FIGURES).encode(), None),
        ("json", b"\xef\xbb\xbf" + json.dumps(FIGURES, indent=1).encode(), None),
        ("ndjson", "\n".join(map(json.dumps, FIGURES)).encode(), None),
        ("ndjson", ("\r\n\r\n".join(map(json.dumps, FIGURES)) + "\r\n").encode(), None),
        ("csv", table(FIGURES), None),
        ("csv", table(FIGURES, "utf-8-sig", "\n"), None),
        ("csv", table(FIGURES, "gb18030"), None),
        ("csv", table(FIGURES, "gb18030"), "text/csv; charset=GBK"),
        ("csv", table(FIGURES), 'TEXT/CSV; header=present; charset="UTF-8"'),
    ],
)
@pytest.mark.parametrize("packing", ["", "gzip"])
def test_every_format_makes_the_same_record(
    desk: Desk, form: Format, body: bytes, media: str | None, packing: str
) -> None:
    headers = {"Content-Type": media} if media else {}
    if packing:
        headers["Content-Encoding"] = packing
        half = len(body) // 2
        body = gzip.compress(body[:half]) + gzip.compress(body[half:])
    answer = desk.post("observation", body, form=form, headers=headers)
    assert answer.status_code == 202, answer.text
    (sent,) = desk.sent()
    rows = [
        (row.index, row.indicator, row.region, row.value, row.numerator, row.comment)
        for row in sent.observations
    ]
    assert rows == [
        (0, "days", "610100", "5.5", "", "一季度，含“区县”"),
        (1, "days", "610103", "0", "", ""),
        (2, "share", "610100", "", "7", ""),
    ]


def test_a_large_body_is_read_beside_the_event_loop(desk: Desk) -> None:
    rows = [case(case_no=f"N-{number}", labels={"note": "x" * 40}) for number in range(2_000)]
    answer = desk.post("case", rows)
    assert (answer.status_code, answer.json()["accepted"]) == (202, 2_000)
    (sent,) = desk.sent()
    assert [row.case_no for row in sent.cases] == [f"N-{number}" for number in range(2_000)]


def test_a_part_of_the_log_that_is_down_delays_nobody(desk: Desk) -> None:
    desk.bus.send_fails = 3
    assert desk.post("observation", figure()).status_code == 202
    (sent,) = desk.sent()
    assert len(sent.observations) == 1
