"""Every version of every verdict that an installation keeps."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Connection, select, union_all

from services.indicators.adapters.encoding import from_json
from services.indicators.adapters.repository import tables
from services.indicators.adapters.repository.repository import version
from services.indicators.domain.proof import proof_digest
from services.indicators.domain.rows import Verdict, VerdictRow


def every_version(connection: Connection) -> Iterator[VerdictRow]:
    """Yield the rows in the order of their ids; each can be read and is borne out by its proof."""
    ids = union_all(*(select(t.c.id) for t in (tables.verdicts, tables.verdict_versions)))
    for ident in connection.scalars(ids.order_by("id")).all():
        found = version(connection, ident)
        assert found is not None, ident
        verdict = from_json(found.document, Verdict)
        assert verdict.row.id == ident
        assert verdict.proof_digest == proof_digest(from_json(found.proof, dict[str, Any])), ident
        yield verdict.row
