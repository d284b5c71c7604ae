"""The settings that only the alerts service reads."""

from pathlib import Path

from pydantic import Field, field_validator

from duibiao.core.settings import Settings, described
from services.alerts.adapters.channels.address_guard import read_allowed


class AlertsSettings(Settings):
    """What the alerts service adds to the shared settings."""

    descriptions = Settings.descriptions | described(__package__)

    receivers: Path | None = None
    receiver_allow: str = ""
    receiver_tries: int = Field(15, ge=1, le=100)
    receiver_timeout: float = Field(10.0, gt=0, le=120)
    alertmanager_urls: str = Field("", pattern=r"^(https?://[^\s,@]+(\s*,\s*|$))*$")
    alertmanager_seconds: float = Field(60.0, ge=1, le=3600)
    alertmanager_ca_file: Path | None = None
    alerts_flood: int = Field(200, ge=1)

    @field_validator("receiver_allow")
    @classmethod
    def _allow(cls, value: str) -> str:
        read_allowed(value)
        return value
