"""The topics on the log: who writes, who reads, by which key, for how long (contract section 4).

Declared in topics.toml. Names carry the prefix of the installation only when they go on the wire.
"""

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Final

DEFAULT_PREFIX: Final = "duibiao."
REPLICATION: Final = 3
# Copies of every record on Kafka, and how many of them must have it before it counts as there.
MIN_INSYNC: Final = 2
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
    readers: Sequence[str]
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

_DECLARED: Final = tomllib.loads(files(__package__).joinpath("topics.toml").read_text("utf-8"))
TOPICS: Final = tuple(Topic(suffix, **about) for suffix, about in _DECLARED.items())
SUBMISSIONS, OUTCOMES, DECISIONS, VERDICTS, ALERTS, DEAD_LETTERS, AUDIT_HEADS = TOPICS
