"""The settings that only the alerts service reads."""

from pathlib import Path

from pydantic import Field, field_validator

from duibiao.core.settings import Settings
from services.alerts.adapters.channels.address_guard import read_allowed


class AlertsSettings(Settings):
    """What the alerts service adds to the shared settings."""

    receivers: Path | None = Field(
        None,
        description="YAML file of the receivers of notifications; unset: nobody is notified.",
    )
    receiver_allow: str = Field(
        "",
        description="Intranet hosts and CIDRs of receivers, separated by commas; other "
        "addresses must be public and use TLS.",
    )

    @field_validator("receiver_allow")
    @classmethod
    def _allow(cls, value: str) -> str:
        read_allowed(value)
        return value

    receiver_tries: int = Field(
        15, ge=1, le=100, description="Attempts after which a notification has failed."
    )
    receiver_timeout: float = Field(
        10.0, gt=0, le=120, description="Seconds that one attempt may take in total."
    )
    alertmanager_urls: str = Field(
        "",
        pattern=r"^(https?://[^\s,@]+(\s*,\s*|$))*$",
        description="Base URLs of all Alertmanager replicas, separated by commas; each is sent "
        "every alert (alertmanager.md). Unset: none is.",
    )
    alertmanager_seconds: float = Field(
        60.0, ge=1, le=3600, description="Seconds after which Alertmanager is sent alerts again."
    )
    alertmanager_ca_file: Path | None = Field(
        None, description="CA certificates of Alertmanager; default: the system's."
    )
    alerts_flood: int = Field(
        200, ge=1, description="Alerts opened within a minute; further ones wait for the office."
    )
