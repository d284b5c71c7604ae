"""Faults beyond those that an answer lists.

The product lists at most 1,000 faults of a request. Of the rows that were refused and not named,
the rest is asked for by dry runs, which store nothing.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Final

from duibiao.client.answers import ClientError, Fault, Receipt
from duibiao.client.wire import Steps

_TWIN: Final = "duplicate-row"  # a fault that a row has only beside another one

Check = Callable[[Sequence[bytes]], Steps[Receipt]]
ByRow = dict[int, tuple[Fault, ...]]


def by_row(errors: Sequence[Fault]) -> ByRow:
    """Return the faults row by row, in order; those of the request as a whole are left out."""
    rows: dict[int, list[Fault]] = {}
    for fault in errors:
        if fault.index is not None:
            rows.setdefault(fault.index, []).append(fault)
    return {index: tuple(rows[index]) for index in sorted(rows)}


def all_faults(rows: Sequence[bytes], receipt: Receipt, check: Check) -> Steps[ByRow]:
    """Return the faults of every refused row.

    Args:
        rows: what was sent.
        receipt: what was answered.
        check: makes a dry run with some of the rows.

    """
    found = by_row(receipt.errors)
    listed, total = len(receipt.errors), receipt.errors_total
    while listed < total and len(found) < receipt.rejected:
        # The list may have ended in the midst of a row; its twin may stand anywhere.
        last = max(found, default=None)
        unnamed = [index for index in range(len(rows)) if index not in found]
        twins = [index for index, faults in found.items() if _twinned(faults) and index != last]
        asked = ([] if last is None else [last]) + unnamed + twins
        try:
            more = yield from check([rows[index] for index in asked])
        except ClientError:
            break  # what is known is told; how many are missing, too
        new = _placed(by_row(more.errors), asked)
        if not new.keys() - found.keys():
            break
        found = _joined(found, new, last)
        listed, total = len(more.errors), more.errors_total
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


def _twinned(faults: Sequence[Fault]) -> bool:
    return any(fault.code == _TWIN for fault in faults)
