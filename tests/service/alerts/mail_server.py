"""A mail server on the loopback that keeps what it gets and refuses what it is told to."""

import asyncio
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from tests.support.product import free_port

YES = "250 OK"


@dataclass
class MailServer:
    """What came, and how it answers: one text a recipient or DATA, used up in order."""

    port: int = 0
    got: list[Envelope] = field(default_factory=list)
    recipients: dict[str, list[str]] = field(default_factory=dict)
    data: list[str] = field(default_factory=list)
    logins: list[tuple[str, str]] = field(default_factory=list)
    parting: str = "221 Bye"
    good_password: str = "s3cret"
    hangs: asyncio.Event | None = None
    encrypted: list[bool] = field(default_factory=list)

    async def handle_RCPT(  # noqa: N802 - the library's
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: object
    ) -> str:
        answers = self.recipients.get(address, [])
        answer = answers.pop(0) if answers else YES
        if answer == YES:
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(  # noqa: N802 - the library's
        self, server: SMTP, _session: Session, envelope: Envelope
    ) -> str:
        if self.hangs is not None:
            await self.hangs.wait()
        answer = self.data.pop(0) if self.data else YES
        if answer == YES:
            self.got.append(envelope)
            assert server.transport is not None
            self.encrypted.append(server.transport.get_extra_info("sslcontext") is not None)
        return answer

    async def handle_QUIT(  # noqa: N802 - the library's
        self, _server: SMTP, _session: Session, _envelope: Envelope
    ) -> str:
        return self.parting

    def authenticate(
        self,
        _server: object,
        _session: object,
        _envelope: object,
        mechanism: str,
        given: Any,  # noqa: ANN401 - the library's
    ) -> AuthResult:
        assert mechanism in {"LOGIN", "PLAIN"}
        assert isinstance(given, LoginPassword)
        self.logins.append((given.login.decode(), given.password.decode()))
        return AuthResult(success=given.password.decode() == self.good_password, handled=False)

    def mail(self, place: int = -1) -> EmailMessage:
        content = self.got[place].content
        assert isinstance(content, bytes)
        found = message_from_bytes(content, policy=default)
        assert isinstance(found, EmailMessage)
        return found


@contextmanager
def mail_server(
    tls: ssl.SSLContext | None = None,
    *,
    implicit: bool = False,
    **options: Any,  # noqa: ANN401
) -> Iterator[MailServer]:
    """With `tls` it wants STARTTLS before anything else, or speaks TLS from the start."""
    server = MailServer(free_port())
    wanted: dict[str, Any] = {"tls_context": tls, "require_starttls": tls is not None}
    if implicit:
        wanted = {"ssl_context": tls}
    controller = Controller(
        server,
        hostname="127.0.0.1",
        port=server.port,
        authenticator=server.authenticate,
        **wanted,
        **options,
    )
    controller.start()
    try:
        yield server
    finally:
        controller.stop()
