"""密钥、人员、会话和审计链。Keys, people, sessions and the audit chain.

Until the first release this revision follows the tables of the code. A release freezes it: then
the tables are written out here, and a later shape is a revision of its own.
"""

from alembic import op

from duibiao.web.tables import METADATA

revision = "0001_since_0001"
down_revision = None


def upgrade() -> None:
    """Create the tables."""
    METADATA.create_all(op.get_bind())
