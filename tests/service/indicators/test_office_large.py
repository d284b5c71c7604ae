"""/board/data-quality over 100,000 receipts."""

import time
from pathlib import Path

import pytest
from sqlalchemy import insert

from duibiao.store import Store
from duibiao.workdays import to_us
from services.indicators.adapters.repository import tables
from tests.service.indicators.office import page, with_people
from tests.service.indicators.service import IndicatorsService
from tests.support.clock import ManualClock
from tests.support.registers import TAX
from tests.support.servers.databases import url_in
from tests.support.statements import at

RECEIPTS = 100_000
SECONDS = 5  # ten times what it takes on a machine that does nothing else


@pytest.mark.soak
def test_a_hundred_thousand_receipts(tmp_path: Path) -> None:
    with IndicatorsService(tmp_path, ManualClock(at("2021-04-06", 12))).start() as service:
        with_people(service)
        moment = to_us(at("2021-04-05"))
        store = Store(url_in(tmp_path), "indicators")
        rows = [
            (f"s{n}", TAX, "observations", 7, 0, 2, 1, moment + n, moment + n)
            for n in range(RECEIPTS)
        ]
        names = [column.name for column in tables.applied.columns]
        with store.begin() as tx:
            tx.execute(insert(tables.applied), [dict(zip(names, row, strict=True)) for row in rows])
        store.close()
        began = time.monotonic()
        shown = page(service, "data-quality?period=2021Q2")
        took = time.monotonic() - began
    (row,) = shown.with_class("received")[0].one("tbody").all("tr")
    assert [one.text for one in row.all("td")] == ["报送值", "1000000", "100000", "200000"]
    assert took < SECONDS
