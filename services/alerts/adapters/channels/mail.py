"""E-mail over SMTP: text and HTML in one, to fixed addresses or the contacts of the lead units."""

import smtplib
import socket
from collections.abc import Mapping, Sequence
from contextlib import closing, suppress
from datetime import datetime
from email.charset import BASE64, Charset
from email.header import Header
from email.mime.multipart import MIMEMultipart
from email.mime.nonmultipart import MIMENonMultipart
from email.policy import compat32
from email.utils import format_datetime, formataddr
from typing import TYPE_CHECKING, Annotated, Final, Literal, Self

import msgspec
from pydantic import BeforeValidator, Field, StringConstraints, ValidationInfo, model_validator

from services.alerts.adapters.channels.address_guard import judge, literal
from services.alerts.adapters.channels.channel import Channel, Environment, Message, Outcome, Result
from services.alerts.adapters.channels.config import Config, File, checked
from services.alerts.adapters.channels.signature import SecretError, read_secret

if TYPE_CHECKING:
    from services.alerts.adapters.channels.writer import Part

MAILBOX: Final = r"^[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9.-]{1,253}$"
_Mailbox = Annotated[str, StringConstraints(pattern=MAILBOX)]
_POLICY: Final = compat32.clone(linesep="\r\n")  # a third of what those that parse headers cost
_UTF8: Final = Charset("utf-8")
_UTF8.header_encoding = _UTF8.body_encoding = BASE64  # Chinese is shortest so, and quickest
_PERMANENT: Final = 500
_Answers = Mapping[str, tuple[int, bytes | str]]


class MailConfig(Config):
    """A mail server and who is written to; `tls: none` only at an allowed address."""

    host: Annotated[str, Field(pattern=r"^[A-Za-z0-9.:-]+$")]
    port: Annotated[int, Field(ge=1, le=65535)] = 587
    tls: Literal["starttls", "tls", "none"] = "starttls"
    name: Annotated[str, Field(pattern=r"^[^\x00-\x1f<>\"]*$")] = "对标 Duibiao"
    sender: Annotated[_Mailbox, Field(alias="from")]
    to: Annotated[
        Literal["contacts"] | Annotated[tuple[_Mailbox, ...], Field(min_length=1)],
        BeforeValidator(lambda to: to if to == "contacts" or not isinstance(to, str) else [to]),
    ]
    user: str | None = None
    password_file: File = None
    ca_file: File = None

    @model_validator(mode="after")
    def _usable(self, info: ValidationInfo) -> Self:
        if (self.user is None) != (self.password_file is None):
            raise ValueError("user and password_file belong together")
        if self.user is not None and self.tls == "none":
            raise ValueError("a password needs TLS")
        if literal(self.host) is not None:  # a name is judged when it is resolved
            judge(self.host, [self.host], checked(info).allowed, encrypted=self.tls != "none")
        return self


class Mail(Channel[MailConfig]):
    """Sends through one server. Recipients that a try has reached are not written to again."""

    def __init__(self, config: MailConfig, environment: Environment) -> None:
        super().__init__(config, environment)
        self._smtp: smtplib.SMTP | None = None
        self._reached: dict[str, frozenset[str]] = {}  # by message, while it is to be tried again

    def disconnect(self) -> None:
        """Break off the attempt that waits for the server."""
        self.break_off(self._smtp.sock if self._smtp else None)

    def attempt(self, message: Message, now: datetime) -> Result:
        """Hand the message to the server for all recipients that have not got it yet."""
        config = self.config
        if not (to := self._recipients(message)):
            return Result("no-recipient")
        content = self._written(message, to, now)
        encrypted = config.tls != "none"
        addresses = self.addresses(config.host, config.port, encrypted=encrypted)
        named = config.host if config.tls == "tls" else None
        connection = self.connected(addresses, config.port, named)
        reached = self._reached.get(message.id, frozenset())
        left = [one for one in to if one not in reached]
        answers = self._handed_over(connection, left, content)
        reached |= set(left) - answers.keys()
        result = _result(answers, reached=bool(reached))
        if result.outcome == "status":
            self._reached[message.id] = reached
        else:
            self._reached.pop(message.id, None)
        return result

    def _recipients(self, message: Message) -> Sequence[str]:
        if self.config.to != "contacts":
            return self.config.to
        found = [msgspec.json.decode(step)["data"] for step in message.steps]
        leads = dict.fromkeys(org for one in found for org in one.get("alert", one)["leads"])
        return self.environment.contacts(tuple(leads))

    def _written(self, message: Message, to: Sequence[str], now: datetime) -> bytes:
        config, write = self.config, self.environment.writer.write
        # A boundary that is looked for in all the text costs as much as the page.
        mail = MIMEMultipart("alternative", boundary=f"=_{message.id}", policy=_POLICY)
        mail["From"] = formataddr((config.name, config.sender))
        mail["To"] = ", ".join(to)
        subject = write("subject.txt", message, config.language)
        mail["Subject"] = Header(subject, _UTF8, header_name="Subject").encode()
        mail["Date"] = format_datetime(now)
        mail["Message-ID"] = f"<{message.id}@{config.sender.rpartition('@')[2]}>"
        mail["Auto-Submitted"] = "auto-generated"
        parts: Mapping[str, Part] = {"plain": "text.txt", "html": "page.html"}
        for kind, part in parts.items():
            text = MIMENonMultipart("text", kind, policy=_POLICY, charset="utf-8")
            text.set_payload(write(part, message, config.language), _UTF8)
            mail.attach(text)
        return mail.as_bytes()

    def _handed_over(
        self, connection: socket.socket, to: Sequence[str], content: bytes
    ) -> _Answers:
        """Return what was answered of those that were refused."""
        config, timeout = self.config, self.environment.timeout
        with closing(_Smtp(connection, config.host, timeout)) as smtp:
            self.check_in_time()
            self._smtp = smtp
            if config.tls == "starttls":
                smtp.starttls(context=self.tls)
            try:
                if config.user is not None and config.password_file is not None:
                    smtp.login(config.user, read_secret(config.password_file))
                return smtp.sendmail(config.sender, to, content)
            except smtplib.SMTPRecipientsRefused as error:
                return error.recipients
            except smtplib.SMTPAuthenticationError as error:
                raise SecretError("the server refused it") from error
            except smtplib.SMTPResponseException as error:
                return dict.fromkeys(to, (error.smtp_code, error.smtp_error))
            finally:
                with suppress(OSError):  # what was accepted stays so, however the parting goes
                    smtp.quit()


class _Smtp(smtplib.SMTP):
    """Speaks over a connection that was made to an address that was judged."""

    def __init__(self, connection: socket.socket, host: str, timeout: float) -> None:
        self._connection = connection
        super().__init__(host, local_hostname="duibiao", timeout=timeout)

    def _get_socket(self, *_: object) -> socket.socket:
        return self._connection


def _result(answers: _Answers, *, reached: bool) -> Result:
    """Return the result: refusals for now are tried again, final ones end it."""
    said = [f"{to}: {code} {text!r}" for to, (code, text) in answers.items()]
    code = min((code for code, _ in answers.values()), default=None)
    ended: Outcome = "sent" if reached else "refused"
    if code is not None and code < _PERMANENT:
        ended = "status"
    return Result(ended, code, detail="; ".join(said)[:1000] or None)
