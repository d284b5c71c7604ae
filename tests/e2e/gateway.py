"""A gateway as docs/deploy.md describes it: each path goes to the service of its longest prefix."""

import re
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from tests.support.product import Product
from tests.support.project import ROOT

OTHERS = "indicators"
HOP_BY_HOP = {"connection", "keep-alive", "transfer-encoding"}
ROW = re.compile(r"^\| (ingest|alerts) \| (.+) \|$", re.MULTILINE)


def documented() -> Mapping[str, str]:
    """Return the service of each prefix; what is under none of them goes to indicators."""
    text = (ROOT / "docs" / "deploy.md").read_text("utf-8")
    rows = ROW.findall(text)
    return {prefix: name for name, cell in rows for prefix in re.findall(r"`(/[^`{]+[^`{/])", cell)}


def served_by(path: str, prefixes: Mapping[str, str]) -> str:
    found = [one for one in prefixes if path == one or path.startswith((f"{one}/", f"{one}."))]
    return prefixes[max(found, key=len)] if found else OTHERS


@contextmanager
def gateway(services: Mapping[str, Product]) -> Iterator[str]:
    """Run a gateway before the processes of the services; yields its address."""
    prefixes = documented()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def forward(self) -> None:
            port = services[served_by(self.path.partition("?")[0], prefixes)].port
            length = int(self.headers.get("Content-Length", "0"))
            connection = HTTPConnection("127.0.0.1", port, timeout=60)
            try:
                connection.request(
                    self.command, self.path, self.rfile.read(length), dict(self.headers)
                )
                answer = connection.getresponse()
                body = answer.read()
            finally:
                connection.close()
            self.send_response_only(answer.status, answer.reason)
            for name, value in answer.getheaders():
                if name.lower() not in {*HOP_BY_HOP, "content-length"}:
                    self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST = forward  # noqa: N815 - as the base class calls them

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name there
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join(20)
