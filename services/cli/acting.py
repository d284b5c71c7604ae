"""Acts of the command line in the audit log: who does them, and a record before they are done.

They stand in the chain of the access store, since what they change may be in no store at all. So
a record says that somebody set about it, even where the log did not answer then.
"""

import getpass
import os
from collections.abc import Sequence
from contextlib import closing

from duibiao.audit import Act, AuditLog
from duibiao.core import Settings, SystemClock
from duibiao.store.opening import open_store
from duibiao.web.keys import AUDIT
from duibiao.web.migrations import SCHEMA


def person() -> dict[str, str]:
    """Return who does this: the user of the machine."""
    try:
        user = getpass.getuser()
    except (KeyError, OSError):  # a container whose user has no name
        user = str(os.getuid())
    return {"via": "command line", "user": user}


def note(settings: Settings, acts: Sequence[Act]) -> None:
    """Append acts to the chain of the access store.

    Raises:
        AuditError: this Python does not have the hash that the settings name.
        StoreError: the store cannot be used as it is set up, or has another schema.

    """
    with closing(open_store(settings, AUDIT.chain)) as store:
        SCHEMA.admit(store)
        log = AuditLog(AUDIT, store, SystemClock(), settings.audit_hash)
        with store.begin() as tx:
            log.append(tx, acts)
