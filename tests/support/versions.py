"""Every version of every verdict that an installation keeps."""

from collections.abc import Iterator

from sqlalchemy import Connection, select, union_all

from services.indicators.adapters.encoding import from_json
from services.indicators.adapters.ledger import tables
from services.indicators.adapters.ledger.versions import version
from services.indicators.domain.rows import Verdict, VerdictRow


def every_version(connection: Connection) -> Iterator[VerdictRow]:
    """Yield the rows in the order of their ids."""
    ids = union_all(*(select(t.c.id) for t in (tables.verdicts, tables.verdict_versions)))
    for ident in connection.scalars(ids.order_by("id")).all():
        found = version(connection, ident)
        assert found is not None, ident
        yield from_json(found[0], Verdict).row
