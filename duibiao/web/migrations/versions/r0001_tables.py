"""密钥和审计链。Keys and the audit chain.

Until the first release this revision follows the tables of the code. A release freezes it: then
the tables are written out here, and a later shape is a revision of its own.
"""

from alembic import op

from duibiao.web.key_table import AccessTable

revision = "0001_since_0001"
down_revision = None


def upgrade() -> None:
    """Create the tables."""
    AccessTable.metadata.create_all(op.get_bind())
