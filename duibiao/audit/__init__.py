"""The audit kit: who did what and when, in one hash-chained append-only log per store.

Owns the form of a record, how records are chained and checked, and how the heads of chains are
published. Knows no service and none of their acts.
"""

from duibiao.audit.digests import AuditError
from duibiao.audit.log import AuditLog, AuditTables
from duibiao.audit.records import SYSTEM, Act, Checkpoint

__all__ = ["SYSTEM", "Act", "AuditError", "AuditLog", "AuditTables", "Checkpoint"]
