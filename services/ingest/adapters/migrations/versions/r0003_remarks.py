"""回执的编码和提醒。Encoding and warnings of receipts.

The table was made before revisions had numbers: it is made where it is missing.
"""

from typing import Final

from alembic import op
from sqlalchemy import Column, Integer, LargeBinary, MetaData, String, Table

revision = "0003_since_0001"
down_revision = "0002_since_0001"

_TABLES: Final = MetaData()
Table(
    "remarks",
    _TABLES,
    Column("id", String(36), primary_key=True),
    Column("encoding", String(16), nullable=True),
    Column("warnings_total", Integer, nullable=False),
    Column("warnings", LargeBinary, nullable=False),
)


def upgrade() -> None:
    """Make what is missing."""
    _TABLES.create_all(op.get_bind())


def downgrade() -> None:
    """Drop the remarks: an older release shows none."""
    _TABLES.drop_all(op.get_bind())
