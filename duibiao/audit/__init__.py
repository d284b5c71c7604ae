"""The audit kit: who did what and when, in one hash-chained append-only log per store.

Owns the form of a record, how records are chained and checked, and how the heads of chains are
published. Knows no service and none of their acts.
"""

from duibiao.audit.digests import AuditError as AuditError
from duibiao.audit.log import AuditLog as AuditLog
from duibiao.audit.log import AuditTables as AuditTables
from duibiao.audit.records import SYSTEM as SYSTEM
from duibiao.audit.records import Act as Act
from duibiao.audit.records import Checkpoint as Checkpoint
