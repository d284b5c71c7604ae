"""The settings that only the ingest service reads."""

from datetime import timedelta
from pathlib import Path

from pydantic import Field

from duibiao.core.settings import Settings
from services.ingest.domain.context import Limits

_MEBIBYTE = 1024 * 1024


class IngestSettings(Settings):
    """What the ingest service adds to the shared settings."""

    max_body_bytes: int = Field(8 * _MEBIBYTE, ge=1024, description="Bytes of a body as sent.")
    max_decoded_bytes: int = Field(
        32 * _MEBIBYTE, ge=1024, description="Bytes of a decompressed body."
    )
    max_bodies_bytes: int = Field(
        128 * _MEBIBYTE, ge=1024, description="Bytes of all bodies held at once; beyond it 503."
    )
    max_org_bodies_bytes: int = Field(
        32 * _MEBIBYTE,
        ge=1024,
        description="Bytes of one org's bodies held at once; beyond it 429.",
    )
    request_burst: int = Field(
        100, ge=1, description="Burst of requests with rows per org; see the rate."
    )
    request_rate: float = Field(
        20.0,
        gt=0,
        description="Refill rate of requests with rows, per second and org; beyond it 429. "
        "Counted per process.",
    )
    row_burst: int = Field(100_000, ge=1, description="Burst of rows per org; see the rate.")
    row_rate: float = Field(
        10_000.0,
        gt=0,
        description="Refill rate of rows, per second and org; beyond it 429. Counted per process.",
    )
    max_rows: int = Field(10_000, ge=1, le=100_000, description="Rows of one submission.")
    max_depth: int = Field(8, ge=4, le=100, description="Nesting levels of values in a body.")
    max_name_length: int = Field(
        200, ge=64, le=1_000, description="Characters of a case number, code or label."
    )
    max_text_length: int = Field(
        5_000, ge=64, le=100_000, description="Characters of a comment or summary."
    )
    clock_tolerance: float = Field(
        300.0, ge=0, description="Seconds that an agency's clock may run ahead."
    )
    max_waiting: int = Field(
        5_000, ge=1, description="Requests that may wait for a commit; beyond it 503."
    )
    max_unsent: int = Field(
        1_000_000, ge=1, description="Submissions that may wait for the log; beyond it 503."
    )

    settle_seconds: float = Field(
        120.0,
        gt=0,
        description="Seconds on the log after which the oldest unevaluated submission of an org "
        "is published again, at most three times.",
    )

    oidc_issuer: str = Field(
        "",
        pattern=r"^(https://\S+|http://(localhost|127\.0\.0\.1)\S*)?$",
        description="Issuer of the OpenID provider people sign in with; unset: keys only.",
    )
    oidc_client_id: str = Field("duibiao", description="Client id at the OpenID provider.")
    oidc_client_secret_file: Path | None = Field(None, description="File with its client secret.")
    oidc_org_claim: str = Field("org", description="Claim with the code of a person's unit.")
    oidc_position_claim: str = Field("position", description="Claim with a person's position.")

    def limits(self) -> Limits:
        """Return what a request may hold."""
        return Limits(
            rows=self.max_rows,
            depth=self.max_depth,
            name=self.max_name_length,
            text=self.max_text_length,
            future=timedelta(seconds=self.clock_tolerance),
        )
