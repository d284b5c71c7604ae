"""密钥和审计链。Keys and the audit chain.

Until the first release this revision follows the tables of the code. A release freezes it: then
the tables are written out here, and a later shape is a revision of its own.
"""

from alembic import op

from duibiao.web.keys import METADATA

revision = "0001_since_0001"
down_revision = None


def upgrade() -> None:
    """Create the tables."""
    METADATA.create_all(op.get_bind())
