"""Every table of the indicators service is made anew by a replay or carried on: one decides."""

from services.indicators.adapters.replay.run import CARRIED_ON, REBUILT
from services.indicators.adapters.repository import tables


def test_every_table_is_one_of_the_two() -> None:
    anew = {table.name for table in REBUILT}

    assert anew | CARRIED_ON == set(tables.metadata.tables)
    assert anew & CARRIED_ON == set()
