"""Every table of the indicators service is made anew by a replay or carried on: one decides."""

from services.indicators.adapters.ledger import tables
from services.indicators.adapters.replay.scope import CARRIED_ON, MADE_ANEW


def test_every_table_is_one_of_the_two() -> None:
    anew = {table.name for table in MADE_ANEW}

    assert anew | CARRIED_ON == set(tables.metadata.tables)
    assert anew & CARRIED_ON == set()
