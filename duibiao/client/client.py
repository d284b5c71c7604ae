"""The client: one org's access to the HTTP API."""

import gzip
import re
from collections.abc import Iterator, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Final, Self
from urllib.parse import quote, urlsplit
from uuid import uuid4

import httpx

from duibiao.client.answers import Receipt, Unavailable, receipt_of
from duibiao.client.cursor import Cursor, Part
from duibiao.client.files import open_file
from duibiao.client.retries import Retries
from duibiao.client.rows import Format, Kind, Mode, Objects, Row, Source
from duibiao.client.upload import Upload

_VISIBLE: Final = re.compile(r"[!-~]{1,255}").fullmatch
_WORTH_COMPRESSING: Final = 64 * 1024  # bytes
_FIRST_POLL, _LONGEST_POLL = 0.05, 2.0  # seconds


class Client:
    """Posts rows for one org. Safe to use from several threads.

    Every method raises Refused, Unavailable or Unexpected, which are ClientErrors.
    """

    def __init__(
        self,
        url: str,
        key: str,
        *,
        retries: Retries | None = None,
        timeout: float = 60.0,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        """`timeout` in seconds, of one try."""
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError(f"not an http(s) address: {url}")
        if not key or not key.isascii() or not key.isprintable() or " " in key:
            raise ValueError("a key is one word of ASCII letters and digits")  # never echoed
        self.url = url.rstrip("/")
        self._retries = retries or Retries()
        headers = {"authorization": f"Bearer {key}", "user-agent": _user_agent()}
        self._http = httpx.Client(timeout=timeout, transport=transport, headers=headers)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def submit(
        self,
        kind: Kind,
        rows: object,
        *,
        mode: Mode = "atomic",
        dry_run: bool = False,
        idempotency_key: str | None = None,
    ) -> Receipt:
        """Send rows of one org in one request.

        Args:
            kind: "observations", "cases" or "progress-reports".
            rows: a mapping or dataclass, an iterable of them, or the path of a file.
            mode: "atomic": one invalid row and nothing is stored; "partial": the others are.
            dry_run: only validate.
            idempotency_key: random unless given.

        """
        source = _source(rows)
        key = idempotency_key or uuid4().hex
        return self._post(kind, mode, source.format, tuple(source.rows()), key, dry_run=dry_run)

    def submission(self, submission: Receipt | str) -> Receipt:
        """Return the present receipt of a submission, by receipt or id."""
        number = submission.submission_id if isinstance(submission, Receipt) else submission
        if not number:
            raise ValueError("a dry run has no submission")
        return self._send("GET", f"/v1/submissions/{quote(number, safe='')}")

    def evaluated(self, submission: Receipt | str, *, within: float = 60.0) -> Receipt:
        """Return the receipt with final counts.

        Raises:
            Unavailable: not evaluated within so many seconds, or dead-lettered.

        """
        deadline = self._retries.clock() + within
        pause = _FIRST_POLL
        while (receipt := self.submission(submission)).state != "evaluated":
            if receipt.state == "dead-lettered":
                raise Unavailable("in the dead letters, to be replayed by the operators", 1)
            if self._retries.clock() + pause > deadline:
                raise Unavailable("not evaluated yet", 1)
            self._retries.sleep(pause)
            pause = min(pause * 2, _LONGEST_POLL)
        return receipt

    def upload(
        self,
        kind: Kind,
        rows: object,
        *,
        mode: Mode = "partial",
        dry_run: bool = False,
        cursor: Cursor | None = None,
    ) -> Iterator[Part]:
        """Send any number of rows in as many requests as needed, one per step of the iteration.

        Args:
            kind: "observations", "cases" or "progress-reports".
            rows: the path of a file, or an iterable of mappings or dataclasses.
            mode: of each request; a refused atomic request ends the upload.
            dry_run: only validate; every rejected row is listed.
            cursor: resumes an upload that was interrupted, and sets the rows per request.

        """
        source = _source(rows)

        def post(rows: Sequence[Row], key: str | None) -> Receipt:
            if key is None:
                return self._post(kind, "partial", source.format, rows, None, dry_run=True)
            return self._post(kind, mode, source.format, rows, key)

        return Upload(post, source, cursor or Cursor(), dry_run=dry_run).parts()

    def _post(
        self,
        kind: Kind,
        mode: Mode,
        format_: Format,
        rows: Sequence[Row],
        key: str | None,
        *,
        dry_run: bool = False,
    ) -> Receipt:
        headers = {"content-type": format_.media}
        if key is not None:
            if not _VISIBLE(key):
                raise ValueError("an Idempotency-Key is 1 to 255 visible ASCII characters")
            headers["idempotency-key"] = key
        body = format_.body(rows)
        if len(body) > _WORTH_COMPRESSING:
            body = gzip.compress(body, 1, mtime=0)
            headers["content-encoding"] = "gzip"
        query = f"?mode={mode}" + ("&dry_run=true" if dry_run else "")
        return self._send("POST", f"/v1/{kind}{query}", headers, body)

    def _send(
        self, method: str, path: str, headers: dict[str, str] | None = None, body: bytes = b""
    ) -> Receipt:
        request = self._http.build_request(method, self.url + path, headers=headers, content=body)
        return receipt_of(self._retries.until_answered(lambda: self._http.send(request)))


def _source(rows: object) -> Source:
    if isinstance(rows, Path):
        return open_file(rows)
    return rows if isinstance(rows, Source) else Objects(rows)


def _user_agent() -> str:
    try:
        return f"duibiao-client/{version('duibiao')}"
    except PackageNotFoundError:  # copied, not installed
        return "duibiao-client"
