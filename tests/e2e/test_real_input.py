"""Real cases in through HTTP, figures out: equal to what polars computes from the same rows.

58,119 requests of Boston's hotline (in `make soak`) and 2,391 permits of Calgary, where
`DUIBIAO_TEST_DATA` holds them; small invented files of the same shape go the same way everywhere.
"""

from collections.abc import Iterator
from pathlib import Path

import httpx
import polars as pl
import pytest

from tests.e2e import real_input
from tests.support.product import Product, Row
from tests.support.registers import the_register

HOTLINE = the_register().indicators["hotline-resolution-rate"]
APPROVALS = the_register().indicators["social-investment-approval-days"]
CHUNK = 10_000
TOLERANCE = 1e-9

REQUESTS = [
    pytest.param(
        *(real_input.FOLDER / "boston311_2015h1.csv.gz", 58_119, 84),
        id="boston",
        marks=pytest.mark.soak,
    ),
    pytest.param(real_input.INVENTED / "hotline_invented.csv", 120, 2, id="invented"),
]
PERMITS = [
    pytest.param(real_input.FOLDER / "calgary_permits_to2023.csv.gz", 2_391, id="calgary"),
    pytest.param(real_input.INVENTED / "permits_invented.csv", 90, id="invented"),
]


@pytest.fixture
def product(tmp_path: Path) -> Iterator[Product]:
    with Product(tmp_path / "state") as product:
        yield product


def present(path: Path) -> Path:
    if not path.exists():
        pytest.skip(f"{path.name} is not in {real_input.FOLDER}: set DUIBIAO_TEST_DATA")
    return path


def posted(product: Product, org: str, cases: list[Row]) -> list[Row]:
    """Post cases in chunks, `partial`; return the receipts once they are evaluated."""
    receipts = []
    for start in range(0, len(cases), CHUNK):
        answer = product.post("cases?mode=partial", org, cases[start : start + CHUNK])
        assert answer.status_code in {httpx.codes.ACCEPTED, httpx.codes.MULTI_STATUS}, answer.text
        receipts.append(answer.json() | {"first": start})
    for receipt in receipts:
        receipt["final"] = product.evaluated(receipt["submission_id"])
    return receipts


@pytest.mark.parametrize(("path", "rows", "refused"), REQUESTS)
def test_hotline_requests_give_the_shares_that_polars_gives(
    product: Product, path: Path, rows: int, refused: int
) -> None:
    frame = real_input.requests(present(path))
    assert frame.height == rows
    cases = real_input.request_cases(frame, HOTLINE.code)

    receipts = posted(product, HOTLINE.reported_by[0], cases)

    told = sorted(
        receipt["first"] + error["index"] for receipt in receipts for error in receipt["errors"]
    )
    backwards = frame.with_row_index().filter(pl.col("closed") < pl.col("opened"))
    assert told == backwards["index"].to_list()
    assert len(told) == refused
    assert sum(receipt["final"]["accepted"] for receipt in receipts) == rows - refused
    for expected in real_input.request_shares(frame).iter_rows(named=True):
        verdict = product.verdict("T12", expected["quarter"])
        assert verdict["evidence"] == "cases"
        assert verdict["sample_size"] == expected["count"]
        share = expected["resolved"] / expected["count"] * 100
        assert verdict["value"] == pytest.approx(share, abs=TOLERANCE, rel=0)


@pytest.mark.parametrize(("path", "rows"), PERMITS)
def test_permits_give_the_days_that_polars_gives(product: Product, path: Path, rows: int) -> None:
    frame = real_input.permits(present(path))
    assert frame.height == rows
    cases = real_input.permit_cases(frame, APPROVALS.code)

    receipts = posted(product, APPROVALS.reported_by[0], cases)

    assert [receipt["errors"] for receipt in receipts] == [[] for _ in receipts]
    assert sum(receipt["final"]["accepted"] for receipt in receipts) == rows
    expected = real_input.permit_figures(frame)
    rows_there = product.items("/v1/verdicts?target=T02&org=&region=610100")
    with_data = {row["period"]: row for row in rows_there if row["sample_size"]}
    # Rows of the watch window stand without a completed case, too.
    assert {row["quarter"] for row in expected} <= set(with_data)
    assert all(
        period.startswith("2021") for period in set(with_data) - {r["quarter"] for r in expected}
    )
    for figures in expected:
        verdict = with_data[figures["quarter"]]
        for name in ("sample_size", "p90", "max", "within_limit", "overdue_open"):
            assert verdict[name] == figures[name], (figures, name)
        assert verdict["value"] == figures["max"]
        assert verdict["mean"] == pytest.approx(figures["mean"], abs=TOLERANCE, rel=0)
        share = figures["within_limit"] / figures["sample_size"]
        assert verdict["attainment_ratio"] == pytest.approx(share, abs=TOLERANCE, rel=0)
        if figures["quarter"] < "2004":
            assert verdict["provisional"] is True
