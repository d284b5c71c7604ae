"""Webhooks, as Standard Webhooks 1.0.0 has them: one step per message, signed."""

from datetime import datetime
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, ValidationInfo

from services.alerts.adapters.channels.address_guard import check_url
from services.alerts.adapters.channels.channel import Message, Result
from services.alerts.adapters.channels.config import checked
from services.alerts.adapters.channels.http_channel import HttpChannel, HttpConfig
from services.alerts.adapters.channels.signature import read_secrets, signature


def _url(url: str, info: ValidationInfo) -> str:
    check_url(url, checked(info).allowed)
    return url


def _secrets(file: Path, info: ValidationInfo) -> Path:
    read_secrets(path := checked(info).folder / file)
    return path


class WebhookConfig(HttpConfig):
    """A webhook. The secrets stay in their file and are read anew for every message."""

    url: Annotated[str, AfterValidator(_url)]
    secret_file: Annotated[Path, AfterValidator(_secrets)]


class Webhook(HttpChannel[WebhookConfig]):
    """Posts to one URL, a machine's: it never rests."""

    gap = 0.0
    pause = 0.0

    def attempt(self, message: Message, now: datetime) -> Result:
        """Post the step."""
        (body,) = message.steps
        timestamp = int(now.timestamp())
        secrets = read_secrets(self.config.secret_file)
        headers = {
            "webhook-id": message.id,
            "webhook-timestamp": str(timestamp),
            "webhook-signature": signature(secrets, message.id, timestamp, body),
        }
        result, _ = self.post(self.config.url, body, headers, now)
        return result
