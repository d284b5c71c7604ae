"""密钥的权限、网段和最近使用，审计链。Scopes, networks and last use of keys; the audit chain.

Stores of before revisions had numbers may have some of this: what is missing is added. A key
without scopes may do everything, one without networks comes from anywhere.
"""

from typing import Final

from alembic import op
from sqlalchemy import Column, DateTime, MetaData, String, inspect

from duibiao.store import shared_tables

revision = "0002_since_0001"
down_revision = "0001_since_0001"

_TABLES: Final = MetaData()
shared_tables.audit(_TABLES)


def upgrade() -> None:
    """Add what is missing."""
    there = {column["name"] for column in inspect(op.get_bind()).get_columns("keys")}
    for column in (
        Column("scopes", String(64)),
        Column("networks", String(2000)),
        Column("last_used_at", DateTime(timezone=True)),
    ):
        if column.name not in there:
            op.add_column("keys", column)
    _TABLES.create_all(op.get_bind())


def downgrade() -> None:
    """Drop the chain and the columns.

    An older release would let a key with limits do everything: such keys are revoked.
    """
    _TABLES.drop_all(op.get_bind())
    op.execute(
        "UPDATE keys SET revoked_at = CURRENT_TIMESTAMP "
        "WHERE revoked_at IS NULL AND (scopes <> 'submit read dry_run' OR networks <> '')"
    )
    for name in ("last_used_at", "networks", "scopes"):
        op.drop_column("keys", name)
