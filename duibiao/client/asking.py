"""What can be asked of the product, each as steps: the core that both clients share."""

import re
from collections.abc import Callable, Iterator, Mapping, Sized
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import quote
from uuid import uuid4

from duibiao.client.answers import Receipt, Unavailable, receipt_of
from duibiao.client.bodies import JSON, encoded, one_or_many
from duibiao.client.files import open_file
from duibiao.client.retrying import Retries, deliver
from duibiao.client.wire import Kind, Mode, Request, Steps, Wait

_VISIBLE: Final = re.compile(r"[!-~]{1,255}").fullmatch
_FIRST_LOOK, _LONGEST_LOOK = 0.05, 2.0  # seconds between two looks at a receipt


@dataclass(frozen=True, slots=True)
class Asking:
    """Questions as steps. `now` gives monotonic seconds."""

    retries: Retries
    now: Callable[[], float]

    def send(self, request: Request) -> Steps[Receipt]:
        """Send a request until it is answered.

        Raises:
            Refused, Unavailable, Unexpected

        """
        reply = yield from deliver(request, self.retries, self.now)
        return receipt_of(reply)

    def submit(
        self, kind: Kind, rows: object, mode: Mode, key: str | None, *, dry_run: bool
    ) -> Steps[Receipt]:
        """Send rows in one request; a path is a file that goes as it is."""
        media, body = body_of(rows)
        request = posting(kind, mode, media, body, key or uuid4().hex, dry_run=dry_run)
        return (yield from self.send(request))

    def submission(self, submission: Receipt | str) -> Steps[Receipt]:
        """Ask what became of a submission, by its receipt or its id."""
        number = submission.submission_id if isinstance(submission, Receipt) else submission
        if not number:
            raise ValueError("a dry run leaves no submission to ask for")
        path = f"/v1/submissions/{quote(number, safe='')}"
        return (yield from self.send(Request("GET", path)))

    def evaluated(self, submission: Receipt | str, within: float) -> Steps[Receipt]:
        """Wait until the counts of a submission are final.

        Raises:
            Unavailable: they were not within so many seconds, or it is put aside as a dead letter.

        """
        until = self.now() + within
        pause = _FIRST_LOOK
        tries = 0
        while True:
            receipt = yield from self.submission(submission)
            if receipt.state == "evaluated":
                return receipt
            tries += 1
            if receipt.state == "dead-lettered":
                raise Unavailable("put aside as a dead letter; the operators replay it", tries)
            if self.now() + pause > until:
                raise Unavailable("not evaluated yet", tries)
            yield Wait(pause, "not evaluated yet")
            pause = min(pause * 2, _LONGEST_LOOK)


def posting(
    kind: Kind, mode: Mode, media: str, body: bytes, key: str | None, *, dry_run: bool = False
) -> Request:
    """Return the request that posts a body. ValueError for a key that no header can hold."""
    if key is not None and not _VISIBLE(key):
        raise ValueError("an Idempotency-Key is 1 to 255 visible ASCII characters")
    query = f"?mode={mode}" + ("&dry_run=true" if dry_run else "")
    return Request("POST", f"/v1/{kind}{query}", media, key, body)


def body_of(rows: object) -> tuple[str, bytes]:
    """Return the media type and the bytes of rows: a mapping, a dataclass, many, or a file."""
    if isinstance(rows, Path):
        source = open_file(rows)
        return source.form.media, source.form.body(tuple(source.rows()))
    return JSON.media, JSON.body([encoded(row) for row in one_or_many(rows)])


class Given:
    """Rows that are at hand as objects, as a source; the same ones again where it goes on."""

    form = JSON

    def __init__(self, rows: object) -> None:
        self._rows = rows
        self.count: int | None = None
        if isinstance(rows, Sized) and not isinstance(rows, Mapping):
            self.count = len(rows)

    def rows(self) -> Iterator[bytes]:
        """Yield the rows as JSON."""
        return map(encoded, one_or_many(self._rows))
