"""What the service says: changed verdicts and duties, and how a submission's rows were counted."""

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from typing import Final

from duibiao.bus import Event
from duibiao.contracts.topics import OUTCOMES, VERDICTS, Topic
from duibiao.contracts.v1 import outcome_pb2, verdict_pb2
from duibiao.runtime import Clock, new_id
from services.indicators.adapters.encoding import to_us
from services.indicators.domain.rows import Applied, Changes, DutyRow, Verdict
from services.indicators.domain.submission import Submission

SOURCE: Final = "indicators"


class Events:
    """Makes the events of one installation's indicators service."""

    def __init__(self, clock: Clock, prefix: str) -> None:
        self._clock = clock
        self._prefix = prefix

    def of_changes(self, changes: Changes, received_at: datetime | None = None) -> Iterator[Event]:
        """Yield the events of what changed; `received_at` None where the clock was the cause."""
        received_us = 0 if received_at is None else to_us(received_at)
        for change in changes.verdicts:
            row = change.verdict.row
            told = verdict_pb2.Changed(verdict=_verdict(change.verdict), received_us=received_us)
            key = f"{row.target}/{row.org or ''}/{row.region}"
            yield self._event(VERDICTS, "duibiao.verdict.changed", key, told.SerializeToString())
        for duty in changes.duties:
            told = verdict_pb2.Changed(duty=_duty(duty), received_us=received_us)
            key = f"{duty.duty}/{duty.org}"
            yield self._event(VERDICTS, "duibiao.duty.changed", key, told.SerializeToString())

    def of_outcome(self, submission: Submission, applied: Applied) -> Event:
        """Return the event that closes a submission: its final counts."""
        told = outcome_pb2.Outcomes(
            submission_id=submission.id,
            org=submission.org,
            accepted=applied.counts.accepted,
            duplicate=applied.counts.duplicate,
            revised=applied.counts.revised,
            evaluated_us=to_us(self._clock.now()),
        )
        kind = "duibiao.submission.evaluated"
        return self._event(OUTCOMES, kind, submission.org, told.SerializeToString())

    def _event(self, topic: Topic, kind: str, key: str, data: bytes) -> Event:
        return Event(
            id=new_id(self._clock),
            type=kind,
            topic=topic.name(self._prefix),
            key=key,
            source=SOURCE,
            time=self._clock.now(),
            data=data,
            content_type=topic.content_type,
        )


def exact(figure: Fraction | None) -> str | None:
    """Return a figure as a decimal where it is one ("5.5"), else as a fraction ("11/3")."""
    if figure is None:
        return None
    rest, twos = _without(2, figure.denominator)
    rest, fives = _without(5, rest)
    if rest != 1:
        return str(figure)
    digits = max(twos, fives)
    whole = figure.numerator * 10**digits // figure.denominator
    return f"{Decimal(f'{whole}e-{digits}'):f}"


def _without(factor: int, number: int) -> tuple[int, int]:
    """Return the number without a prime factor, and how often it was in it."""
    times = 0
    while number % factor == 0:
        number //= factor
        times += 1
    return number, times


def _verdict(verdict: Verdict) -> verdict_pb2.Verdict:
    row = verdict.row
    return verdict_pb2.Verdict(
        id=row.id,
        target=row.target,
        indicator=row.indicator,
        org=row.org or "",
        region=row.region,
        period=row.period,
        period_end=verdict.period_end.isoformat(),
        status=row.status,
        reason=row.reason or "",
        value=exact(row.value),
        threshold=exact(row.threshold),
        attainment_ratio=exact(row.attainment_ratio),
        near_threshold=row.near_threshold,
        present=verdict.present,
        inputs_digest=verdict.inputs_digest,
        evaluated_us=to_us(row.evaluated_at),
        previous_status=verdict.previous_status or "",
        ended=verdict.ended,
    )


def _duty(row: DutyRow) -> verdict_pb2.Duty:
    return verdict_pb2.Duty(
        duty=row.duty,
        org=row.org,
        measure=row.measure,
        period=row.period,
        status=row.status,
        due=row.due.isoformat(),
        effective_due=row.effective_due.isoformat(),
        received_on="" if row.received_on is None else row.received_on.isoformat(),
        submission_id=row.submission_id or "",
    )
