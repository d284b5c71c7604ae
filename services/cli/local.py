"""What commands use on the machine of an installation: its settings, its log, and who acts.

Acts of the command line stand in the chain of the access store, since what they change may be in no
store at all. They are noted before they are done: a record says that somebody set about it.
"""

import getpass
import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from typing import Final, TypeVar

from duibiao.audit import Act, AuditLog
from duibiao.bus import Bus
from duibiao.bus.opening import open_bus
from duibiao.core import Retry, Settings, SystemClock, logs
from duibiao.core.retry import retry_until
from duibiao.store.opening import open_store
from duibiao.web.migrations import SCHEMA
from duibiao.web.tables import AUDIT
from services.cli.output import end

T = TypeVar("T")
CLOSING: Final = 3.0  # seconds that the log may take to close
_SECONDS: Final = 30.0  # that it may take to answer
_PAUSE: Final = 0.1


def command_settings() -> Settings:
    """Return the settings of a command, whose application log then tells of warnings only."""
    settings = Settings()
    logs.configure_for_command(settings.log_level)
    return settings


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


@contextmanager
def opened_log(settings: Settings) -> Iterator[Bus]:
    """Open the event log of the installation."""
    bus = open_bus(settings, SystemClock())
    bus.start()
    try:
        yield bus
    finally:
        bus.stop(CLOSING)


def ask_log(bus: Bus, ask: Callable[[], T]) -> T:
    """Return what the log answers; end the command with 2 where it does not."""
    deadline = time.monotonic() + _SECONDS
    try:
        return retry_until(deadline, ask, pause=_PAUSE, give_up=lambda: bus.failed is not None)
    except Retry as error:
        end(f"日志没有应答 The log does not answer: {bus.failed or error}", 2)
