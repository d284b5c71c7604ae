"""The topics on the log: who writes, who reads, by which key, for how long (contract section 4).

One row per topic. Names carry the prefix of the installation only when they go on the wire.
"""

from dataclasses import dataclass
from typing import Final

DEFAULT_PREFIX: Final = "duibiao."
REPLICATION: Final = 3
MIN_INSYNC: Final = 2
"""Copies of every record on Kafka, and how many of them must have it before it counts as there."""
LARGEST: Final = 8 * 1024 * 1024  # which managed Kafkas take; a submission is one record
_AROUND: Final = 64 * 1024  # bytes of a record beside its data: key, headers, what frames a batch


@dataclass(frozen=True, slots=True)
class Topic:
    """A declared topic.

    Attributes:
        suffix: the name without the installation's prefix.
        owner: the service that writes it; "any" for dead letters and audit heads.
        readers: the services that read it; "anyone" for foreign readers.
        key: what the record key holds, in words.
        message: the protobuf message, or "as it came".
        content_type: of the record's value.
        retention_days: how long records are kept at least.
        partitions: on Kafka. Never changed: the keys of what is there already would move.
        max_bytes: that one record may have on Kafka.

    """

    suffix: str
    owner: str
    readers: tuple[str, ...]
    key: str
    message: str
    content_type: str
    retention_days: int
    partitions: int = 12
    max_bytes: int = LARGEST

    def name(self, prefix: str = DEFAULT_PREFIX) -> str:
        """Return the name on the wire."""
        return prefix + self.suffix

    @property
    def max_data(self) -> int:
        """Bytes that the data of one event may have, so that its record is never refused."""
        return self.max_bytes - _AROUND


PROTOBUF: Final = "application/protobuf"
JSON: Final = "application/json"

SUBMISSIONS: Final = Topic(
    suffix="submissions.v1",
    owner="ingest",
    readers=("indicators",),
    key="org",
    message="duibiao.contracts.v1.Submission",
    content_type=PROTOBUF,
    retention_days=400,
)
OUTCOMES: Final = Topic(
    suffix="outcomes.v1",
    owner="indicators",
    readers=("ingest",),
    key="org",
    message="duibiao.contracts.v1.Outcomes",
    content_type=PROTOBUF,
    retention_days=30,
)
DECISIONS: Final = Topic(
    suffix="decisions.v1",
    owner="indicators",
    readers=("indicators", "anyone"),
    key="waiver id or period code",
    message="duibiao.contracts.v1.Decision",
    content_type=PROTOBUF,
    retention_days=3660,
    partitions=1,
)
VERDICTS: Final = Topic(
    suffix="verdicts.v1",
    owner="indicators",
    readers=("alerts", "anyone"),
    key="target/org/region or duty/org",
    message="duibiao.contracts.v1.Changed",
    content_type=PROTOBUF,
    retention_days=400,
)
ALERTS: Final = Topic(
    suffix="alerts.v1",
    owner="alerts",
    readers=("indicators", "anyone"),
    key="the alert's identity",
    message="duibiao.contracts.v1.AlertChanged",
    content_type=JSON,
    retention_days=400,
)
DEAD_LETTERS: Final = Topic(
    suffix="dead-letters.v1",
    owner="any",
    readers=("people",),
    key="as it came",
    message="as it came",
    content_type="application/octet-stream",
    retention_days=400,
    partitions=3,
    max_bytes=LARGEST + _AROUND,  # headers with the reason come on top
)
AUDIT_HEADS: Final = Topic(
    suffix="audit-heads.v1",
    owner="any",
    readers=("people",),
    key="chain",
    message="duibiao.contracts.v1.AuditHead",
    content_type=PROTOBUF,
    retention_days=3660,
    partitions=1,
)

TOPICS: Final = (SUBMISSIONS, OUTCOMES, DECISIONS, VERDICTS, ALERTS, DEAD_LETTERS, AUDIT_HEADS)
