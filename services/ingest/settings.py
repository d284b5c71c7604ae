"""The settings that only the ingest service reads."""

from datetime import timedelta
from pathlib import Path

from pydantic import Field

from duibiao.core.settings import Settings, described
from services.ingest.domain.context import Limits

_MEBIBYTE = 1024 * 1024


class IngestSettings(Settings):
    """What the ingest service adds to the shared settings."""

    descriptions = Settings.descriptions | described(__package__)

    max_body_bytes: int = Field(8 * _MEBIBYTE, ge=1024)
    max_decoded_bytes: int = Field(32 * _MEBIBYTE, ge=1024)
    max_bodies_bytes: int = Field(128 * _MEBIBYTE, ge=1024)
    max_org_bodies_bytes: int = Field(32 * _MEBIBYTE, ge=1024)
    request_burst: int = Field(100, ge=1)
    request_rate: float = Field(20.0, gt=0)
    row_burst: int = Field(100_000, ge=1)
    row_rate: float = Field(10_000.0, gt=0)
    max_rows: int = Field(10_000, ge=1, le=100_000)
    max_depth: int = Field(8, ge=4, le=100)
    max_name_length: int = Field(200, ge=64, le=1_000)
    max_text_length: int = Field(5_000, ge=64, le=100_000)
    clock_tolerance: float = Field(300.0, ge=0)
    max_waiting: int = Field(5_000, ge=1)
    max_unsent: int = Field(1_000_000, ge=1)
    settle_seconds: float = Field(120.0, gt=0)
    oidc_issuer: str = Field("", pattern=r"^(https://\S+|http://(localhost|127\.0\.0\.1)\S*)?$")
    oidc_client_id: str = "duibiao"
    oidc_client_secret_file: Path | None = None
    oidc_org_claim: str = "org"
    oidc_position_claim: str = "position"

    def limits(self) -> Limits:
        """Return what a request may hold."""
        return Limits(
            rows=self.max_rows,
            depth=self.max_depth,
            name=self.max_name_length,
            text=self.max_text_length,
            future=timedelta(seconds=self.clock_tolerance),
        )
