"""Checked rows as the protobuf record that travels on, and back for nobody: ingest only writes.

A figure is the text of its decimal, a moment whole microseconds; `stated_us` is the receipt where
the row gave no time of its own.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from io import BytesIO
from typing import Final

from duibiao.contracts.v1 import submission_pb2 as pb
from services.ingest.domain.moments import microseconds
from services.ingest.domain.rows import (
    Approval,
    Case,
    Observation,
    Outcome,
    ProgressReport,
    ReportState,
    Row,
)
from services.ingest.domain.terms import Kind

KINDS: Final[Mapping[Kind, pb.RowKind.ValueType]] = {
    "observation": pb.ROW_KIND_OBSERVATION,
    "case": pb.ROW_KIND_CASE,
    "progress_report": pb.ROW_KIND_PROGRESS_REPORT,
    "approval": pb.ROW_KIND_APPROVAL,
}
OUTCOMES: Final[Mapping[Outcome, pb.Outcome.ValueType]] = {
    "open": pb.OUTCOME_OPEN,
    "completed": pb.OUTCOME_COMPLETED,
    "refused": pb.OUTCOME_REFUSED,
    "withdrawn": pb.OUTCOME_WITHDRAWN,
}
_STATES: Final[Mapping[ReportState, pb.ReportState.ValueType]] = {
    "not_started": pb.REPORT_STATE_NOT_STARTED,
    "in_progress": pb.REPORT_STATE_IN_PROGRESS,
    "done": pb.REPORT_STATE_DONE,
}


def record(
    submission_id: str, org: str, key_id: str, kind: Kind, received: datetime
) -> pb.Submission:
    """Return a record without rows and counts."""
    return pb.Submission(
        id=submission_id,
        org=org,
        key_id=key_id,
        kind=KINDS[kind],
        received_us=microseconds(received),
    )


class Parcel:
    """A record on its way to being packed. Parts of a message one after another are the message.

    So only the rows of one part are there as objects; of all others their bytes are.
    """

    def __init__(self, begun: pb.Submission) -> None:
        """`begun` has neither rows nor counts."""
        self.part = begun  # the one that rows are added to
        self._packed = BytesIO()

    def turn(self) -> None:
        """Pack the part there is, and begin another."""
        self._packed.write(self.part.SerializeToString())
        self.part = pb.Submission(received_us=self.part.received_us)

    def sealed(self, org: str, received: int, rejected: int) -> bytes:
        """Return the record with what is known of it at its end."""
        self.part.org = org
        self.part.received, self.part.rejected = received, rejected
        last = self.part.SerializeToString()
        if not self._packed.tell():
            return last
        self._packed.write(last)
        return self._packed.getvalue()


def pack(rows: Iterable[Row], into: pb.Submission) -> None:
    """Add rows to a record, in order."""
    for row in rows:
        if isinstance(row, Observation):
            pack_observation(row, into)
        elif isinstance(row, Case):
            pack_case(row, into)
        elif isinstance(row, Approval):
            pack_approval(row, into)
        else:
            pack_report(row, into)


def pack_observation(row: Observation, into: pb.Submission) -> None:
    """Add one figure."""
    into.observations.add(
        index=row.index,
        indicator=row.indicator,
        region=row.region,
        period=row.period,
        value=_figure(row.value),
        numerator=_figure(row.numerator),
        denominator=_figure(row.denominator),
        sample_size=_figure(row.sample_size),
        not_applicable=row.not_applicable,
        comment=row.comment,
        stated_us=_stated(row.stated_at, into),
    )


def pack_case(row: Case, into: pb.Submission) -> None:
    """Add one case."""
    packed = into.cases.add(
        index=row.index,
        case_no=row.case_no,
        indicator=row.indicator,
        region=row.region,
        accepted_us=microseconds(row.accepted_at),
        completed_us=_moment(row.completed_at),
        outcome=OUTCOMES[row.outcome],
        resolved=row.resolved,
        deadline_us=_moment(row.deadline),
        stated_us=_stated(row.stated_at, into),
        labels=row.labels,
    )
    for pause in row.pauses:
        packed.pauses.add(
            from_us=microseconds(pause.start),
            to_us=_moment(pause.end),
            ground=pause.ground,
            document=pause.document,
        )
    if row.extension is not None:
        packed.extension.days = row.extension.days
        packed.extension.document = row.extension.document
        packed.extension.approved_by = row.extension.approved_by


def pack_approval(row: Approval, into: pb.Submission) -> None:
    """Add one decision of the office."""
    into.approvals.add(
        index=row.index,
        indicator=row.indicator,
        case_no=row.case_no,
        document=row.document,
        days=row.days,
        reason=row.reason,
        stated_us=_stated(row.stated_at, into),
    )


def pack_report(row: ProgressReport, into: pb.Submission) -> None:
    """Add one progress report."""
    into.reports.add(
        index=row.index,
        measure=row.measure,
        period=row.period,
        milestone=row.milestone,
        state=_STATES[row.state] if row.state else pb.REPORT_STATE_UNSPECIFIED,
        done_on=row.done_on.isoformat() if row.done_on else "",
        summary=row.summary,
        zero_report=row.zero_report,
        received_on=row.received_on.isoformat() if row.received_on else "",
        stated_us=_stated(row.stated_at, into),
    )


def _figure(figure: Decimal | None) -> str | None:
    return None if figure is None else format(figure, "f")


def _moment(moment: datetime | None) -> int | None:
    return None if moment is None else microseconds(moment)


def _stated(stated_at: datetime | None, into: pb.Submission) -> int:
    return into.received_us if stated_at is None else microseconds(stated_at)
