"""SMS gateways and other services by Apprise.

Apprise connects by itself, so addresses cannot be judged as elsewhere: only services of a fixed
address over TLS are taken, and hosts that the office allows.
"""

import logging
import re
from copy import copy
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

from pydantic import AfterValidator, ValidationInfo

from services.alerts.adapters.channels.address_guard import Allowed, Refused, literal
from services.alerts.adapters.channels.channel import Channel, Message, Result
from services.alerts.adapters.channels.config import Config, checked
from services.alerts.adapters.channels.signature import read_secret

if TYPE_CHECKING:
    from apprise import NotifyBase

_OURS: Final = frozenset({"wecom", "wecombot", "dingtalk", "feishu", "lark", "mailto", "mailtos"})


def _url(file: Path, info: ValidationInfo) -> Path:
    plugin(read_secret(path := checked(info).folder / file), checked(info).allowed)
    return path


class AppriseConfig(Config):
    """An address of Apprise's, which holds keys, in a file."""

    url_file: Annotated[Path, AfterValidator(_url)]


class Apprise(Channel[AppriseConfig]):
    """Sends text through one service."""

    def attempt(self, message: Message, _now: datetime) -> Result:
        """Send the message, shortened to what the service takes."""
        # A copy: one that has been used rests between two messages, on its own.
        service = copy(_known(read_secret(self.config.url_file), self.environment.allowed))
        service.socket_connect_timeout = service.socket_read_timeout = self.environment.timeout
        writer, language = self.environment.writer, self.config.language
        title = writer.write("subject.txt", message, language)
        room = service.body_maxlen - (0 if service.title_maxlen else len(title) + 2)
        text = writer.fitted("text.txt", message, language, lambda text: len(text) <= room)
        self.check_in_time()
        return Result("sent" if service.notify(body=text, title=title) else "status")


def plugin(url: str, allowed: Allowed) -> "NotifyBase":
    """Return Apprise's plugin for a URL; Refused where it must not be used."""
    from apprise import Apprise as Library  # noqa: PLC0415 - takes long to import

    logging.getLogger("apprise").disabled = True  # it logs URLs with their keys
    scheme = url.partition("://")[0].lower()
    made: NotifyBase | None = Library.instantiate(url, suppress_exceptions=True)
    if made is None or not made.verify_certificate:
        raise Refused("Apprise does not know this address, or it checks no certificate")
    templates: tuple[str, ...] = made.templates
    host = str(made.host or "").lower()
    if scheme in _OURS:
        raise Refused(f"{scheme}: write it as a channel of its own")
    if any("{host}" in template for template in templates):
        address = literal(host)
        if host not in allowed.hosts and not (address and allowed.admits(host, address)):
            raise Refused(f"{scheme}: {host} must be listed as allowed")
    elif scheme not in re.findall(r"[\w-]+", str(made.secure_protocol)):  # a text or several
        raise Refused(f"{scheme}: no service that is reached over TLS")
    made.redirects = False
    return made


_known: Final = lru_cache(plugin)
