"""How soon the first page is there, ten times looser than what `bench/first_page.py` is to show."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser

from bench.first_page import filled, measured, p
from tests.e2e.chromium import chromium
from tests.support.product import Product

LOOSER = 10
SERVER, PAINTED, TRANSFER = 0.050, 1.0, 200_000  # seconds, seconds, bytes
VERDICTS, CASES = 100_000, 500_000


def check_soon(product: Product, browser: Browser) -> None:
    seen = measured(product, browser, 5)
    assert p(95, seen.rendered) < LOOSER * SERVER
    assert p(95, seen.kept) < LOOSER * SERVER
    assert p(50, seen.painted) < LOOSER * PAINTED
    assert seen.transfer < TRANSFER


@pytest.mark.soak
def test_the_first_page_is_there_soon_over_a_full_store(tmp_path: Path) -> None:
    with filled(tmp_path / "state", VERDICTS, CASES) as product:
        rows = product.get("/v1/verdicts?org=administrative-approval-bureau&limit=1000").json()[
            "items"
        ]
        assert sum(row["region"].startswith("bench-") for row in rows) > 500
        with chromium() as browser:
            check_soon(product, browser)
