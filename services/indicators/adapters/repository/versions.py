"""Versions of verdicts that stand no longer, each whole: no later change reaches them."""

from collections.abc import Iterable
from typing import Final

from sqlalchemy import Connection, bindparam, select

from services.indicators.adapters.encoding import compressed, decompressed
from services.indicators.adapters.repository import tables

_STANDS: Final = select(tables.verdicts.c.document, tables.verdicts.c.proof).where(
    tables.verdicts.c.id == bindparam("id")
)
_VERSION: Final = select(tables.verdict_versions.c.kept).where(
    tables.verdict_versions.c.id == bindparam("id")
)


def version_row(ident: str, kept: Iterable[bytes]) -> tuple[object, ...]:
    """Return the row of a version; `kept`: its document and its proof as `verdicts` keeps them."""
    return ident, compressed(b"\n".join(map(decompressed, kept)))


def version(connection: Connection, ident: str) -> tuple[bytes, bytes] | None:
    """Return document and proof of any version of a verdict as JSON, None where unknown."""
    stands = connection.execute(_STANDS, {"id": ident}).one_or_none()
    if stands is not None:
        return decompressed(stands.document), decompressed(stands.proof)
    kept = connection.execute(_VERSION, {"id": ident}).scalar_one_or_none()
    if kept is None:
        return None
    document, _, proof = decompressed(kept).partition(b"\n")
    return document, proof
