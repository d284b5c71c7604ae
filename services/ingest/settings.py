"""The settings that only the ingest service reads."""

from datetime import timedelta

from pydantic import Field

from duibiao.core.settings import Settings
from services.ingest.domain.terms import Limits

_MEBIBYTE = 1024 * 1024


class IngestSettings(Settings):
    """What the ingest service adds to the shared settings."""

    max_body_bytes: int = Field(
        8 * _MEBIBYTE, ge=1024, description="Bytes that a body may have as it arrives."
    )
    max_decoded_bytes: int = Field(
        32 * _MEBIBYTE, ge=1024, description="Bytes that a body may have once it is decompressed."
    )
    max_bodies_bytes: int = Field(
        128 * _MEBIBYTE,
        ge=1024,
        description="Bytes of all bodies that are arriving or being read at the same time; beyond "
        "that a request is answered 503.",
    )
    max_org_bodies_bytes: int = Field(
        32 * _MEBIBYTE,
        ge=1024,
        description="Bytes of one org's bodies that are arriving or being read at the same time; "
        "beyond that its requests are answered 429.",
    )
    request_burst: int = Field(
        100, ge=1, description="Requests with rows that one org may send in one go; see the rate."
    )
    request_rate: float = Field(
        20.0,
        gt=0,
        description="Requests with rows that an org wins back in a second; beyond that 429. Every "
        "process counts for itself.",
    )
    row_burst: int = Field(
        100_000, ge=1, description="Rows that one org may send in one go; see the rate."
    )
    row_rate: float = Field(
        10_000.0, gt=0, description="Rows that an org wins back in a second; beyond that 429."
    )
    max_rows: int = Field(
        10_000, ge=1, le=100_000, description="Rows that one submission may hold."
    )
    max_depth: int = Field(
        8, ge=4, le=100, description="Levels to which values in a body may be nested."
    )
    max_name_length: int = Field(
        200, ge=64, le=1_000, description="Characters of a case number, a code or a label."
    )
    max_text_length: int = Field(
        5_000, ge=64, le=100_000, description="Characters of a comment or a summary."
    )
    clock_tolerance: float = Field(
        300.0, ge=0, description="Seconds that the clock of an agency may run ahead of ours."
    )
    max_waiting: int = Field(
        5_000,
        ge=1,
        description="Requests that may wait for the disk; more are answered 503.",
    )
    max_unsent: int = Field(
        1_000_000,
        ge=1,
        description="Submissions that may wait for the log; beyond that requests are answered 503.",
    )

    settle_seconds: float = Field(
        120.0,
        gt=0,
        description="Seconds on the log after which the oldest submission of an org that is not "
        "evaluated is published again, three times at most.",
    )

    def limits(self) -> Limits:
        """Return what a request may hold."""
        return Limits(
            rows=self.max_rows,
            depth=self.max_depth,
            name=self.max_name_length,
            text=self.max_text_length,
            future=timedelta(seconds=self.clock_tolerance),
        )
