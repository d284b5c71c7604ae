"""1,000 rows with 3 faults, in every format: refused whole, taken in part, sent again, mended."""

import csv
import io
import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import httpx
import pytest
from openpyxl import load_workbook

from tests.support.commands import mortgages, submitted
from tests.support.product import Product, Row
from tests.support.registers import the_register
from tests.support.spreadsheets import exported

MORTGAGES = the_register().indicators["mortgage-registration-days"]
ORG = MORTGAGES.reported_by[0]
PLACES = [7, 500, 999]
FAULTS: Mapping[int, Row] = {
    7: {"outcome": "办完"},
    500: {"accepted_at": "11月3日"},
    999: {"completed_at": "2021-11-02T15:00:00"},
}
MENDED: Row = {
    "outcome": "completed",
    "accepted_at": "2021-11-03T09:00:00",
    "completed_at": "2021-11-03T15:00:00",
}
MEDIA = {
    "json": "application/json",
    "csv": "text/csv",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    with Product(tmp_path_factory.mktemp("thousand") / "state") as product:
        yield product


def thousand(prefix: str) -> list[Row]:
    rows = [
        row | {"case_no": f"{prefix}-{row['case_no']}"} for row in mortgages(1_000, MORTGAGES.code)
    ]
    for place, fault in FAULTS.items():
        rows[place] |= fault
    return rows


def written(rows: Sequence[Row], form: str) -> bytes:
    if form == "json":
        return json.dumps(rows).encode()
    if form == "xlsx":
        return exported(list(rows[0]), rows)
    table = io.StringIO(newline="")
    writer = csv.DictWriter(table, list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    return table.getvalue().encode("gb18030")


@pytest.mark.parametrize("form", MEDIA)
def test_three_faults_in_a_thousand_rows_over_http(product: Product, form: str) -> None:
    rows = thousand(f"http-{form}")

    def post(rows: Sequence[Row], mode: str) -> httpx.Response:
        headers = product.key(ORG) | {"Content-Type": MEDIA[form]}
        content = written(rows, form)
        return product.client.post(f"/v1/cases?mode={mode}", content=content, headers=headers)

    def counts(answer: httpx.Response) -> tuple[int, ...]:
        told = product.evaluated(answer.json()["submission_id"])
        names = ("received", "accepted", "duplicate", "revised", "rejected")
        return tuple(told[name] for name in names)

    kept = len(product.items("/v1/submissions?limit=1000", org=ORG))
    atomic = post(rows, "atomic")
    assert atomic.status_code == 422
    assert atomic.json()["errors_total"] == 3
    assert [error["index"] for error in atomic.json()["errors"]] == PLACES
    assert len(product.items("/v1/submissions?limit=1000", org=ORG)) == kept

    first = post(rows, "partial")
    assert first.status_code == 207
    assert [error["index"] for error in first.json()["errors"]] == PLACES
    assert counts(first) == (1_000, 997, 0, 0, 3)

    again = post(rows, "partial")
    assert again.status_code == 207
    assert counts(again) == (1_000, 0, 997, 0, 3)

    last = post([rows[place] | MENDED for place in PLACES], "atomic")
    assert last.status_code == 202
    assert counts(last) == (3, 3, 0, 0, 0)


def told_of(product: Product, file: Path, mode: str) -> tuple[Row, tuple[int, ...]]:
    ran = submitted(product, ORG, file, "--kind", "cases", "--mode", mode, "--json")
    told = ran.told
    names = ("received", "accepted", "duplicate", "revised", "rejected")
    return told, tuple(told[name] for name in names)


@pytest.mark.parametrize("form", MEDIA)
def test_three_faults_in_a_thousand_rows_through_the_command_line(
    product: Product, tmp_path: Path, form: str
) -> None:
    file = tmp_path / f"办件.{form}"
    file.write_bytes(written(thousand(f"submit-{form}"), form))

    atomic, _ = told_of(product, file, "atomic")
    assert (atomic["stored"], atomic["rejected"], atomic["submissions"]) == (False, 3, [])
    Path(atomic["errors_file"]).unlink()
    first, counts = told_of(product, file, "partial")
    assert counts == (1_000, 997, 0, 0, 3)
    again, counts = told_of(product, file, "partial")
    assert counts == (1_000, 0, 997, 0, 3)
    assert again["errors_file"] != first["errors_file"]  # the first one may be half mended

    mended = mend(Path(first["errors_file"]))

    _, counts = told_of(product, mended, "atomic")
    assert counts == (3, 3, 0, 0, 0)


def mend(errors: Path) -> Path:
    """Mend the rows of an errors file where they stand, as its reasons ask."""
    if errors.suffix == ".ndjson":
        rows = [json.loads(line) for line in errors.read_text(encoding="utf-8").splitlines()]
        lines = (json.dumps(row | MENDED) + "\n" for row in rows)
        errors.write_text("".join(lines), encoding="utf-8")
        return errors
    if errors.suffix == ".csv":
        with errors.open(encoding="utf-8-sig", newline="") as table:
            rows = list(csv.DictReader(table))
        assert all(row["_错误"] and row["_errors"] for row in rows)
        with errors.open("w", encoding="gb18030", newline="") as table:
            writer = csv.DictWriter(table, list(rows[0]))
            writer.writeheader()
            writer.writerows(row | MENDED for row in rows)
        return errors
    book = load_workbook(errors)
    sheet = book.worksheets[0]
    names = [cell.value for cell in sheet[1]]
    for line in range(2, sheet.max_row + 1):
        if sheet.cell(line, 1).value is None:
            continue
        assert all(sheet.cell(line, names.index(name) + 1).value for name in ("_错误", "_errors"))
        for name, value in MENDED.items():
            sheet.cell(line, names.index(name) + 1).value = value
    book.save(errors)
    return errors
