"""数据、任务和评估结论。Figures, cases, reports, duties and verdicts.

Until the first release this revision follows the tables of the code. A release freezes it: then
the tables are written out here, and a later shape is a revision of its own.
"""

from alembic import op

from services.indicators.adapters.repository.tables import metadata

revision = "0001_since_0001"
down_revision = None


def upgrade() -> None:
    """Create the tables."""
    metadata.create_all(op.get_bind())
