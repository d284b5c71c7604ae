"""A large upload: rows divided into requests, each of which has effect once."""

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from operator import attrgetter
from typing import Final

from duibiao.client.answers import ClientError, Receipt, Refused, RowError, Unreadable
from duibiao.client.cursor import Cursor, Part, RejectedRow
from duibiao.client.files import WorkbookFile
from duibiao.client.rows import Batch, Row, Source, Splitter
from duibiao.client.workbook import without_lines

_TOO_LARGE: Final = frozenset({408, 413})  # took too long to arrive; too large
_DUPLICATE: Final = "duplicate-row"  # an error that a row has only beside another one
_IDENTITY: Final = re.compile(r"（(.*)），只能保留一行")
_OTHER_ROW: Final = re.compile(
    r"Row ([0-9]+) of this submission \(counted from 0\)|本次报送的第([0-9]+)行（从0起）"
)
_SHEET_LINE: Final = re.compile(r"工作表第([0-9]+)行：")

# Sends rows in one request with an Idempotency-Key; without one it is a dry run.
Post = Callable[[Sequence[Row], str | None], Receipt]

Errors = dict[int, tuple[RowError, ...]]

# A dry run without the rows that are known, apart from some of them.
Check = Callable[[Collection[int], Sequence[int]], tuple[Receipt, Errors]]


@dataclass(frozen=True, slots=True)
class Upload:
    """One upload, from the position of its cursor."""

    post: Post
    source: Source
    cursor: Cursor
    dry_run: bool

    def parts(self) -> Iterator[Part]:
        """Send the rows that were not answered, and yield each part once it is recorded."""
        cursor, count = self.cursor, self.source.count
        splitter = Splitter(self.source.rows(), cursor.next_row)
        while (batch := splitter.batch(cursor.rows)) is not None:
            try:
                part = self._send(batch)
            except Refused as refused:
                if refused.status not in _TOO_LARGE or len(batch.rows) == 1:
                    raise
                # Divided as a later run divides them: a request whose answer was lost is repeated.
                cursor.limit((len(batch.rows) + 1) // 2)
                splitter.take_back(batch)
            else:
                yield part
        if count is not None and cursor.next_row != count:
            raise Unreadable(
                f"{cursor.next_row} rows were sent, {count} were in the file when it was opened",
                f"已报送{cursor.next_row}行，而打开时文件有{count}行",
            )

    def _send(self, batch: Batch) -> Part:
        key = f"{self.cursor.upload}-{batch.first}-{len(batch.rows)}"
        return self._answered(batch, self.post(batch.rows, None if self.dry_run else key))

    def _answered(self, batch: Batch, receipt: Receipt) -> Part:
        if isinstance(self.source, WorkbookFile):
            count, rejected = receipt.received, self._rejected_lines(batch.rows[0], receipt)
        else:
            count, rejected = len(batch.rows), self._rejected_rows(batch, receipt)
        unlisted = max(0, receipt.rejected - len(rejected))
        part = Part(batch.first, count, replace(receipt, errors=()), rejected, unlisted)
        self.cursor.answered(part)
        return part

    def _rejected_rows(self, batch: Batch, receipt: Receipt) -> tuple[RejectedRow, ...]:
        rows = batch.rows

        def check(found: Collection[int], kept: Sequence[int]) -> tuple[Receipt, Errors]:
            # In the order in which the response shall list them.
            unknown = [index for index in range(len(rows)) if index not in found]
            asked = [*kept[:1], *unknown, *kept[1:]]
            receipt = self.post([rows[index] for index in asked], None)
            errors = by_row(receipt)
            lines = [rows[index].line for index in asked]
            return receipt, {asked[i]: in_lines(errors[i], lines) for i in errors if i < len(asked)}

        lines = [row.line for row in rows]
        first = {index: in_lines(errors, lines) for index, errors in by_row(receipt).items()}
        errors = all_errors(receipt, first, check)
        return tuple(
            RejectedRow(
                rows[index].line,
                rows[index].content.decode(),
                tuple(replace(error, index=batch.first + index) for error in errors[index]),
            )
            for index in errors
            if index < len(rows)
        )

    def _rejected_lines(self, book: Row, receipt: Receipt) -> tuple[RejectedRow, ...]:
        def check(found: Collection[int], kept: Sequence[int]) -> tuple[Receipt, Errors]:
            fewer = without_lines(book.content, set(found).difference(kept))
            if fewer is None:
                raise Unreadable("the workbook cannot be edited", "工作簿无法拆分")
            receipt = self.post([book._replace(content=fewer)], None)
            return receipt, by_row(receipt, _line)

        errors = all_errors(receipt, by_row(receipt, _line), check)
        return tuple(RejectedRow(line, "", errors[line]) for line in errors)


def all_errors(receipt: Receipt, found: Errors, check: Check) -> Errors:
    """Return the errors of every rejected row, in order.

    A response lists at most 1,000 errors, so dry runs are made without the rows that are known.
    Kept are the last of them, which may have more errors, and one row of each set of duplicates,
    without which the others would be accepted.
    """
    listed, total = len(receipt.errors), receipt.errors_total
    while listed < total and len(found) < receipt.rejected:
        last = max(found, default=None)
        kept = [] if last is None else [last, *(_one_of_each_duplicate(found) - {last})]
        try:
            again, new = check(found, kept)
        except ClientError:
            break  # `Part.unlisted` counts the rest
        if not new.keys() - found.keys():
            break
        complete = {index: found[index] for index in found if index != last}
        found = found | new | complete
        listed, total = len(again.errors), again.errors_total
    return dict(sorted(found.items()))


def _one_of_each_duplicate(found: Mapping[int, Sequence[RowError]]) -> set[int]:
    kept: dict[str, int] = {}
    for index, errors in found.items():
        for error in errors:
            if error.code == _DUPLICATE:
                identity = _IDENTITY.search(error.message_zh)
                kept.setdefault(identity[1] if identity else str(index), index)
    return set(kept.values())


def in_lines(errors: Iterable[RowError], lines: Sequence[int]) -> tuple[RowError, ...]:
    """Return errors that name another row of the request by its line of the file instead."""

    def line(found: re.Match[str]) -> str:
        en, zh = found.groups()
        index = int(en or zh)
        number = lines[index] if index < len(lines) else "?"
        return f"Line {number} of the file" if en else f"文件第{number}行"

    return tuple(
        replace(
            error,
            message=_OTHER_ROW.sub(line, error.message),
            message_zh=_OTHER_ROW.sub(line, error.message_zh),
        )
        for error in errors
    )


def by_row(
    receipt: Receipt, place: Callable[[RowError], int | None] = attrgetter("index")
) -> Errors:
    """Return the listed errors by row, in order; those of the request as a whole have no place."""
    found: dict[int, tuple[RowError, ...]] = {}
    for error in receipt.errors:
        at = place(error)
        if at is not None:
            found[at] = (*found.get(at, ()), error)
    return dict(sorted(found.items()))


def _line(error: RowError) -> int | None:
    """Return the line of the sheet that an error of a workbook names."""
    found = _SHEET_LINE.match(error.message_zh)
    return int(found[1]) if found else None if error.index is None else error.index + 1
