"""Files as clerks save them, sent to the real product: taken, or refused with a reason they read.

GB18030 and a mark before UTF-8, CRLF and line breaks in quotes, dates as spreadsheets write them,
workbooks with real dates, formulas and merged headings; cases and progress reports in each.
"""

import io
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime, time
from typing import Any

import httpx
import pytest

from tests.support.product import Product, Row
from tests.support.spreadsheets import saved, sheet_of

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
ORG, OTHER = "tax-bureau", "guanzhong-customs"
CASES = ("办件编号", "指标", "受理时间", "办结时间", "办理结果")
REPORTS = ("措施", "报告期", "进展状态", "完成日期", "进展情况")
KINDS = {"cases": CASES, "progress-reports": REPORTS}
Cells = Sequence[object]


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    with Product(tmp_path_factory.mktemp("clerks") / "state") as product:
        yield product


def rows(kind: str, tag: str, *, real: bool = False) -> list[Cells]:
    """Return two rows, with dates as text or as a spreadsheet keeps them."""
    if kind == "cases":
        begin = datetime.combine(date(2021, 3, 1), time(9, 30)) if real else "2021/3/1 9:30"
        end: object = date(2021, 3, 8) if real else "2021年3月8日"
        head = (f"退税〔2021〕{tag}-1", "export-rebate-days｜出口退税")
        return [
            (*head, begin, end, "completed｜办结"),
            (f"退税〔2021〕{tag}-2", "export-rebate-days", begin, None, "open"),
        ]
    done: object = date(2021, 3, 20) if real else "2021/3/20"
    return [
        ("1.2｜税费优惠", "2021Q1", "done｜已完成", done, f"第一批，已办结{tag}"),
        ("1.2", "2021Q2", "in_progress", None, f"“甲”、'乙'{tag}\n第二行"),
    ]


def csv_of(kind: str, tag: str, end: str = "\r\n") -> str:
    """Return the text that a spreadsheet program saves: quotes where they are needed."""

    def cell(value: object) -> str:
        text = "" if value is None else str(value)
        quoted = any(mark in text for mark in ',"\r\n')
        return '"' + text.replace('"', '""') + '"' if quoted else text

    lines = [KINDS[kind], *rows(kind, tag)]
    return "".join(",".join(map(cell, line)) + end for line in lines)


def workbook(kind: str, tag: str, change: Callable[[Any, Any], None] | None = None) -> bytes:
    """Return a sheet with a merged title and real dates, changed if need be."""
    title = "2021年一季度报送表"
    book, sheet = sheet_of([title], KINDS[kind], *rows(kind, tag, real=True))
    sheet.merge_cells("A1:E1")
    if change is not None:
        change(book, sheet)
    return saved(book)


def with_values(content: bytes, value: str) -> bytes:
    """Return a workbook whose formulas have the values that a spreadsheet program saves."""
    packed = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as plain, zipfile.ZipFile(packed, "w") as archive:
        for entry in plain.infolist():
            text = plain.read(entry).decode()
            for empty in ("</f><v></v>", "</f><v />", "</f><v/>"):
                text = text.replace(empty, f"</f><v>{value}</v>")
            archive.writestr(entry.filename, text)
    return packed.getvalue()


def formula(_book: Any, sheet: Any) -> None:  # noqa: ANN401 - the library's
    sheet["D3"] = "=DATE(2021,3,20)"
    sheet["D3"].number_format = "yyyy-mm-dd"


def merged(_book: Any, sheet: Any) -> None:  # noqa: ANN401 - the same
    sheet.merge_cells("C2:D2")


TAKEN: Mapping[str, Callable[[str], tuple[str, bytes]]] = {
    "gb18030": lambda kind: ("text/csv", csv_of(kind, "甲").encode("gb18030")),
    "a rare character": lambda kind: ("text/csv", csv_of(kind, "㛃𬭛").encode("gb18030")),
    "a mark before it": lambda kind: ("text/csv", csv_of(kind, "乙").encode("utf-8-sig")),
    "line feeds alone": lambda kind: ("text/csv", csv_of(kind, "丙", "\n").encode()),
    "said to be gbk": lambda kind: ("text/csv; charset=gbk", csv_of(kind, "丁").encode("gbk")),
    "a workbook": lambda kind: (XLSX, workbook(kind, "戊")),
    "formulas with values": lambda kind: (
        XLSX,
        with_values(workbook(kind, "己", formula), "44275"),
    ),
}
REFUSED: Mapping[str, tuple[Callable[[str], tuple[str, bytes]], str, str]] = {
    "a formula without its value": (
        lambda kind: (XLSX, workbook(kind, "庚", formula)),
        "formula-without-value",
        "单元格D3为公式，但文件中没有保存计算结果",
    ),
    "merged headings": (
        lambda kind: (XLSX, workbook(kind, "辛", merged)),
        "merged-cells",
        "单元格C2:D2已合并",
    ),
    "semicolons": (
        lambda kind: ("text/csv", csv_of(kind, "壬").replace(",", ";").encode("gb18030")),
        "wrong-separator",
        "请另存为以英文逗号",
    ),
    "utf-16, as “Unicode text” is saved": (
        lambda kind: ("text/csv", csv_of(kind, "癸").encode("utf-16")),
        "bad-encoding",
        "编码",
    ),
    "an old workbook": (
        lambda _: (XLSX, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(1024)),
        "workbook-locked",
        "请另存为不加密的.xlsx",
    ),
    "a workbook that was cut off": (
        lambda kind: (XLSX, workbook(kind, "子")[:3000]),
        "malformed",
        "文件已损坏",
    ),
}


def post(product: Product, kind: str, media: str, body: bytes, org: str = ORG) -> httpx.Response:
    headers = product.key(org) | {"Content-Type": media}
    return product.client.post(f"/v1/{kind}", content=body, headers=headers)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", TAKEN)
def test_a_file_of_a_clerk_is_taken(product: Product, name: str, kind: str) -> None:
    media, body = TAKEN[name](kind)
    answer = post(product, kind, media, body)
    assert answer.status_code == 202, answer.text
    told: Row = product.evaluated(answer.json()["submission_id"])
    assert (told["received"], told["rejected"], told["errors_total"]) == (2, 0, 0)
    gb = "gb" in name or name == "a rare character"
    csv = media.startswith("text/csv")
    assert answer.json()["encoding"] == (None if not csv else "gb18030" if gb else "utf-8")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", REFUSED)
def test_a_file_of_a_clerk_is_refused_with_a_reason(product: Product, name: str, kind: str) -> None:
    make, code, words = REFUSED[name]
    answer = post(product, kind, *make(kind))
    assert answer.status_code in {400, 422}, answer.text
    errors = [error for error in answer.json()["errors"] if error["code"] == code]
    assert errors, answer.text
    assert words in errors[0]["message_zh"]
    assert errors[0]["message"].isascii() or errors[0]["message"].split()[0].isascii()


def test_what_the_dates_of_a_clerk_become(product: Product) -> None:
    """1 to 8 March 2021 are five working days; text and real dates say the same."""
    told = []
    for name in ("gb18030", "a workbook"):
        media, body = TAKEN[name]("cases")
        answer = post(product, "cases", media, body, OTHER)
        told.append(product.evaluated(answer.json()["submission_id"]))
    assert all(receipt["duplicate"] + receipt["accepted"] == 2 for receipt in told)
    verdict = product.verdict("T16", "2021Q1", org=OTHER)
    assert verdict["evidence"] == "cases"
    assert verdict["value"] == 5
    assert verdict["max"] == 5
