"""收件、去向、核定结果和重复请求。What is accepted, under way, settled and repeated.

These tables were made before revisions had numbers: each is made where it is missing.
"""

from typing import Final

from alembic import op
from sqlalchemy import (
    BigInteger,
    Column,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
)

from duibiao.store import shared_tables
from duibiao.store.columns import LONG

revision = "0001_since_0001"
down_revision = None

_TABLES: Final = MetaData()

Table(
    "submissions",
    _TABLES,
    Column("id", String(36), primary_key=True),
    Column("org", String(64), nullable=False),
    Column("key_id", String(64), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("received_us", BigInteger, nullable=False),
    Column("received", Integer, nullable=False),
    Column("taken", Integer, nullable=False),
    Column("rejected", Integer, nullable=False),
    Column("errors_total", Integer, nullable=False),
    Column("errors", LargeBinary, nullable=False),
    Column("payload", LargeBinary, nullable=False),
    Index("submissions_by_org", "org", "id"),
)
Table(
    "unsent",
    _TABLES,
    Column("number", LONG, primary_key=True),
    Column("id", String(36), nullable=False),
    sqlite_autoincrement=True,
)
Table(
    "settled",
    _TABLES,
    Column("id", String(36), primary_key=True),
    Column("accepted", Integer, nullable=False),
    Column("duplicate", Integer, nullable=False),
    Column("revised", Integer, nullable=False),
    Column("evaluated_us", BigInteger, nullable=False),
)
Table(
    "repeats",
    _TABLES,
    Column("scope", String(64), primary_key=True),
    Column("key", String(255), primary_key=True),
    Column("fingerprint", LargeBinary(32), nullable=False),
    Column("id", String(36), nullable=False),
)
shared_tables.outbox(_TABLES)
shared_tables.positions(_TABLES)


def upgrade() -> None:
    """Make what is missing."""
    _TABLES.create_all(op.get_bind())
