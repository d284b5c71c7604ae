from datetime import UTC, datetime

import pytest

from services.ingest.domain.receipts import CountsDisagreeError, Receipt, Settled, settle

RECEIPT = Receipt("id", "org", "key", "case", datetime(2021, 6, 1, tzinfo=UTC), 5, 4, 1)
LATER = datetime(2021, 6, 2, tzinfo=UTC)


def test_final_counts_are_of_the_rows_taken() -> None:
    settled = Settled(accepted=2, duplicate=1, revised=1, evaluated_at=LATER)
    assert settle(RECEIPT, settled).settled == settled


def test_the_first_counts_stand() -> None:
    first = settle(RECEIPT, Settled(4, 0, 0, LATER))
    assert settle(first, Settled(0, 4, 0, LATER)) is first


@pytest.mark.parametrize("counts", [(4, 1, 0), (0, 0, 0), (5, 0, 0)])
def test_other_sums_are_about_something_else(counts: tuple[int, int, int]) -> None:
    with pytest.raises(CountsDisagreeError, match=f"{sum(counts)} rows counted, 4 taken"):
        settle(RECEIPT, Settled(*counts, LATER))
