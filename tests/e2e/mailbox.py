"""A mail server on the loopback that keeps what it is given (the least of RFC 5321)."""

import email
import email.policy
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage


@dataclass(frozen=True, slots=True)
class Letter:
    recipients: tuple[str, ...]
    subject: str
    text: str


@dataclass(slots=True)
class Mailbox:
    port: int = 0
    letters: list[Letter] = field(default_factory=list)

    def to(self, recipient: str) -> list[Letter]:
        return [letter for letter in self.letters if recipient in letter.recipients]


@contextmanager
def mailbox() -> Iterator[Mailbox]:
    """Take letters until the end of the block."""
    box = Mailbox()

    class Talk(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            recipients: list[str] = []
            self.wfile.write(b"220 mailbox\r\n")
            for line in self.rfile:
                word = line[:4].upper()
                if word == b"RCPT":
                    recipients.append(line.decode().partition("<")[2].partition(">")[0])
                if word == b"DATA":
                    self.wfile.write(b"354 go on\r\n")
                    box.letters.append(self._letter(recipients))
                self.wfile.write(b"221 bye\r\n" if word == b"QUIT" else b"250 well\r\n")
                if word == b"QUIT":
                    return

        def _letter(self, recipients: list[str]) -> Letter:
            lines = iter(self.rfile.readline, b".\r\n")
            content = b"".join(line.removeprefix(b".") for line in lines)
            message = email.message_from_bytes(content, policy=email.policy.default)
            assert isinstance(message, EmailMessage)
            body = message.get_body(("plain",))
            text = "" if body is None else body.get_content()
            return Letter(tuple(recipients), str(message["Subject"]), text)

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Talk) as server:
        box.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield box
        finally:
            server.shutdown()
            thread.join()
