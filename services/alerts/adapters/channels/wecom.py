"""Robots of WeCom 企业微信 groups: the key stands in the URL, Markdown of at most 4,096 bytes."""

from services.alerts.adapters.channels.robot import Body, Robot


class WeCom(Robot):
    """Takes 20 messages a minute."""

    at_most = 4096
    pauses = {45009: 60.0}  # noqa: RUF012 - never changed

    def body(self, _title: str, text: str) -> Body:
        """Return a Markdown message, which has no title."""
        return {"msgtype": "markdown", "markdown": {"content": text}}
