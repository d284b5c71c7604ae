"""The messages in and out, field by field."""

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction

import pytest
from google.protobuf.json_format import Parse

from duibiao.bus import UnprocessableRecord
from duibiao.contracts.v1 import alert_pb2, verdict_pb2
from services.alerts.adapters.documents import alert_document, reply_document, webhook_body
from services.alerts.adapters.messages import event_of, read_changed
from services.alerts.domain import answers, life
from services.alerts.domain.alert import (
    Colour,
    Identity,
    Reply,
    ReplyFile,
    Stamp,
    Subject,
    Transition,
    Trigger,
)
from services.alerts.domain.life import Asking
from services.alerts.domain.news import Duty, Series, Verdict

AT = datetime(2021, 4, 16, 1, 0, 0, 250000, tzinfo=UTC)


def told(**fields: object) -> bytes:
    verdict = verdict_pb2.Verdict(
        **{
            "id": "v1",
            "target": "T16",
            "indicator": "export-rebate-days",
            "region": "610100",
            "period": "2021Q1",
            "period_end": "2021-03-31",
            "status": "missed",
            "value": "11/2",
            "attainment_ratio": "11/12",
            "present": True,
            "ended": True,
            "inputs_digest": "d",
            "evaluated_us": 1_618_534_800_250_000,
            **fields,
        }  # type: ignore[arg-type]
    )
    return verdict_pb2.Changed(
        verdict=verdict, received_us=1_618_534_800_000_001
    ).SerializeToString()


def test_a_verdict_comes_in() -> None:
    news, received = read_changed(told())

    assert news == Verdict(
        id="v1",
        series=Series("T16", None, "610100"),
        period="2021Q1",
        status="missed",
        reason=None,
        value="11/2",
        attainment_ratio=Fraction(11, 12),
        near_threshold=False,
        present=True,
        ended=True,
        inputs_digest="d",
        evaluated_at=AT,
    )
    assert received == datetime(2021, 4, 16, 1, 0, 0, 1, tzinfo=UTC)


def test_what_is_given_comes_in_too() -> None:
    news, _ = read_changed(told(org="tax-bureau", reason="no_figure", near_threshold=True))

    assert isinstance(news, Verdict)
    assert (news.series.org, news.reason) == ("tax-bureau", "no_figure")
    assert news.near_threshold


def test_a_duty_comes_in_and_the_clock_has_no_receipt() -> None:
    message = verdict_pb2.Changed(
        duty=verdict_pb2.Duty(
            duty="6.3/2021Q1",
            org="tax-bureau",
            measure="6.3",
            period="2021Q1",
            status="overdue",
            due="2021-03-25",
            effective_due="2021-03-26",
        )
    )
    duty = Duty("6.3/2021Q1", "tax-bureau", "6.3", "2021Q1", "overdue", date(2021, 3, 26))

    assert read_changed(message.SerializeToString()) == (duty, None)


@pytest.mark.parametrize(
    "data",
    [
        b"\xff\xff",
        b"",
        verdict_pb2.Changed(received_us=5).SerializeToString(),
        verdict_pb2.Changed(duty=verdict_pb2.Duty(duty="x")).SerializeToString(),
        told(attainment_ratio="x"),
        told(attainment_ratio="1/0"),
        told(attainment_ratio="1e999999999"),
        told(attainment_ratio="9" * 5000),
        told(attainment_ratio=""),
        told(value="5,5"),
        told(value="1/0"),
    ],
)
def test_what_no_sender_of_ours_writes_is_poison(data: bytes) -> None:
    with pytest.raises(UnprocessableRecord):
        read_changed(data)


def a_step() -> Transition:
    subject = Subject(
        Identity("T16", None, None, "610100"), "21.2", ("tax-bureau", "customs"), ("x",)
    )
    found = Trigger(Colour.YELLOW, "yellow-breach", "verdict", "2021Q1", "v1", "v1", figure="11/2")
    return life.opened(
        "alert-1",
        subject,
        [found],
        Asking(waits=False, reply_due=date(2021, 4, 23)),
        number="黄-2021-0007",
        stamp=Stamp("step-1", AT, "duibiao"),
    )


def a_recovery() -> Transition:
    """Return the step by which a period was found restated good, late as it had come."""
    alert = a_step().alert
    named = replace(alert.named[0], late=True, restated="5.4")
    return life.recovered(
        replace(alert, named=(named,), recovering="e"), Stamp("s2", AT, "duibiao")
    )


