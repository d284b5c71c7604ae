"""A real Firefox for page tests: Debian's, driven over WebDriver BiDi, which it speaks itself.

Needs no driver: Firefox listens on a WebSocket, of which this speaks the little that it takes
(RFC 6455). Whether pages are light or dark is a preference of the profile.
"""

import base64
import json
import os
import re
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from duibiao.web.cookies import NAME
from tests.support.waiting import until

LISTENS = re.compile(r"WebDriver BiDi listening on ws://127\.0\.0\.1:(\d+)")
SCHEMES = {"dark": 0, "light": 1}
PREFERENCES: dict[str, bool | int | str] = {
    "browser.shell.checkDefaultBrowser": False,
    "browser.startup.homepage_override.mstone": "ignore",
    "datareporting.policy.dataSubmissionEnabled": False,
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
    "toolkit.telemetry.reportingpolicy.firstRun": False,
}
_TEXT, _CLOSE, _PING, _PONG, _LAST, _MASKED = 1, 8, 9, 10, 0x80, 0x80
_SHORT, _LONG = 126, 127


class WebSocket:
    """The client's side of one WebSocket."""

    def __init__(self, port: int, path: str) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=60)
        key = base64.b64encode(os.urandom(16)).decode()
        head = (
            f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUpgrade: websocket\r\n"
            f"Connection: Upgrade\r\nSec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n"
        )
        self._socket.sendall(head.encode())
        self._stream = self._socket.makefile("rb")
        assert b" 101 " in self._stream.readline()
        while self._stream.readline().strip():
            pass

    def send(self, text: str, kind: int = _TEXT) -> None:
        payload, mask = text.encode(), os.urandom(4)
        size = len(payload)
        if size < _SHORT:
            length = bytes([_MASKED | size])
        elif size < 1 << 16:
            length = bytes([_MASKED | _SHORT]) + size.to_bytes(2, "big")
        else:
            length = bytes([_MASKED | _LONG]) + size.to_bytes(8, "big")
        repeated = (mask * (size // 4 + 1))[:size]
        masked = int.from_bytes(payload, "big") ^ int.from_bytes(repeated, "big")
        self._socket.sendall(bytes([_LAST | kind]) + length + mask + masked.to_bytes(size, "big"))

    def receive(self) -> str:
        """Return the next text; answers pings meanwhile."""
        text = b""
        while True:
            first, second = self._stream.read(2)
            size = second & 0x7F
            if size >= _SHORT:
                size = int.from_bytes(self._stream.read(2 if size == _SHORT else 8), "big")
            payload, kind = self._stream.read(size), first & 0x0F
            assert kind != _CLOSE, "Firefox has closed the line"
            if kind == _PING:
                self.send(payload.decode(), _PONG)
            elif kind < _CLOSE:
                text += payload
                if first & _LAST:
                    return text.decode()


@dataclass
class Firefox:
    """One window of a Firefox, which notes what a page should never do."""

    line: WebSocket
    window: str = ""
    host: str = ""
    number: int = 0
    outside: list[str] = field(default_factory=list)
    said: list[str] = field(default_factory=list)

    def ask(self, method: str, **params: Any) -> Any:  # noqa: ANN401 - JSON
        self.number += 1
        self.line.send(json.dumps({"id": self.number, "method": method, "params": params}))
        while True:
            told = json.loads(self.line.receive())
            if told.get("type") == "event":
                self._note(told["method"], told["params"])
            elif told.get("id") == self.number:
                assert told["type"] == "success", told
                return told["result"]

    def _note(self, event: str, about: Any) -> None:  # noqa: ANN401 - JSON
        if event == "log.entryAdded" and about["level"] in {"warn", "error"}:
            self.said.append(str(about["text"]))
        if event == "network.beforeRequestSent":
            url = about["request"]["url"]
            if urlsplit(url).scheme.startswith("http") and urlsplit(url).netloc != self.host:
                self.outside.append(url)

    def go(self, url: str, *, width: int, session: str) -> None:
        """Open a page with a session, or without one; it has been loaded."""
        self.host = urlsplit(url).netloc
        self.said.clear()
        self.outside.clear()
        self.ask("storage.deleteCookies")
        if session:
            domain = self.host.partition(":")[0]
            cookie = {"name": NAME, "value": {"type": "string", "value": session}}
            self.ask("storage.setCookie", cookie={**cookie, "domain": domain})
        size = {"width": width, "height": 900}
        self.ask("browsingContext.setViewport", context=self.window, viewport=size)
        self.ask("browsingContext.navigate", context=self.window, url=url, wait="complete")

    def run(self, script: str) -> None:
        """Run a script in the page, whatever the policy of the page."""
        target = {"context": self.window}
        self.ask("script.evaluate", expression=script, target=target, awaitPromise=False)

    def evaluate(self, function: str, *given: str) -> Any:  # noqa: ANN401 - JSON
        """Call a function of the page with texts and return what it returns, as JSON."""
        answer = self.ask(
            "script.callFunction",
            functionDeclaration=f"async (...given) => JSON.stringify(await ({function})(...given))",
            arguments=[{"type": "string", "value": one} for one in given],
            target={"context": self.window},
            awaitPromise=True,
        )
        assert answer["type"] == "success", answer
        return json.loads(answer["result"]["value"])


@contextmanager
def firefox(folder: Path, scheme: str) -> Iterator[Firefox]:
    """Run a headless Firefox; skip the test where the machine has none."""
    program = shutil.which("firefox-esr") or shutil.which("firefox")
    if program is None:
        pytest.skip("no Firefox on this machine; `apt-get install firefox-esr` installs it")
    chosen = {**PREFERENCES, "layout.css.prefers-color-scheme.content-override": SCHEMES[scheme]}
    lines = (f"user_pref({json.dumps(k)}, {json.dumps(value)});\n" for k, value in chosen.items())
    (folder / "user.js").write_text("".join(lines), "utf-8")
    output = folder / "output.txt"
    command = [program, "--headless", "--remote-debugging-port", "0", "--profile", str(folder)]
    with output.open("wb") as written:
        running = subprocess.Popen(command, stdout=written, stderr=subprocess.STDOUT)
    try:
        found = until(
            lambda: LISTENS.search(output.read_text("utf-8")), what="Firefox listens", seconds=60
        )
        one = Firefox(WebSocket(int(found[1]), "/session"))
        one.ask("session.new", capabilities={})
        one.ask("session.subscribe", events=["log.entryAdded", "network.beforeRequestSent"])
        one.window = one.ask("browsingContext.create", type="tab")["context"]
        yield one
    finally:
        running.terminate()
        running.wait(20)
