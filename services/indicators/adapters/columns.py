"""The columns of a record of the submissions topic as lists, one value for each row.

ValueError where a column has not one value for each row.
"""

from collections.abc import Callable, Iterable, Sequence
from itertools import accumulate, islice
from typing import TypeVar

from duibiao.contracts.v1 import submission_pb2 as wire

T = TypeVar("T")


def texts(column: wire.Texts, count: int) -> list[str | None]:
    """Return the texts of `count` rows; None where a row gives none."""
    distinct: list[str | None] = list(column.distinct)
    places = column.place
    if places:
        if len(places) != count:
            raise ValueError(f"{len(places)} places for {count} rows")
        known = [None, *distinct]
        if max(places) >= len(known):
            raise ValueError(f"no text {max(places)}")
        return [known[place] for place in places]
    if len(distinct) == count:
        return distinct
    if len(distinct) > 1:
        raise ValueError(f"{len(distinct)} texts for {count} rows")
    return (distinct or [None]) * count


def each(column: wire.Texts, count: int, read: Callable[[str | None], T]) -> list[T]:
    """Return what is read from each text, each distinct one read once."""
    found = texts(column, count)
    known = {text: read(text) for text in dict.fromkeys(found)}
    return [known[text] for text in found]


def times(column: wire.Times, count: int, before: int) -> list[int | None]:
    """Return the times of `count` rows in microseconds since 1970; `before` is the receipt."""
    if not column.delta_us:
        return [None] * count
    if len(column.delta_us) != count:
        raise ValueError(f"{len(column.delta_us)} times for {count} rows")
    found: list[int | None] = []
    found.extend(islice(accumulate(column.delta_us, initial=before), 1, None))
    for row in column.absent:
        if row >= count:
            raise ValueError(f"no row {row}")
        found[row] = None
    return found


def by_row(rows: Sequence[int], entries: Iterable[T], count: int) -> list[tuple[T, ...]]:
    """Return the entries of each of `count` rows; `rows` says whose each is."""
    found: list[list[T]] = [[] for _ in range(count)] if rows else []
    for row, entry in zip(rows, entries, strict=True):
        if row >= count:
            raise ValueError(f"no row {row}")
        found[row].append(entry)
    return [tuple(some) for some in found] if rows else [()] * count
