"""What the service says: changed verdicts and duties, and how a submission's rows were counted."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

import msgspec
from google.protobuf.message import DecodeError
from msgspec import defstruct

from duibiao.bus import Event, Record, UnprocessableRecord
from duibiao.bus.dead_letters import original
from duibiao.contracts.keys import Keyed, expect_key, key_of
from duibiao.contracts.topics import DECISIONS, OUTCOMES, VERDICTS, Topic
from duibiao.contracts.v1 import decision_pb2, outcome_pb2, verdict_pb2
from duibiao.core import Clock, new_id
from duibiao.register import parse
from duibiao.workdays import from_us, to_us
from services.indicators.adapters.encoding import to_document
from services.indicators.domain.decisions import Decision, DecisionKind
from services.indicators.domain.rows import Applied, Changes, DutyRow, Verdict
from services.indicators.domain.submission import Submission
from services.indicators.domain.wording import exact_text

SOURCE: Final = "indicators"


def _shape(texts: str, **others: Any) -> type[msgspec.Struct]:  # noqa: ANN401 - types
    fields = [*((name, str) for name in texts.split()), *others.items()]
    return defstruct("Said", fields, forbid_unknown_fields=True)


_SHAPES: Final[Mapping[DecisionKind, type[msgspec.Struct]]] = {
    "waiver.requested": _shape("target reason document", org=str | None, first=date, until=date),
    "waiver.approved": _shape("reason"),
    "waiver.rejected": _shape("reason"),
    "waiver.ended": _shape("reason", until=date),
    "period.closed": _shape("comment digest", rows=int, accepted=int, unaccepted=list[str]),
    "period.reopened": _shape("reason", until=date),
    "review.submitted": _shape("person", zero_reports=bool),
    "review.returned": _shape(
        "reason", indicator=str | None, region=str | None, measure=str | None
    ),
    "review.accepted": _shape(""),
    "note.added": _shape("org period indicator text", region=str | None, follow_up=bool),
    "note.resolved": _shape("reason"),
    "doubt.answered": _shape("reason", doubt=dict[str, Any]),
}


@dataclass(frozen=True, slots=True)
class Events:
    """Makes the events of one installation's indicators service."""

    clock: Clock
    prefix: str

    def of_changes(self, changes: Changes, received_at: datetime | None = None) -> Iterator[Event]:
        """Yield the events of what changed; `received_at` None where the clock was the cause."""
        received_us = 0 if received_at is None else to_us(received_at)
        for change in changes.verdicts:
            message = verdict_pb2.Changed(verdict=_verdict(change.verdict), received_us=received_us)
            yield self._event(VERDICTS, "duibiao.verdict.changed", message)
        for duty in changes.duties:
            message = verdict_pb2.Changed(duty=_duty(duty), received_us=received_us)
            yield self._event(VERDICTS, "duibiao.duty.changed", message)

    def of_outcome(self, submission: Submission, applied: Applied) -> Event:
        """Return the event that closes a submission: its final counts."""
        message = outcome_pb2.Outcomes(
            submission_id=submission.id,
            org=submission.org,
            accepted=applied.counts.accepted,
            duplicate=applied.counts.duplicate,
            revised=applied.counts.revised,
            evaluated_us=to_us(self.clock.now()),
        )
        return self._event(OUTCOMES, "duibiao.submission.evaluated", message)

    def of_decision(self, decision: Decision) -> Event:
        """Return the event of a decision; its id is the decision's, however often it is sent."""
        message = decision_pb2.Decision(
            id=decision.id,
            kind=decision.kind,
            subject=decision.subject,
            said=to_document(decision.said),
            actor=decision.actor,
            decided_us=to_us(decision.decided_at),
        )
        return self._event(DECISIONS, f"duibiao.{decision.kind}", message, decision.id)

    def of_dead_letter(self, record: Record) -> Iterator[Event]:
        """Yield the event that tells ingest that a submission was put aside."""
        message = outcome_pb2.Outcomes(
            submission_id=original(record.event),
            org=record.event.key,
            dead_lettered=True,
            evaluated_us=to_us(self.clock.now()),
        )
        yield self._event(OUTCOMES, "duibiao.submission.dead-lettered", message)

    def _event(self, topic: Topic, kind: str, message: Keyed, ident: str | None = None) -> Event:
        return Event(
            id=ident or new_id(self.clock),
            type=kind,
            topic=topic.name(self.prefix),
            key=key_of(message),
            source=SOURCE,
            time=self.clock.now(),
            data=message.SerializeToString(),
            content_type=topic.content_type,
        )


def read_decision(data: bytes, key: str) -> Decision:
    """Read a record of the decisions topic.

    Raises:
        UnprocessableRecord: the bytes are no whole decision, or stand under another key.

    """
    try:
        message = decision_pb2.Decision.FromString(data)
        expect_key(message, key)
        kind = msgspec.convert(message.kind, DecisionKind)
        said = msgspec.json.decode(message.said, type=dict[str, Any])
        msgspec.convert(said, _SHAPES[kind])
        if kind.startswith("period."):
            parse(message.subject)
        if kind.startswith("review."):
            _, code = message.subject.split("/")
            parse(code)
        moment = from_us(message.decided_us)
    except (DecodeError, msgspec.DecodeError, ValueError, OverflowError) as error:
        raise UnprocessableRecord(f"not a decision: {error}") from error
    return Decision(message.id, kind, message.subject, said, message.actor, moment)


def _verdict(verdict: Verdict) -> verdict_pb2.Verdict:
    row = verdict.row
    same = "id target indicator region period status near_threshold decisive pending_approvals"
    return verdict_pb2.Verdict(
        **{name: getattr(row, name) for name in same.split()},
        value=exact_text(row.value),
        threshold=exact_text(row.threshold),
        attainment_ratio=exact_text(row.attainment_ratio),
        org=row.org or "",
        period_end=verdict.period_end.isoformat(),
        reason=row.reason or "",
        present=verdict.present,
        inputs_digest=verdict.inputs_digest,
        evaluated_us=to_us(row.evaluated_at),
        previous_status=verdict.previous_status or "",
        ended=verdict.ended,
        granting_attains=verdict.granting_attains,
    )


def _duty(row: DutyRow) -> verdict_pb2.Duty:
    return verdict_pb2.Duty(
        **{name: getattr(row, name) for name in ("duty", "org", "measure", "period", "status")},
        due=row.due.isoformat(),
        effective_due=row.effective_due.isoformat(),
        received_on="" if row.received_on is None else row.received_on.isoformat(),
        submission_id=row.submission_id or "",
    )