def test_a_step_goes_out_as_proto3_json() -> None:
    event = event_of(a_step(), "duibiao.alerts.v1")

    assert (event.id, event.type, event.topic) == (
        "step-1",
        "duibiao.alert.opened",
        "duibiao.alerts.v1",
    )
    assert (event.key, event.source, event.time) == ("T16//610100", "alerts", AT)
    assert event.content_type == "application/json"
    assert json.loads(event.data) == {
        "step": "opened",
        "sequence": 1,
        "at": "2021-04-16T01:00:00.250Z",
        "actor": "duibiao",
        "cause": "v1",
        "rule": "yellow-breach",
        "reason": "",
        "alert": {
            "id": "alert-1",
            "number": "黄-2021-0007",
            "colour": "yellow",
            "state": "firing",
            "target": "T16",
            "duty": "",
            "measure": "21.2",
            "org": "",
            "region": "610100",
            "period": "2021Q1",
            "leads": ["tax-bureau", "customs"],
            "copied": ["x"],
            "openedAt": "2021-04-16T01:00:00.250Z",
            "replyDue": "2021-04-23",
            "verdictId": "v1",
            "periods": ["2021Q1"],
            "lateFigure": False,
            "restated": [],
            "lacking": [],
        },
    }


def test_the_json_is_read_back_by_protobuf_itself() -> None:
    message = Parse(event_of(a_step(), "t").data, alert_pb2.AlertChanged())

    assert message.alert.number == "黄-2021-0007"
    assert message.at.ToDatetime(UTC) == AT


def test_the_marks_go_out() -> None:
    alert = json.loads(event_of(a_recovery(), "t").data)["alert"]
    document = alert_document(a_recovery().alert)

    assert (alert["lateFigure"], alert["recoveredAt"]) == (True, "2021-04-16T01:00:00.250Z")
    assert alert["restated"] == [{"period": "2021Q1", "old": "11/2", "new": "5.4"}]
    assert (document["late_figure"], document["recovered_at"]) == (
        True,
        "2021-04-16T01:00:00.250000Z",
    )
    assert document["restated"] == [{"period": "2021Q1", "old": 5.5, "new": 5.4}]


def test_a_reply_is_shown_to_who_may_read_it() -> None:
    reply = Reply(
        "tax-bureau", AT, "已整改", "人手", "增员", date(2021, 5, 1), (ReplyFile("方案.docx"),)
    )

    assert reply_document(reply, readable=True) == {
        "org": "tax-bureau",
        "replied_at": "2021-04-16T01:00:00.250000Z",
        "comment": "已整改",
        "cause": "人手",
        "measures": "增员",
        "finish_by": "2021-05-01",
        "files": [{"name": "方案.docx", "sha256": None, "type": None, "size": None}],
    }
    bare = reply_document(reply, readable=False)
    assert [name for name, value in bare.items() if value is not None] == ["org", "replied_at"]


def test_what_units_write_does_not_go_out() -> None:
    said = answers.appealed(a_step().alert, Stamp("s2", AT, "tax-bureau"), "内部说明")

    assert "内部说明" not in event_of(said, "t").data.decode()
    assert "内部说明" not in webhook_body(said).decode()
    revoked = life.revoked(a_step().alert, Stamp("s3", AT, "office"), "keying error")
    assert json.loads(event_of(revoked, "t").data)["reason"] == "keying error"


def test_a_duty_is_keyed_by_duty_and_unit() -> None:
    step = a_step()
    subject = Subject(Identity(None, "6.3/2021Q1", "tax-bureau", None), "6.3", ("tax-bureau",), ())
    trigger = replace(step.alert.trigger, verdict_id=None)
    alert = replace(step.alert, subject=subject, trigger=trigger, reply_due=None)
    event = event_of(replace(step, alert=alert), "t")

    assert event.key == "6.3/2021Q1/tax-bureau"
    body = json.loads(event.data)["alert"]
    assert (body["target"], body["replyDue"], body["verdictId"]) == ("", "", "")


def test_the_document_of_an_alert_has_every_field_of_the_contract() -> None:
    document = alert_document(a_step().alert)

    assert " ".join(document) == (
        "id number colour state target duty measure org region period leads copied "
        "opened_at reply_due verdict_id periods late_figure recovered_at restated appealed "
        "acknowledged_by closed_without"
    )
    assert document["org"] is None
    assert document["opened_at"] == "2021-04-16T01:00:00.250000Z"
    assert document["reply_due"] == "2021-04-23"


def test_the_body_of_a_webhook() -> None:
    late = replace(a_step().alert, opened_at=AT - timedelta(days=1))
    body = json.loads(webhook_body(replace(a_step(), alert=late)))

    assert (body["type"], body["timestamp"]) == ("alert.opened", "2021-04-16T01:00:00.250000Z")
    assert body["data"]["sequence"] == 1
    assert body["data"]["alert"]["number"] == "黄-2021-0007"
