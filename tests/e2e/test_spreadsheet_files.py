"""Files that LibreOffice saved (tests/data/spreadsheets), sent to the real product.

The forms were filled in there by typing: dates, formulas, percentages, words instead of entries
of the lists. remake.py beside the files makes them anew.
"""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.support.commands import mortgages, submitted
from tests.support.product import NO_LIMITS, Product, Row
from tests.support.project import ROOT
from tests.support.registers import the_register
from tests.support.spreadsheets import exported

FILES = ROOT / "tests/data/spreadsheets"
ORG = "tax-bureau"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
ODS = "application/vnd.oasis.opendocument.spreadsheet"
MORTGAGES = the_register().indicators["mortgage-registration-days"]
COUNTS = ("received", "accepted", "duplicate", "revised", "rejected")


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    with Product(tmp_path_factory.mktemp("sheets") / "state", settings=NO_LIMITS) as product:
        yield product


def posted(product: Product, kind: str, name: str, media: str = "") -> httpx.Response:
    media = media or (XLSX if name.endswith(".xlsx") else "text/csv")
    content = (FILES / name).read_bytes()
    headers = product.key(ORG) | {"Content-Type": media}
    return product.client.post(f"/v1/{kind}", content=content, headers=headers)


def said(product: Product, kind: str, row: Row) -> httpx.Response:
    """Post a row as a program would."""
    return product.client.post(f"/v1/{kind}", json=[row], headers=product.key(ORG))


def counts(product: Product, answer: httpx.Response) -> tuple[int, ...]:
    assert answer.status_code == 202, answer.text
    told: Row = product.evaluated(answer.json()["submission_id"])
    return tuple(told[name] for name in COUNTS)


def test_cases_say_the_same_as_workbook_and_as_csv(product: Product) -> None:
    """Dates, a formula for a date, Chinese words for outcomes, an 18-digit number, 00123."""
    first = posted(product, "cases", "cases.xlsx")
    assert counts(product, first) == (3, 3, 0, 0, 0)
    for name, encoding in (("cases-gb18030.csv", "gb18030"), ("cases-bom.csv", "utf-8")):
        again = posted(product, "cases", name)
        assert again.json()["encoding"] == encoding
        assert counts(product, again) == (3, 0, 3, 0, 0)
    row = {
        "case_no": "202100000000000123",
        "indicator": "export-rebate-days",
        "accepted_at": "2021-03-01T00:00:00+08:00",
        "completed_at": "2021-03-08T00:00:00+08:00",
        "outcome": "completed",
    }
    assert counts(product, said(product, "cases", row)) == (1, 0, 1, 0, 0)


def test_figures_say_the_same_as_workbook_and_as_csv(product: Product) -> None:
    """95.5% typed into a cell, a formula, 1,200; a merged title; 17 of 20 rows left blank."""
    first = posted(product, "observations", "figures.xlsx")
    assert counts(product, first) == (3, 3, 0, 0, 0)
    (warning,) = first.json()["warnings"]
    assert "17行预填内容未填写" in warning["message_zh"]
    again = posted(product, "observations", "figures-gb18030.csv")
    assert counts(product, again) == (3, 0, 3, 0, 0)
    assert again.json()["warnings"] == [warning]
    row = {
        "indicator": "tax-enterprise-online-share",
        "period": "2021Q4",
        "value": 95.5,
        "sample_size": 120,
    }
    assert counts(product, said(product, "observations", row)) == (1, 0, 1, 0, 0)


def test_merged_headings_are_refused_with_their_cells(product: Product) -> None:
    answer = posted(product, "cases", "merged-headings.xlsx")
    assert answer.status_code == 422
    assert "单元格I4:J4已合并" in answer.json()["errors"][0]["message_zh"]


@pytest.mark.parametrize(("media", "status"), [(ODS, 415), (XLSX, 400)])
def test_an_opendocument_sheet_is_to_be_saved_as_a_workbook(
    product: Product, media: str, status: int
) -> None:
    answer = posted(product, "cases", "cases.ods", media)
    assert answer.status_code == status
    (error,) = answer.json()["errors"]
    assert error["code"] == "workbook-other"
    assert "另存为Excel工作簿（.xlsx）" in error["message_zh"]
    assert "save it as an Excel workbook (.xlsx)" in error["message"]


def test_an_errors_file_mended_in_a_spreadsheet_program_is_taken(
    product: Product, tmp_path: Path
) -> None:
    """mended.xlsx is the errors file of faults.xlsx, its three cells typed anew in LibreOffice."""
    faults = tmp_path / "faults.xlsx"
    faults.write_bytes((FILES / "faults.xlsx").read_bytes())
    told = submitted(product, ORG, faults, "--kind", "cases", "--json").told
    assert [told[name] for name in COUNTS] == [3, 0, 0, 0, 3]
    assert set(told["errors"]) == {"bad-time", "not-one-of", "completed-before-accepted"}
    assert counts(product, posted(product, "cases", "mended.xlsx")) == (3, 3, 0, 0, 0)


def test_the_reasons_speak_of_headings_and_words_and_times_as_sent(product: Product) -> None:
    answer = posted(product, "cases", "faults.xlsx")
    assert answer.status_code == 422
    said = {error["code"]: error["message_zh"] for error in answer.json()["errors"]}
    assert "工作表第7行：“受理时间”不是有效的日期或时间" in said["bad-time"]
    assert "“办理结果”只能是“在办”、“办结”、“不予办理”、“撤回”之一" in said["not-one-of"]
    assert "办结时间（2021-02-01）" in said["completed-before-accepted"]


def test_every_refused_row_of_a_workbook_is_in_its_errors_file(
    product: Product, tmp_path: Path
) -> None:
    """1,300 rows without a sound time and 800 pairs: more than three answers can list."""
    rows = list(mortgages(4_000, MORTGAGES.code))
    for row in rows[:1_300]:
        row["accepted_at"] = "昨天"
    for place in range(2_000, 2_800):
        rows[place + 800]["case_no"] = rows[place]["case_no"]
    file = tmp_path / "办件.xlsx"
    file.write_bytes(exported(list(rows[0]), rows))
    org = MORTGAGES.reported_by[0]

    told = submitted(product, org, file, "--kind", "cases", "--json").told

    assert (told["received"], told["rejected"]) == (4_000, 2_900)
    assert told["errors"] == {"bad-time": 1_300, "duplicate-row": 1_600}
    again = submitted(product, org, told["errors_file"], "--kind", "cases", "--json").told
    assert (again["received"], again["rejected"]) == (2_900, 2_900)
