"""Webhooks, as Standard Webhooks 1.0.0 has them: one step per message, signed."""

from datetime import datetime
from pathlib import Path

from pydantic import ValidationInfo, field_validator

from services.alerts.adapters.channels.address_guard import check_url
from services.alerts.adapters.channels.channel import (
    Channel,
    Config,
    Environment,
    Message,
    OptionalFile,
    Result,
    checked,
)
from services.alerts.adapters.channels.http_channel import HttpChannel
from services.alerts.adapters.channels.signature import read_secrets, signature


class WebhookConfig(Config):
    """A webhook. The secrets stay in their file and are read anew for every message."""

    url: str
    secret_file: Path
    ca_file: OptionalFile = None

    @field_validator("url")
    @classmethod
    def _url(cls, url: str, info: ValidationInfo) -> str:
        check_url(url, checked(info).allowed)
        return url

    @field_validator("secret_file")
    @classmethod
    def _secret_file(cls, file: Path, info: ValidationInfo) -> Path:
        read_secrets(path := checked(info).folder / file)
        return path

    def open(self, environment: Environment) -> Channel:
        """Return the channel."""
        return Webhook(self, environment)


class Webhook(HttpChannel):
    """Posts to one URL."""

    def __init__(self, config: WebhookConfig, environment: Environment) -> None:
        super().__init__(environment, config.ca_file)
        self._config = config

    async def attempt(self, message: Message, now: datetime) -> Result:
        """Post the step."""
        (body,) = message.steps
        timestamp = int(now.timestamp())
        secrets = read_secrets(self._config.secret_file)
        headers = {
            "webhook-id": message.id,
            "webhook-timestamp": str(timestamp),
            "webhook-signature": signature(secrets, message.id, timestamp, body),
        }
        return (await self.post(self._config.url, body, headers)).result(now)
