"""Fakes of the chat groups' robots: they check keys, signatures, sizes and rates as documented.

Written from the documentation of the three, not from our code. Time is told by the test.
"""

import base64
import hashlib
import hmac
import json
import threading
from collections import deque
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

from tests.service.alerts.channel_environment import NOW

SECRET = "SECthis is a secret"
HOUR = 3600
Answer = dict[str, Any]


class Robot:
    """Listens on 127.0.0.1 while it is entered. `answers` come before what it would say itself."""

    path: str
    per_minute: int

    def __init__(self) -> None:
        self.now = NOW
        self.shown: list[dict[str, Any]] = []
        self.answers: deque[tuple[int, dict[str, str], bytes]] = deque()
        self.hangs = False
        self.over = threading.Event()
        self._times = [NOW][:0]
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}{self.path}"

    def too_many(self) -> bool:
        self._times = [at for at in self._times if (self.now - at).total_seconds() < 60]
        self._times.append(self.now)
        return len(self._times) > self.per_minute

    def judge(self, query: dict[str, str], raw: bytes, body: dict[str, Any]) -> Answer:
        raise NotImplementedError

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.over.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class WeComRobot(Robot):
    path = "/cgi-bin/webhook/send?key=693a91f6-7xxx"
    per_minute = 20

    def judge(self, query: dict[str, str], raw: bytes, body: dict[str, Any]) -> Answer:  # noqa: ARG002
        if query != {"key": "693a91f6-7xxx"}:
            return {"errcode": 93000, "errmsg": "invalid webhook url"}
        if self.too_many():
            return {"errcode": 45009, "errmsg": "api freq out of limit"}
        if set(body) != {"msgtype", "markdown"} or body["msgtype"] != "markdown":
            return {"errcode": 40008, "errmsg": "invalid message type"}
        if len(body["markdown"]["content"].encode()) > 4096:
            return {"errcode": 40058, "errmsg": "markdown.content exceed max length 4096"}
        self.shown.append({"text": body["markdown"]["content"]})
        return {"errcode": 0, "errmsg": "ok"}


class DingTalkRobot(Robot):
    path = "/robot/send?access_token=abc"
    per_minute = 20

    def judge(self, query: dict[str, str], raw: bytes, body: dict[str, Any]) -> Answer:
        if query.get("access_token") != "abc":
            return {"errcode": 300005, "errmsg": "token is not exist"}
        stamp = query.get("timestamp", "")
        digest = hmac.new(SECRET.encode(), f"{stamp}\n{SECRET}".encode(), hashlib.sha256).digest()
        late = abs(int(stamp or 0) / 1000 - self.now.timestamp()) > HOUR
        if late or query.get("sign") != base64.b64encode(digest).decode():
            return {"errcode": 310000, "errmsg": "sign not match"}
        if self.too_many():
            return {"errcode": 130101, "errmsg": "send too fast, exceed 20 times per minute"}
        if len(raw) > 20_000:
            return {"errcode": 460101, "errmsg": "message too long"}
        assert body["msgtype"] == "markdown"
        assert body["markdown"]["title"]
        self.shown.append(body["markdown"])
        return {"errcode": 0, "errmsg": "ok"}


class FeishuRobot(Robot):
    path = "/open-apis/bot/v2/hook/xxxx"
    per_minute = 100

    def judge(self, query: dict[str, str], raw: bytes, body: dict[str, Any]) -> Answer:
        assert query == {}
        key = f"{body['timestamp']}\n{SECRET}".encode()
        sign = base64.b64encode(hmac.new(key, b"", hashlib.sha256).digest()).decode()
        late = abs(int(body["timestamp"]) - self.now.timestamp()) > HOUR
        if late or body["sign"] != sign:
            return {"code": 19021, "msg": "sign match fail or timestamp is not within one hour"}
        many = self.too_many()
        if many or sum(at == self.now for at in self._times) > 5:
            return {"code": 11232, "msg": "frequency limited"}
        if len(raw) > 20 * 1024:
            return {"code": 9499, "msg": "Bad Request", "data": {}}
        assert body["msg_type"] == "post"
        post = body["content"]["post"]["zh_cn"]
        lines = ["".join(tag["text"] for tag in line) for line in post["content"]]
        self.shown.append({"title": post["title"], "text": "\n".join(lines)})
        return {"code": 0, "msg": "success", "data": {}}


def _handler(robot: Robot) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            raw = self.rfile.read(int(self.headers["content-length"]))
            if robot.hangs:
                robot.over.wait(30)
                return
            parts = urlsplit(self.path)
            query = {name: values[0] for name, values in parse_qs(parts.query).items()}
            assert self.headers["content-type"] == "application/json"
            if robot.answers:
                status, headers, content = robot.answers.popleft()
            else:
                answer = robot.judge(query, raw, json.loads(raw))
                status, headers, content = 200, {}, json.dumps(answer).encode()
            with suppress(OSError):
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("content-length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            pass

    return Handler
