"""Tables on their way: divided and checked first, then exactly what was checked is sent.

A table is a draft of its unit. Its parts are sent with keys of their own, so that a repeat of the
whole, after whatever broke off, sends nothing twice.

    faulty    has errors; nothing of it can be sent
    ready     checked, and not sent yet
    sending   begun; broke off, unless somebody waits for it now
    sent      every part was accepted
"""

import asyncio
import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any, Final
from weakref import WeakValueDictionary

import msgspec
from starlette.concurrency import run_in_threadpool

from duibiao.core import new_id
from duibiao.web.access import Caller
from duibiao.web.problems import Problem, error_detail, filled
from services.ingest.adapters.answers import problem_of
from services.ingest.adapters.drafts import DraftRepository
from services.ingest.adapters.formats import BodyReaders, Unreadable
from services.ingest.adapters.formats.table import column_of
from services.ingest.adapters.posting_route import PostRows
from services.ingest.adapters.submissions import SubmissionRepository
from services.ingest.domain.context import Kind
from services.ingest.domain.errors import KEPT, RowError
from services.ingest.domain.receipts import Receipt
from services.ingest.domain.rows import ROWS
from services.ingest.usecases.accept_submission import Refused


class Marked(msgspec.Struct):
    """An error of a line, which begins with `row`, or of the whole; `column` "" for none."""

    line: int | None
    row: str
    column: str
    cell: str
    code: str
    en: str
    zh: str


class Upload(msgspec.Struct):
    """A table; `key` begins those of its requests, `typed` is the draft it was typed in."""

    kind: Kind
    name: str
    typed: str
    key: str
    content: bytes
    parts: list[tuple[bytes, list[int]]]
    rows: int = 0
    warnings: list[dict[str, Any]] = []
    errors: list[Marked] = []
    errors_total: int = 0


_DECODER: Final = msgspec.msgpack.Decoder(Upload)


@dataclass(frozen=True, slots=True)
class Uploads:
    """The uploads of a process. `check` and `send` are for its event loop."""

    post: PostRows
    readers: BodyReaders
    receipts: SubmissionRepository
    drafts: DraftRepository
    _locks: WeakValueDictionary[str, asyncio.Lock] = field(default_factory=WeakValueDictionary)

    async def check(
        self, caller: Caller, kind: Kind, name: str, content: bytes, typed: str = ""
    ) -> str:
        """Keep a table with what is wrong with it, and return its id; nothing is sent.

        One that is being sent is that one, to be continued. Problem where it cannot be read.
        """
        org = caller.org or ""
        known = sha256(f"{org}/{kind}/".encode() + content).hexdigest()
        begun = await run_in_threadpool(self.drafts.find, org, known)
        if begun is not None and begun.state == "sending":
            return known
        parts = await run_in_threadpool(
            self.work, "divided", name, content, self.post.accept.most_rows
        )
        upload = Upload(kind, name, typed, new_id(self.post.clock), content, parts)
        for body, lines in parts:
            try:
                accepted = await self.post.of_page(caller, kind, body)
            except Refused as refused:
                if refused.retry_after is not None:
                    raise problem_of(refused) from None
                upload.errors_total += refused.total
                upload.errors += _marked(kind, body, lines, refused.errors)
                if any(one.index is None for one in refused.errors):
                    break  # of the heading, which all parts share
            else:
                upload.rows += accepted.receipt.received
                upload.warnings += msgspec.json.decode(accepted.receipt.warnings)
        del upload.errors[KEPT:], upload.warnings[KEPT:]
        await self._save(org, known, upload, "faulty" if upload.errors else "ready")
        return known

    async def send(self, caller: Caller, upload_id: str) -> None:
        """Send what was not sent of a table without errors.

        Raises:
            Problem: a part was refused; those before it were accepted.

        """
        org = caller.org or ""
        async with self._locks.setdefault(upload_id, asyncio.Lock()):
            state, upload = await run_in_threadpool(self.read, org, upload_id)
            if state in {"faulty", "sent"}:
                return
            await self._save(org, upload_id, upload, "sending")
            for number, (body, _) in enumerate(upload.parts):
                try:
                    await self.post.of_page(caller, upload.kind, body, f"{upload.key}-{number}")
                except Refused as refused:
                    raise problem_of(refused) from None
            upload.content, upload.parts = b"", [(b"", [])] * len(upload.parts)
            await self._save(org, upload_id, upload, "sent")
            await run_in_threadpool(self.drafts.remove, org, upload.typed)

    def read(self, org: str, upload_id: str) -> tuple[str, Upload]:
        """Return the state of an upload of a unit, and the upload; Problem 404."""
        row = self.drafts.find(org, upload_id)
        if row is None or row.state == "typed":
            raise Problem("not-found", [error_detail("not-found", value=upload_id)])
        return str(row.state), _DECODER.decode(row.content)

    def receipts_of(self, org: str, upload: Upload) -> Sequence[Receipt]:
        """Return the receipts of the parts that were accepted."""
        keys = (f"{upload.key}-{number}" for number in range(len(upload.parts)))
        found = (self.receipts.repeated(org or "office", key) for key in keys)
        return [one[1] for one in found if one is not None]

    def work(self, name: str, *given: object) -> Any:  # noqa: ANN401 - whatever it returns
        """Return what a function of file_parts makes of a file, in a child; Problem."""
        from services.ingest.adapters import file_parts  # noqa: PLC0415 - large, rarely needed

        try:
            return self.readers.run(getattr(file_parts, name), *given)
        except Unreadable as unreadable:
            error = filled(unreadable.error.code, unreadable.error.names)
            raise Problem(unreadable.problem, [error]) from None

    async def _save(self, org: str, upload_id: str, upload: Upload, state: str) -> None:
        content = msgspec.msgpack.encode(upload)
        await run_in_threadpool(self.drafts.save, org, upload_id, upload.name, state, content)


def _marked(
    kind: Kind, body: bytes, lines: Sequence[int], errors: Sequence[RowError]
) -> list[Marked]:
    """Return errors at the lines and cells of the table of which a part has these lines."""
    header, *rows = csv.reader(io.StringIO(body.decode(), newline=""))
    columns, found = [column_of(heading, ROWS[kind].columns) for heading in header], []
    for error in errors:
        names, column = dict(error.names), ROWS[kind].column_at(error.pointer or "")
        if isinstance(other := names.get("duplicate_of"), int):
            names["other"] = f"Row {lines[other]}", f"第{lines[other]}行"
        line, row = (None, [""]) if error.index is None else (lines[error.index], rows[error.index])
        cells, told = dict(zip(columns, row, strict=False)), filled(error.code, names)
        at = (column.name, cells.get(column, "")) if column else ("", "")
        found.append(Marked(line, row[0], *at, told.code, told.message, told.message_zh))
    return found
