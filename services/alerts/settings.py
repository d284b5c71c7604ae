"""The settings that only the alerts service reads."""

from pathlib import Path

from pydantic import Field, field_validator

from duibiao.core.settings import Settings
from services.alerts.adapters.webhook.address_guard import read_allowed


class AlertsSettings(Settings):
    """What the alerts service adds to the shared settings."""

    receivers: Path | None = Field(
        None,
        description="YAML file that names who is told of alerts and which ones; nobody unless set.",
    )
    receiver_allow: str = Field(
        "",
        description="Hosts and CIDRs inside the intranet, separated by commas, that receivers may "
        "be at; anywhere else an address must be public and the line encrypted.",
    )

    @field_validator("receiver_allow")
    @classmethod
    def _allow(cls, value: str) -> str:
        read_allowed(value)
        return value

    receiver_tries: int = Field(
        15, ge=1, le=100, description="Tries after which a notification is given up as failed."
    )
    receiver_timeout: float = Field(
        10.0, gt=0, le=120, description="Seconds that one try may take from first to last."
    )
