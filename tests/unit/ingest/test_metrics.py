from datetime import UTC, datetime

from prometheus_client import CollectorRegistry, generate_latest

from services.ingest.adapters.metrics import IngestMetrics
from services.ingest.domain.receipts import Receipt, Settled

NOW = datetime(2021, 6, 1, tzinfo=UTC)
RECEIPT = Receipt("id", "tax-bureau", "key", "case", NOW, 5, 4, 1)


def lines(metrics: IngestMetrics) -> list[str]:
    registry = CollectorRegistry()
    registry.register(metrics)
    text = generate_latest(registry).decode()
    return [line for line in text.splitlines() if not line.startswith("#")]


def test_nothing_of_an_org_is_shown_before_something_happened() -> None:
    assert lines(IngestMetrics(int)) == [
        "duibiao_receipts_unsettled 0.0",
        "duibiao_unknown_outcomes_total 0.0",
    ]


def test_what_is_not_settled_is_told() -> None:
    metrics = IngestMetrics(lambda: 3)
    metrics.unknown_outcomes += 1
    assert lines(metrics) == [
        "duibiao_receipts_unsettled 3.0",
        "duibiao_unknown_outcomes_total 1.0",
    ]


def test_requests_and_rows_are_counted_per_org_and_result() -> None:
    metrics = IngestMetrics(int)
    for result in ("accepted", "accepted", "refused"):
        metrics.submissions.add("tax-bureau", result)
    metrics.submissions.add("", "refused")
    metrics.rows.add("tax-bureau", "rejected", by=2)
    metrics.rows.add("tax-bureau", "rejected", by=0)
    metrics.settled(RECEIPT, Settled(3, 0, 1, NOW))
    assert lines(metrics)[2:] == [
        'duibiao_submissions_total{org="",result="refused"} 1.0',
        'duibiao_submissions_total{org="tax-bureau",result="accepted"} 2.0',
        'duibiao_submissions_total{org="tax-bureau",result="refused"} 1.0',
        'duibiao_rows_total{org="tax-bureau",result="accepted"} 3.0',
        'duibiao_rows_total{org="tax-bureau",result="rejected"} 2.0',
        'duibiao_rows_total{org="tax-bureau",result="revised"} 1.0',
    ]
