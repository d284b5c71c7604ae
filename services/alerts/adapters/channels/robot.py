"""What the robots of chat groups have in common: a secret URL, JSON, and a code in the answer."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, ClassVar, Final

import msgspec

from services.alerts.adapters.channels.channel import Message, Result
from services.alerts.adapters.channels.config import File, UrlFile
from services.alerts.adapters.channels.http_channel import HttpChannel, HttpConfig
from services.alerts.adapters.channels.signature import read_secret
from services.alerts.adapters.channels.writer import Part

Body = dict[str, Any]
_ANSWER_AT_MOST: Final = 65_536  # bytes


class RobotConfig(HttpConfig):
    """A robot: its URL holds a key, so it stands in a file."""

    url_file: UrlFile


class SigningConfig(RobotConfig):
    """A robot that may ask for signatures; without a secret nothing is signed."""

    secret_file: File = None


class Robot(HttpChannel[RobotConfig]):
    """Posts to one robot; a subclass says how its documentation wants it.

    Attributes:
        part: what of a message it shows.
        at_most: bytes of a body.
        code: the field of the answer that is 0 for a yes.
        pauses: seconds to wait by code, where the robot asks for fewer messages.

    """

    part: ClassVar[Part] = "markdown.txt"
    at_most: ClassVar[int] = 20_000
    code: ClassVar[str] = "errcode"
    pauses: ClassVar[Mapping[int, float]]

    def body(self, title: str, text: str) -> Body:
        """Return the body of a message."""
        raise NotImplementedError

    def signed(self, url: str, body: Body, _secret: str, _now: datetime) -> tuple[str, Body]:
        """Return the URL and the body with a signature."""
        return url, body

    def attempt(self, message: Message, now: datetime) -> Result:
        """Post the message, shortened to what the robot takes."""
        config, writer = self.config, self.environment.writer
        url = read_secret(config.url_file)
        secret_file = getattr(config, "secret_file", None)
        secret = read_secret(secret_file) if secret_file else None
        title = writer.write("subject.txt", message, config.language)

        def made(text: str) -> tuple[str, bytes]:
            body, to = self.body(title, text), url
            if secret is not None:
                to, body = self.signed(url, body, secret, now)
            return to, msgspec.json.encode(body)

        def fits(text: str) -> bool:
            return len(made(text)[1]) <= self.at_most

        to, content = made(writer.fitted(self.part, message, config.language, fits))
        result, answer = self.post(to, content, {}, now, _ANSWER_AT_MOST)
        return self._answered(answer) if result.outcome == "sent" else result

    def _answered(self, content: bytes) -> Result:
        try:
            answer = msgspec.json.decode(content, type=dict[str, Any])
            code = int(answer[self.code])
        except (msgspec.DecodeError, KeyError, TypeError, ValueError):
            return Result("status", detail="the answer holds no code")
        if code == 0:
            return Result("sent", code)
        said = str(answer.get("errmsg", answer.get("msg", "")))[:500]
        return Result("status", code, self.pauses.get(code), said)
