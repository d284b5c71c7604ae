"""Faults beyond those that an answer lists.

The product lists at most 1,000 faults of a request. Of the rows that were refused and not named,
the rest is asked for by dry runs, which store nothing.
"""

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from typing import Final

from duibiao.client.answers import ClientError, Fault, Receipt
from duibiao.client.mending import line_of
from duibiao.client.wire import Steps

_TWIN: Final = "duplicate-row"  # a fault that a row has only beside another one

_ABOUT: Final = re.compile(r"（(.*)），只能保留一行")

Check = Callable[[Sequence[bytes]], Steps[Receipt]]
CheckBook = Callable[[Collection[int]], Steps[Receipt]]
ByRow = dict[int, tuple[Fault, ...]]


def by_row(errors: Sequence[Fault]) -> ByRow:
    """Return the faults row by row, in order; those of the request as a whole are left out."""
    rows: dict[int, list[Fault]] = {}
    for fault in errors:
        if fault.index is not None:
            rows.setdefault(fault.index, []).append(fault)
    return {index: tuple(rows[index]) for index in sorted(rows)}


def by_line(errors: Sequence[Fault]) -> ByRow:
    """Return the faults of a workbook by the line of the sheet that each names, in order.

    Where one names none, its place among the rows has to do.
    """
    lines: dict[int, list[Fault]] = {}
    for fault in errors:
        line = line_of(fault)
        line = fault.index if line is None else line
        if line is not None:
            lines.setdefault(line, []).append(fault)
    return {line: tuple(lines[line]) for line in sorted(lines)}


def all_faults(rows: Sequence[bytes], receipt: Receipt, check: Check) -> Steps[ByRow]:
    """Return the faults of every refused row.

    Args:
        rows: what was sent.
        receipt: what was answered.
        check: makes a dry run with some of the rows.

    """

    def more(found: ByRow) -> Steps[tuple[Receipt, ByRow]]:
        # The list may have ended in the midst of a row; its twin may stand anywhere.
        last = max(found, default=None)
        unnamed = [index for index in range(len(rows)) if index not in found]
        twins = [index for index, faults in found.items() if _twin(faults) and index != last]
        asked = ([] if last is None else [last]) + unnamed + twins
        receipt = yield from check([rows[index] for index in asked])
        return receipt, _placed(by_row(receipt.errors), asked)

    return (yield from _all(by_row(receipt.errors), receipt, more))


def all_faults_of_book(receipt: Receipt, check: CheckBook) -> Steps[ByRow]:
    """Return the faults of every refused row of a workbook, by the lines of its sheet.

    Args:
        receipt: what was answered.
        check: makes a dry run of the workbook without some lines.

    """

    def more(found: ByRow) -> Steps[tuple[Receipt, ByRow]]:
        # One of the rows about the same thing stays, so that the others are told beside it.
        kept: dict[str, int] = {}
        for line, faults in found.items():
            if (fault := _twin(faults)) is not None:
                about = _ABOUT.search(fault.message_zh)
                kept.setdefault(about[1] if about else str(line), line)
        stays = {max(found, default=None), *kept.values()}
        receipt = yield from check([line for line in found if line not in stays])
        return receipt, by_line(receipt.errors)

    return (yield from _all(by_line(receipt.errors), receipt, more))


def _all(
    found: ByRow, receipt: Receipt, more: Callable[[ByRow], Steps[tuple[Receipt, ByRow]]]
) -> Steps[ByRow]:
    listed, total = len(receipt.errors), receipt.errors_total
    while listed < total and len(found) < receipt.rejected:
        try:
            again, new = yield from more(found)
        except ClientError:
            break  # what is known is told; how many are missing, too
        if not new.keys() - found.keys():
            break
        found = _joined(found, new, max(found, default=None))
        listed, total = len(again.errors), again.errors_total
    return dict(sorted(found.items()))


def _placed(faults: ByRow, asked: Sequence[int]) -> ByRow:
    return {
        asked[index]: tuple(replace(fault, index=asked[index]) for fault in told)
        for index, told in faults.items()
        if index < len(asked)
    }


def _joined(found: ByRow, new: Mapping[int, tuple[Fault, ...]], last: int | None) -> ByRow:
    # Only of the last row could more be told than was; a twin's own faults are known already.
    kept = {index: faults for index, faults in found.items() if index != last}
    return {**new, **kept} if last in new else {**new, **found}


def _twin(faults: Sequence[Fault]) -> Fault | None:
    return next((fault for fault in faults if fault.code == _TWIN), None)
