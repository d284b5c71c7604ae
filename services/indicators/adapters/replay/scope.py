"""What a replay makes anew, and what it leaves as it is. Every table is one of the two.

Made anew is what follows from the submissions, the register and the calendar. Carried on is what
follows from something else: people's acts, other services' topics, the moments at which it was
said, and what was said before. `tests/unit/indicators/test_replay_scope.py` asks about new tables.
"""

from collections.abc import Sequence
from typing import Final

from sqlalchemy import Table

from services.indicators.adapters.ledger import tables

MADE_ANEW: Final[Sequence[Table]] = (
    tables.figures,
    tables.cases,
    tables.reports,
    tables.approvals,
    tables.figure_statements,
    tables.case_statements,
    tables.report_statements,
    tables.rollups,
    tables.applied,
    tables.verdicts,
    tables.duties,
)
CARRIED_ON: Final = frozenset(
    {
        "alerts_seen",  # follows from the alerts topic
        "audit",
        "audit_head",
        "meta",  # day of installation, watch_from, whether it is a sample, footing, noted terms
        "outbox",
        "positions",  # the service goes on reading where it stood
        "written",  # how far its outbox has come on the log
        "verdict_versions",  # what was said once stays said; a replay only adds
    }
)
"""Names of tables."""
