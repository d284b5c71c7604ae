"""Lists in pages: `limit` up to 1,000 and an opaque `cursor` (contract section 3).

A cursor is the position of the last row given, in the order of the list, so a page stays right
when rows are added meanwhile. Knows no database: a service turns `Page.after` into its WHERE.
"""

import base64
import binascii
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Annotated, Final, Generic, TypeVar

import msgspec
from fastapi import Query, Request
from pydantic import BaseModel

from duibiao.web.problems import ErrorDetail, Problem, error_detail, shown

LIMIT_AT_MOST: Final = 1_000
LIMIT_DEFAULT: Final = 100
_CURSOR_CHARACTERS: Final = 1_000

_WIDE: Final = 2**63  # of a whole number in a database

Position = tuple[str | int | None, ...]
Row = TypeVar("Row")


class Listed(BaseModel, Generic[Row]):
    """One page of a list, as the API reference describes it."""

    items: list[Row]
    next_cursor: str | None


@dataclass(frozen=True, slots=True)
class Page:
    """What a caller asked for: at most `limit` rows, those after the position `after`.

    Read `limit + 1` rows and hand them to `cut`: the extra one only tells that there are more.
    """

    limit: int
    after: Position | None

    def cut(
        self, rows: Sequence[Row], position: Callable[[Row], Position]
    ) -> tuple[Sequence[Row], str | None]:
        """Return the rows of this page and the cursor of the next, None on the last page."""
        if len(rows) <= self.limit:
            return rows, None
        kept = rows[: self.limit]
        return kept, to_cursor(position(kept[-1]))


class Paging:
    """A FastAPI dependency that reads `limit` and `cursor`; one object per list.

    `kinds` are the types of the position's parts, so that a cursor of another list is refused
    with 422 and never reaches a query: `Annotated[Page, Depends(Paging(str, int))]`.
    """

    def __init__(self, *kinds: type[str] | type[int], default: int = LIMIT_DEFAULT) -> None:
        """`default` is the limit where the caller names none."""
        self._kinds = kinds
        self._default = default

    def __call__(
        self,
        limit: Annotated[int | None, Query(ge=1, le=LIMIT_AT_MOST)] = None,
        cursor: Annotated[str | None, Query(max_length=_CURSOR_CHARACTERS)] = None,
    ) -> Page:
        """Return the page asked for; Problem 422 for a cursor that this list did not give out."""
        after = None if cursor is None else from_cursor(cursor)
        if after is not None and not self._fits(after):
            raise _bad_cursor()
        return Page(self._default if limit is None else limit, after)

    def _fits(self, after: Position) -> bool:
        return len(after) == len(self._kinds) and all(
            part is None or type(part) is kind
            for part, kind in zip(after, self._kinds, strict=True)
        )


def only(*filters: str) -> Callable[[Request], None]:
    """Return a dependency that refuses (422) what a list does not know in its query.

    A misspelt `org` or `cursor` would otherwise give another list than was asked for, or the same
    page for ever. `limit` and `cursor` are known everywhere.
    """
    known = {"limit", "cursor", *filters}

    def check(request: Request) -> None:
        strangers = [name for name in request.query_params if name not in known]
        if strangers:
            raise Problem("invalid", [unknown_field(name) for name in strangers])

    return check


def to_cursor(position: Position) -> str:
    """Return the position as letters, digits, - and _."""
    return base64.urlsafe_b64encode(msgspec.json.encode(position)).rstrip(b"=").decode("ascii")


def from_cursor(cursor: str) -> Position:
    """Return the position of a cursor; Problem 422 when it is none."""
    try:
        packed = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        position = msgspec.json.decode(packed, type=Position)
    except (ValueError, binascii.Error, msgspec.DecodeError):
        raise _bad_cursor() from None
    if not all(map(_can_be_kept, position)):
        raise _bad_cursor()
    return position


def answer(items: Iterable[object], next_cursor: str | None = None) -> dict[str, object]:
    """Return the body of a list."""
    return {"items": list(items), "next_cursor": next_cursor}


def unknown_field(name: str) -> ErrorDetail:
    """Return the error of a name in the query that a list does not know."""
    token = shown(name).replace("~", "~0").replace("/", "~1")
    return error_detail("unknown-field", pointer=f"/query/{token}", field=name)


def _can_be_kept(part: str | int | None) -> bool:
    """Whether every database takes it; a question about any other is an error there."""
    if isinstance(part, str):
        return "\0" not in part
    return part is None or -_WIDE <= part < _WIDE


def _bad_cursor() -> Problem:
    return Problem("invalid", [error_detail("bad-cursor", pointer="/query/cursor")])
