"""Reading the outcomes topic: the final counts of a submission, once its verdicts are there."""

import structlog
from google.protobuf.message import DecodeError
from sqlalchemy import Connection

from duibiao.bus import Record, UnprocessableRecord
from duibiao.contracts.keys import expect_key
from duibiao.contracts.v1 import outcome_pb2 as pb
from services.ingest.adapters import backlog
from services.ingest.adapters.metrics import IngestMetrics
from services.ingest.adapters.submissions import receipt_of, write_settled
from services.ingest.domain.receipts import CountsDisagreeError, Receipt, Settled, settle
from services.ingest.domain.times import from_microseconds

_log = structlog.get_logger(__name__)


class Outcomes:
    """The handler of a worker: settles receipts, and counts rows once that is committed."""

    def __init__(self, metrics: IngestMetrics) -> None:
        self._metrics = metrics
        self._uncounted: list[tuple[Receipt, Settled]] = []

    def handle(self, tx: Connection, record: Record) -> bool:
        """Settle one receipt; the first outcome stands. Returns whether there was one.

        Raises:
            UnprocessableRecord: no outcome, or not about the rows that the submission took.

        """
        try:
            outcome = pb.Outcomes.FromString(record.event.data)
            expect_key(outcome, record.event.key)
        except (DecodeError, ValueError) as error:
            raise UnprocessableRecord(f"no Outcomes message: {error}") from error
        receipt = receipt_of(tx, outcome.submission_id)
        if receipt is None:
            # As after a restored database: nobody here waits for it.
            self._metrics.unknown_outcomes += 1
            _log.warning("outcome of an unknown submission", submission=outcome.submission_id)
            return False
        if receipt.org != outcome.org:
            raise UnprocessableRecord(f"submission {receipt.id} is not of {outcome.org}")
        settled = Settled(
            outcome.accepted,
            outcome.duplicate,
            outcome.revised,
            from_microseconds(outcome.evaluated_us),
            outcome.dead_lettered,
        )
        try:
            after = settle(receipt, settled)
        except CountsDisagreeError as error:
            raise UnprocessableRecord(f"submission {receipt.id}: {error}") from error
        if after is receipt:
            return True
        write_settled(tx, receipt, settled)
        backlog.settled(tx, outcome.submission_id)
        self._uncounted.append((receipt, settled))
        return False

    def committed(self) -> None:
        """Count what is now for good."""
        for receipt, settled in self._uncounted:
            self._metrics.settled(receipt, settled)
        self._uncounted.clear()

    def rolled_back(self) -> None:
        """Forget what was not committed; it comes again."""
        self._uncounted.clear()
