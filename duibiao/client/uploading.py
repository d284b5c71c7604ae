"""A big upload: cut into requests that the product takes, each sent once in effect.

Which rows go together is written down before they are sent, and their Idempotency-Key is made of
the upload's id and the place and number of the rows. So whatever ends the upload, the next run
sends the same rows under the same key, and the product answers as it did the first time.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from typing import Final

from duibiao.client.answers import Receipt, Refused, Unavailable
from duibiao.client.asking import Asking, posting
from duibiao.client.bodies import MOST_BYTES, MOST_ROWS, Chunk, Cutter
from duibiao.client.files import Source, Unreadable
from duibiao.client.marked_book import without_lines
from duibiao.client.mending import RefusedRow
from duibiao.client.progress import Part, Progress
from duibiao.client.spool import Spool
from duibiao.client.unlisted import all_faults, all_faults_of_book
from duibiao.client.wire import Kind, Mode, Request, Steps

_TOO_MUCH: Final = frozenset({408, 413})  # took too long to arrive; too large


@dataclass(frozen=True, slots=True)
class Plan:
    """How rows are sent.

    Attributes:
        kind: what the rows are.
        mode: `partial`: what is wrong is refused row by row; `atomic`: a request with a wrong row
            stores nothing and ends the upload.
        dry_run: only check; every refused row is told.
        most_rows, most_bytes: of one request.

    """

    kind: Kind
    mode: Mode = "partial"
    dry_run: bool = False
    most_rows: int = MOST_ROWS
    most_bytes: int = MOST_BYTES


class Uploading:
    """One upload, from where its progress says."""

    def __init__(
        self,
        asking: Asking,
        source: Source,
        plan: Plan,
        progress: Progress,
        *,
        spool: Spool | None = None,
        told: Callable[[Part], None] = lambda _: None,
    ) -> None:
        """`spool` takes what cannot be sent; `told` hears of every part once it is answered."""
        self._asking = asking
        self._source = source
        self._plan = plan
        self._progress = progress
        self._spool = spool
        self._told = told
        self._most_rows = plan.most_rows
        self._away = False

    def steps(self) -> Steps[None]:
        """Send every row that was not answered yet.

        Raises:
            Refused: a request as a whole; what was answered before stands in the progress.
            Unavailable: the patience ended, and there is no spool.
            Unexpected: by another server than this product.
            Unreadable: the file is no longer what it was when it was opened.

        """
        # What waits in the spool was said before this, so this goes behind it.
        self._away = bool(self._spool) and not self._plan.dry_run
        cutter = Cutter(self._source.rows(), self._progress.next_row)
        under_way = self._progress.under_way
        if under_way is not None:
            # Cut by number alone: limits may have changed since, these rows may not.
            chunk = cutter.cut(under_way, most_bytes=1 << 62)
            if chunk is not None:
                yield from self._send(chunk)
        while (chunk := cutter.cut(self._most_rows, self._plan.most_bytes)) is not None:
            yield from self._send(chunk)
        count, there = self._source.count, self._progress.next_row
        if count is not None and there != count:
            raise Unreadable(
                f"{there} rows were sent, {count} were in the file when it was opened",
                f"已报送{there}行，而打开时文件有{count}行",
            )

    def _send(self, chunk: Chunk) -> Steps[None]:
        if self._plan.dry_run:
            request = self._request(chunk.rows, "")
        else:
            self._progress.sending(chunk.first, len(chunk.rows))
            key = f"{self._progress.upload}-{chunk.first}-{len(chunk.rows)}"
            request = self._request(chunk.rows, key)
        if self._away:
            self._put(chunk, request)
            return
        try:
            receipt = yield from self._asking.send(request)
        except Refused as refused:
            if refused.status not in _TOO_MUCH or len(chunk.rows) == 1:
                raise
            self._most_rows = min(self._most_rows, (len(chunk.rows) + 1) // 2)
            for half in chunk.halves():
                yield from self._send(half)
        except Unavailable:
            if self._spool is None or self._plan.dry_run:
                raise
            self._away = True
            self._put(chunk, request)
        else:
            yield from self._answered(chunk, receipt)

    def _request(self, rows: Sequence[bytes], key: str, *, dry_run: bool = False) -> Request:
        form, plan = self._source.form, self._plan
        dry_run = dry_run or plan.dry_run
        mode: Mode = "partial" if dry_run else plan.mode
        body = form.body(rows)
        return posting(plan.kind, mode, form.media, body, key or None, dry_run=dry_run)

    def _check(self, rows: Sequence[bytes]) -> Steps[Receipt]:
        return (yield from self._asking.send(self._request(rows, "", dry_run=True)))

    def _answered(self, chunk: Chunk, receipt: Receipt) -> Steps[None]:
        opaque = self._source.form.opaque
        if opaque:
            refused = yield from self._refused_lines(chunk.rows[0], receipt)
        else:
            refused = yield from self._refused(chunk, receipt)
        self._note(
            Part(
                chunk.first,
                receipt.received if opaque else len(chunk.rows),
                replace(receipt, errors=()),
                refused,
                max(0, receipt.rejected - len(refused)),
            )
        )

    def _refused(self, chunk: Chunk, receipt: Receipt) -> Steps[tuple[RefusedRow, ...]]:
        rows = chunk.rows
        faults = yield from all_faults(rows, receipt, self._check)
        return tuple(
            RefusedRow(
                chunk.first + index,
                rows[index].decode() if index < len(rows) else "",
                tuple(replace(fault, index=chunk.first + index) for fault in told),
            )
            for index, told in faults.items()
        )

    def _refused_lines(self, book: bytes, receipt: Receipt) -> Steps[tuple[RefusedRow, ...]]:
        def check(lines: Collection[int]) -> Steps[Receipt]:
            fewer = without_lines(book, lines)
            if fewer is None:
                raise Unreadable("its sheet cannot be taken apart", "工作表无法拆分")
            return (yield from self._check([fewer]))

        faults = yield from all_faults_of_book(receipt, check)
        return tuple(RefusedRow(line, "", told) for line, told in faults.items())

    def _put(self, chunk: Chunk, request: Request) -> None:
        if self._spool is not None:
            self._spool.put(request, self._source.form.suffix)
            self._note(Part(chunk.first, len(chunk.rows)))

    def _note(self, part: Part) -> None:
        self._progress.answered(part)
        self._told(part)
