"""Robots of DingTalk 钉钉 groups: a signature in the query, bodies of at most 20,000 bytes."""

import base64
import hashlib
import hmac
from datetime import datetime
from urllib.parse import quote_plus

from services.alerts.adapters.channels.robot import Body, Robot


class DingTalk(Robot):
    """Takes 20 messages a minute, then none for ten minutes."""

    pauses = {130101: 600.0, 410100: 600.0, 90030: 600.0}  # noqa: RUF012 - never changed

    def body(self, title: str, text: str) -> Body:
        """Return a Markdown message."""
        return {"msgtype": "markdown", "markdown": {"title": title, "text": text}}

    def signed(self, url: str, body: Body, secret: str, now: datetime) -> tuple[str, Body]:
        """Sign milliseconds and secret with the secret."""
        timestamp = int(now.timestamp() * 1000)
        digest = hmac.digest(secret.encode(), f"{timestamp}\n{secret}".encode(), hashlib.sha256)
        sign = quote_plus(base64.b64encode(digest))
        return f"{url}{'&' if '?' in url else '?'}timestamp={timestamp}&sign={sign}", body
