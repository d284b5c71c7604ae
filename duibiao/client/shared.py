"""What both clients are: where the product is, who asks, and how a request looks on the wire."""

import time
import zlib
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import httpx

from duibiao.client.asking import Asking, Given
from duibiao.client.files import Source, open_file
from duibiao.client.progress import MemoryProgress, Part, Progress
from duibiao.client.retrying import Retries
from duibiao.client.spool import Spool
from duibiao.client.uploading import Plan, Uploading
from duibiao.client.wire import Lost, Reply, Request, Wait

_GZIP: Final = 31  # zlib's word for a gzip member; it holds no time, so equal bodies stay equal
_FASTEST: Final = 1
_WORTH_PACKING: Final = 64 * 1024  # bytes


class Shared:
    """Everything but the sending and the waiting."""

    def __init__(
        self, url: str, key: str, retries: Retries | None, on_wait: Callable[[Wait], None] | None
    ) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError(f"not an http(s) address: {url}")
        if not key or not key.isascii() or not key.isprintable() or " " in key:
            raise ValueError("a key is one word of ASCII letters and digits")  # never shown
        self.url = url.rstrip("/")
        self._headers = {"authorization": f"Bearer {key}", "user-agent": _name()}
        self._asking = Asking(retries or Retries(), time.monotonic)
        self._on_wait = on_wait or (lambda _: None)

    def _uploading(
        self,
        plan: Plan,
        rows: object,
        progress: Progress,
        spool: Spool | None,
        told: Callable[[Part], None] | None,
    ) -> Uploading:
        source = source_of(rows)
        told = told or (lambda _: None)
        return Uploading(self._asking, source, plan, progress, spool=spool, told=told)

    def _wire(self, request: Request) -> httpx.Request:
        headers = dict(self._headers)
        body = request.body
        if request.media is not None:
            headers["content-type"] = request.media
        if request.repeat_key is not None:
            headers["idempotency-key"] = request.repeat_key
        if len(body) > _WORTH_PACKING:
            packer = zlib.compressobj(_FASTEST, wbits=_GZIP)
            body = packer.compress(body) + packer.flush()
            headers["content-encoding"] = "gzip"
        return httpx.Request(request.method, self.url + request.path, headers=headers, content=body)


def source_of(rows: object) -> Source:
    """Return a path, an iterable of rows, or a single row as a source."""
    if isinstance(rows, Path):
        return open_file(rows)
    return rows if isinstance(rows, Source) else Given(rows)


def progress_or_new(progress: Progress | None) -> Progress:
    """Return the progress to go on from, or a new one."""
    return MemoryProgress() if progress is None else progress


def heard(answer: httpx.Response) -> Reply:
    """Return an answer as a value."""
    return Reply(answer.status_code, dict(answer.headers), answer.content)


def lost(error: httpx.RequestError) -> Lost:
    """Return a failure of the way as a value."""
    return Lost(f"{type(error).__name__}: {error}" if str(error) else type(error).__name__)


def _name() -> str:
    try:
        return f"duibiao-client/{version('duibiao')}"
    except PackageNotFoundError:  # copied, not installed
        return "duibiao-client"
