"""密钥。Keys.

The table was made before revisions had numbers: it is made where it is missing.
"""

from typing import Final

from alembic import op
from sqlalchemy import CheckConstraint, Column, DateTime, LargeBinary, MetaData, String, Table

revision = "0001_since_0001"
down_revision = None

_TABLES: Final = MetaData()
Table(
    "keys",
    _TABLES,
    Column("id", String(12), primary_key=True),
    Column("hash", LargeBinary, nullable=False),
    Column("org", String(64), index=True),
    Column("role", String(16), nullable=False),
    Column("label", String(200), nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("expires_at", DateTime(timezone=True)),
    Column("revoked_at", DateTime(timezone=True)),
    CheckConstraint("(role = 'org') = (org IS NOT NULL)", name="only_org_keys_have_an_org"),
)


def upgrade() -> None:
    """Make what is missing."""
    _TABLES.create_all(op.get_bind())
