"""审计链。The audit chain.

Its tables were made before revisions had numbers: each is made where it is missing.
"""

from typing import Final

from alembic import op
from sqlalchemy import MetaData

from duibiao.store import shared_tables

revision = "0002_since_0001"
down_revision = "0001_since_0001"

_TABLES: Final = MetaData()
shared_tables.audit(_TABLES)


def upgrade() -> None:
    """Make what is missing."""
    _TABLES.create_all(op.get_bind())


def downgrade() -> None:
    """Drop the chain: an older release knows of none."""
    _TABLES.drop_all(op.get_bind())
