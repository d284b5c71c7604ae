"""Versions of verdicts that stand no longer: what each differed in from the one that followed it.

A chain of such differences ends at the verdict that stands, at the last word on a row that was
withdrawn, or after `CHAIN` of them at a version that is kept whole.
"""

from collections.abc import Iterable
from typing import Any, Final

from sqlalchemy import Connection, Row, bindparam, select

from services.indicators.adapters.encoding import compressed, decompressed
from services.indicators.adapters.ledger import tables

CHAIN: Final = 8

_STANDS: Final = select(tables.verdicts.c.document, tables.verdicts.c.proof).where(
    tables.verdicts.c.id == bindparam("id")
)
_VERSION: Final = select(tables.verdict_versions).where(
    tables.verdict_versions.c.id == bindparam("id")
)


def version_row(
    ident: str, kept: Iterable[bytes], follower: tuple[str, bytes] | None = None
) -> tuple[object, ...]:
    """Return the row of the table for a version.

    Args:
        ident: its id.
        kept: its document and its proof as `verdicts` keeps them.
        follower: id and text of the version after it; None keeps it whole.

    """
    following, text = follower or (None, b"")
    return ident, following, compressed(text_of(kept), text)


def text_of(kept: Iterable[bytes]) -> bytes:
    """Return document and proof as one text."""
    return b"\n".join(map(decompressed, kept))


def version(connection: Connection, ident: str) -> tuple[bytes, bytes] | None:
    """Return document and proof of any version of a verdict as JSON, None where unknown."""
    chain: list[Row[Any]] = []
    text = b""
    following: str | None = ident
    while following is not None:
        stands = connection.execute(_STANDS, {"id": following}).one_or_none()
        if stands is not None:
            text = text_of(stands)
            break
        found = connection.execute(_VERSION, {"id": following}).one_or_none()
        if found is None or len(chain) > CHAIN:
            return None
        chain.append(found)
        following = found.following
    for one in reversed(chain):
        text = decompressed(one.kept, text)
    document, _, proof = text.partition(b"\n")
    return document, proof
