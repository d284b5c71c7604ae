"""Versions of verdicts that stand no longer, each whole: no later change reaches them."""

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


def version_row(ident: str, document: str, proof: bytes) -> tuple[object, ...]:
    """Return the row of a version; document and proof as `verdicts` keeps them."""
    return ident, compressed(b"\n".join([document.encode(), decompressed(proof)]))


def version(connection: Connection, ident: str) -> tuple[bytes, bytes] | None:
    """Return document and proof of any version of a verdict as JSON, None where unknown."""
    stands = connection.execute(_STANDS, {"id": ident}).one_or_none()
    if stands is not None:
        return stands.document.encode(), decompressed(stands.proof)
    kept = connection.execute(_VERSION, {"id": ident}).scalar_one_or_none()
    if kept is None:
        return None
    document, _, proof = decompressed(kept).partition(b"\n")
    return document, proof
