"""Take one submission as a whole: settle its rows, mend the roll-ups, judge what it touched."""

from collections.abc import Callable
from datetime import datetime

from services.indicators.domain.rows import Applied
from services.indicators.domain.submission import Submission
from services.indicators.domain.yardstick import Yardstick
from services.indicators.ports import Ledger


def apply_submission(
    ledger: Ledger,
    yardstick: Yardstick,
    submission: Submission,
    *,
    now: datetime,
    new_id: Callable[[], str],
) -> Applied:
    """Apply a submission and return its counts and what changed.

    Brings the ledger to the day of `now` first where it stands on an earlier one. Applying the
    same submission again changes nothing.
    """
    raise NotImplementedError
