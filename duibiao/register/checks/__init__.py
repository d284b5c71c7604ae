"""What must agree between the files of a register, and what a local overlay may do.

Every check tells what it finds and goes on; none trusts that another file, or another check, was
sound. What can be seen in one file alone is in `duibiao.register.schemas`.
"""

from collections.abc import Mapping

from duibiao.register.checks.alerting import alert_faults
from duibiao.register.checks.dates import duty_faults, notice_faults
from duibiao.register.checks.known import Known
from duibiao.register.checks.measuring import indicator_faults, target_faults
from duibiao.register.checks.reporting import rule_faults
from duibiao.register.checks.thresholds import overlay_faults
from duibiao.register.checks.units import unit_faults
from duibiao.register.checks.work import work_faults
from duibiao.register.documents import Document
from duibiao.register.faults import Fault

__all__ = ["checked", "checked_overlay"]


def checked(documents: Mapping[str, Document]) -> tuple[Fault, ...]:
    """Return every disagreement between the files; `documents` by part, each part there."""
    known = Known.of(documents)
    return (
        *notice_faults(documents, known),
        *unit_faults(documents, known),
        *work_faults(documents, known),
        *indicator_faults(documents, known),
        *target_faults(documents, known),
        *duty_faults(documents, known),
        *alert_faults(documents["alerts"]),
        *rule_faults(documents["checks"]),
    )


def checked_overlay(overlay: Document, documents: Mapping[str, Document]) -> tuple[Fault, ...]:
    """Return everything in an overlay that it may not do to the register of `documents`."""
    return tuple(overlay_faults(overlay, Known.of(documents)))
