"""Every table of the indicators service is made anew by a replay or carried on: one decides."""

from services.indicators.adapters.replay.run import REBUILT
from services.indicators.adapters.repository import tables

# People's acts, other topics, what was said before.
CARRIED_ON = frozenset(
    {
        "alerts_seen",  # follows from the alerts topic
        "audit",
        "audit_head",
        "meta",  # day of installation, watch_from, whether it is a sample, checkpoint, noted terms
        "outbox",
        "positions",  # the service goes on reading where it stood
        "written",  # how far its outbox has come on the log
        "decisions",  # of people; kept, and judged by
        "bulletins",  # what they said when a period was closed
        "reported",  # the versions that stood when a period was closed
        "verdict_versions",  # what was said once stays said; a replay only adds
    }
)


def test_every_table_is_one_of_the_two() -> None:
    anew = {table.name for table in REBUILT}

    assert anew | CARRIED_ON == set(tables.metadata.tables)
    assert anew & CARRIED_ON == set()
