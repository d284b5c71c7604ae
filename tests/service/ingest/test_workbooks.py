"""Workbooks as clerks save them: what is in a cell is taken, or refused with the cell named."""

import zipfile
from datetime import date, datetime, time
from decimal import Decimal
from io import BytesIO
from typing import Any

import pytest
from openpyxl.utils.datetime import CALENDAR_MAC_1904

from services.ingest.domain.context import Kind
from services.ingest.domain.times import microseconds, parse_time
from tests.service.ingest.service import Desk, assert_problem
from tests.support.ingest import case, figure, report
from tests.support.spreadsheets import FORM, saved, sheet_of, table_of

DATED = "yyyy-mm-dd"


def at(hour: int, minute: int, second: int = 0) -> datetime:
    """Return a time of 1 March as a spreadsheet has it, of no zone."""
    return datetime.combine(date(2021, 3, 1), time(hour, minute, second))


def taken(desk: Desk, kind: Kind, content: bytes, rows: int = 1) -> Any:  # noqa: ANN401 - a record
    """Post a workbook that is taken; return what was kept of it."""
    before = len(desk.sent(0))
    answer = desk.post(kind, content, form="xlsx")
    assert answer.status_code == 202, answer.text
    assert (answer.json()["received"], answer.json()["rejected"]) == (rows, 0)
    return desk.sent(before + 1)[-1]


def refused(desk: Desk, kind: Kind, content: bytes, *statuses: int) -> list[dict[str, Any]]:
    before = desk.count("submissions")
    answer = desk.post(kind, content, form="xlsx")
    errors = assert_problem(answer, *(statuses or (422,)))
    assert desk.count("submissions") == before
    return errors


def codes(errors: list[dict[str, Any]]) -> list[str]:
    return [error["code"] for error in errors]


def us(text: str) -> int:
    read = parse_time(text)
    assert read is not None
    return microseconds(read)


@pytest.mark.parametrize(
    ("cell", "shown", "kept"),
    [
        (at(9, 30), "yyyy-mm-dd hh:mm", "2021-03-01T09:30:00+08:00"),
        (date(2021, 3, 1), DATED, "2021-03-01"),
        (date(2021, 3, 1), '[$-804]yyyy"年"m"月"d"日"', "2021-03-01"),
        (at(9, 30, 5), "m/d/yy h:mm:ss", "2021-03-01T09:30:05+08:00"),
        ("2021-03-01T09:30:00+08:00", "General", "2021-03-01T09:30:00+08:00"),
        ("2021/3/1 9:30", "@", "2021-03-01T09:30:00+08:00"),
        ("2021年3月1日", "General", "2021-03-01"),
        (" 2021-3-1 ", "@", "2021-03-01"),
    ],
)
def test_dates_are_those_that_the_clerk_sees(
    one_desk: Desk, cell: object, shown: str, kept: str
) -> None:
    book, sheet = sheet_of(["case_no", "indicator", "accepted_at", "outcome"])
    sheet.append(["A-1", "days", cell, "open"])
    sheet["C2"].number_format = shown
    (packed,) = taken(one_desk, "case", saved(book)).cases
    assert packed.accepted_us == us(kept)


def test_a_workbook_of_the_year_1904_keeps_its_dates(one_desk: Desk) -> None:
    book, sheet = sheet_of(["case_no", "indicator", "accepted_at", "outcome"])
    book.epoch = CALENDAR_MAC_1904
    sheet.append(["A-1", "days", at(9, 30), "open"])
    (packed,) = taken(one_desk, "case", saved(book)).cases
    assert packed.accepted_us == us("2021-03-01T09:30:00+08:00")


@pytest.mark.parametrize(
    ("name", "cell", "shown", "words"),
    [
        ("accepted_at", 44256.5, "General", "“日期”"),  # a date whose format was lost
        ("accepted_at", time(9, 30), "hh:mm", "时刻"),
        ("value", date(2021, 3, 1), DATED, "日期"),
        ("indicator", date(2021, 3, 1), DATED, "“文本”"),
        ("period", date(2021, 3, 1), DATED, "“文本”"),
        ("case_no", 12.5, "0.0", "“文本”"),
        ("case_no", 1234567890123456789, "0", "末几位已丢失"),
        ("sample_size", 0.5, "0%", "百分比"),
    ],
)
def test_cells_of_the_wrong_kind_are_refused_by_name(
    one_desk: Desk, name: str, cell: object, shown: str, words: str
) -> None:
    kind: Kind = "case" if name in {"accepted_at", "case_no"} else "observation"
    row = (case() if kind == "case" else figure()) | {name: cell}
    book, sheet = sheet_of(list(row), list(row.values()))
    place = list(row).index(name)
    sheet.cell(2, place + 1).number_format = shown
    (error,) = refused(one_desk, kind, saved(book))
    assert (error["code"], error["pointer"], error["index"]) == ("wrong-cell", f"/{name}", 0)
    assert f"单元格{'ABCDEFGH'[place]}2" in error["message_zh"]
    assert "工作表第2行" in error["message_zh"]
    assert words in error["message_zh"]


@pytest.mark.parametrize(
    ("cell", "shown", "kept"),
    [
        (5.5, "General", "5.5"),
        (5, "0.00", "5"),
        (5.50, "0.00", "5.5"),
        (0.1 + 0.2, "General", "0.3"),  # what the spreadsheet shows of it
        ("5.5", "@", "5.5"),  # a number kept as text
        (" 5.50 ", "General", "5.5"),
        (True, "General", None),
        ("5,5", "@", None),
        ("５.５", "@", None),
        ("5.5天", "General", None),
    ],
)
def test_figures_are_exact_and_numbers_kept_as_text_are_numbers(
    one_desk: Desk, cell: object, shown: str, kept: str | None
) -> None:
    book, sheet = sheet_of(list(figure()), ["days", "2021Q1", cell])
    sheet["C2"].number_format = shown
    if kept is None:
        (error,) = refused(one_desk, "observation", saved(book))
        assert error["code"] in {"not-a-number", "wrong-type"}
        assert error["pointer"] == "/value"
    else:
        (packed,) = taken(one_desk, "observation", saved(book)).observations
        assert Decimal(packed.value) == Decimal(kept)


@pytest.mark.parametrize(
    ("cell", "shown", "kept"),
    [
        (0.955, "0.0%", "95.5"),
        (0.955, "0%", "95.5"),
        (1, "0.00%", "100"),
        (0.07, '0.0"率"%', "7"),
        (95.5, '0.0"%"', "95.5"),  # only written behind the number
        (95.5, "0.0\\%", "95.5"),
        (95.5, "General", "95.5"),
        ("95.5", "0%", "95.5"),
    ],
)
def test_a_percentage_is_the_number_before_the_sign(
    one_desk: Desk, cell: object, shown: str, kept: str
) -> None:
    book, sheet = sheet_of(["indicator", "period", "value"], ["share", "2021Q1", cell])
    sheet["C2"].number_format = shown
    (packed,) = taken(one_desk, "observation", saved(book)).observations
    assert Decimal(packed.value) == Decimal(kept)


def test_days_are_no_percentage(one_desk: Desk) -> None:
    book, sheet = sheet_of(list(figure()), ["days", "2021Q1", 0.05])
    sheet["C2"].number_format = "0%"
    assert codes(refused(one_desk, "observation", saved(book))) == ["not-a-percentage"]


@pytest.mark.parametrize("cell", ["1.1", 1.1, "1.1｜公开承诺"])
def test_a_measure_may_be_a_number(one_desk: Desk, cell: object) -> None:
    content = table_of([report(measure=cell, done_on=None)])
    (packed,) = taken(one_desk, "progress_report", content).reports
    assert packed.measure == "1.1"


def test_a_measure_that_is_none_says_so(one_desk: Desk) -> None:
    (error,) = refused(one_desk, "progress_report", table_of([report(measure=3.0)]))
    assert (error["code"], error["message_zh"]) == (
        "unknown-measure",
        "工作表第2行：登记册中没有措施“3”。",
    )


def test_codes_of_digits_may_be_numbers(one_desk: Desk) -> None:
    rows = [figure(period=202103, region=610103, indicator="monthly"), figure(period=2021.0)]
    content = table_of([{**row, "region": row.get("region")} for row in rows[:1]])
    (packed,) = taken(one_desk, "observation", content).observations
    assert (packed.period, packed.region) == ("202103", "610103")
    assert codes(refused(one_desk, "observation", table_of(rows[1:]))) == ["period-too-coarse"]


@pytest.mark.parametrize(
    ("cell", "kept"),
    [(True, True), (False, False), ("true", True), ("FALSE", False), ("是", True), ("否", False)],
)
def test_flags_in_words_or_as_truth(one_desk: Desk, cell: object, kept: bool) -> None:  # noqa: FBT001 - a column of the table
    content = table_of([report(zero_report=cell, state=None if kept else "in_progress")])
    (packed,) = taken(one_desk, "progress_report", content).reports
    assert packed.zero_report is kept


def with_formula(value: str | None, kind: str = "") -> bytes:
    """Return a sheet whose figure is a formula with this saved value, none, or an error."""
    book, sheet = sheet_of(list(figure()), ["days", "2021Q1", "=SUM(1,4.5)"])
    sheet["E9"] = "=1+1"  # beside the table: nothing is expected there
    packed = BytesIO()
    with (
        zipfile.ZipFile(BytesIO(saved(book))) as plain,
        zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive,
    ):
        for entry in plain.infolist():
            content = plain.read(entry).decode()
            content = content.replace('<c r="E9"><f>1+1</f><v></v></c>', "")
            content = content.replace('<c r="E9"><f>1+1</f><v /></c>', "")
            if value is not None and entry.filename.endswith("sheet1.xml"):
                assert "<f>SUM(1,4.5)</f>" in content
                for empty in ("<v></v>", "<v />", "<v/>"):
                    content = content.replace(empty, f"<v>{value}</v>")
                content = content.replace('<c r="C2"', f'<c r="C2"{kind}')
            archive.writestr(entry.filename, content)
    return packed.getvalue()


def test_a_formula_counts_with_its_saved_value(one_desk: Desk) -> None:
    (packed,) = taken(one_desk, "observation", with_formula("5.5")).observations
    assert packed.value == "5.5"


def test_a_formula_without_a_saved_value_is_refused_with_what_to_do(one_desk: Desk) -> None:
    (error,) = refused(one_desk, "observation", with_formula(None))
    assert (error["code"], error["pointer"]) == ("formula-without-value", "/value")
    assert "单元格C2为公式" in error["message_zh"]
    assert "重新保存" in error["message_zh"]


def test_a_formula_that_went_wrong_is_refused_with_its_error(one_desk: Desk) -> None:
    (error,) = refused(one_desk, "observation", with_formula("#DIV/0!", ' t="e"'))
    assert (error["code"], error["pointer"]) == ("error-cell", "/value")
    assert "单元格C2的计算结果为错误值“#DIV/0!”" in error["message_zh"]


def test_a_merged_title_is_fine_and_merged_headings_are_not(one_desk: Desk) -> None:
    book, sheet = sheet_of(["2021年一季度指标报送表"], list(figure()), list(figure().values()))
    sheet.merge_cells("A1:C1")
    taken(one_desk, "observation", saved(book))
    sheet.merge_cells("B2:C2")
    sheet.merge_cells("A4:A6")
    errors = refused(one_desk, "observation", saved(book))
    assert codes(errors).count("merged-cells") == 2
    assert any("B2:C2已合并" in error["message_zh"] for error in errors)


def test_empty_rows_are_none_and_the_line_of_a_fault_is_that_of_the_sheet(one_desk: Desk) -> None:
    bad = list(figure(period="2021Q9").values())
    sound = list(figure().values())
    book, sheet = sheet_of(["标题"], [], list(figure()), sound, [], [None, "", None], bad)
    sheet["B40"].number_format = "@"  # formatted far below, and empty
    (error,) = refused(one_desk, "observation", saved(book))
    assert (error["code"], error["index"]) == ("bad-period", 1)
    assert "工作表第7行" in error["message_zh"]


def test_the_first_visible_sheet_is_read_or_the_one_that_is_named_form(one_desk: Desk) -> None:
    book, sheet = sheet_of(["nonsense"], title="旧数据")
    sheet.sheet_state = "hidden"
    notes = book.create_sheet("说明")
    notes.append(list(figure()))
    notes.append(list(figure(value=1).values()))
    last = book.create_sheet("数据")
    last.append(list(figure()))
    last.append(list(figure(value=2).values()))
    (packed,) = taken(one_desk, "observation", saved(book)).observations
    assert packed.value == "1"
    last.title = FORM
    (packed,) = taken(one_desk, "observation", saved(book)).observations
    assert packed.value == "2"
    last.sheet_state = "veryHidden"
    (packed,) = taken(one_desk, "observation", saved(book)).observations
    assert packed.value == "1"


def test_a_protected_sheet_can_be_read_all_the_same(one_desk: Desk) -> None:
    book, sheet = sheet_of(list(figure()), list(figure().values()))
    sheet.protection.set_password("secret")
    book.security.lockStructure = True
    taken(one_desk, "observation", saved(book))


def test_headings_in_chinese_english_or_both(one_desk: Desk) -> None:
    book, _ = sheet_of(["指标 *\nindicator", "期间", "value"], list(figure().values()))
    taken(one_desk, "observation", saved(book))


def test_columns_that_nobody_knows_or_that_have_no_heading(one_desk: Desk) -> None:
    book, sheet = sheet_of([*figure(), "身份证号", "备注一"], [*figure().values(), "1", "2"])
    sheet["G2"] = "3"
    errors = refused(one_desk, "observation", saved(book))
    assert codes(errors) == ["personal-field", "unknown-field", "column-without-heading"]
    assert "“G”列" in errors[-1]["message_zh"]


def test_no_headings_at_all(one_desk: Desk) -> None:
    book, _ = sheet_of(["甲", "乙"], [1, 2])
    (error,) = refused(one_desk, "observation", saved(book))
    assert error["code"] == "no-headings"


SOUND = table_of([figure()])
NO_WORKBOOKS = {
    "an old .xls or one with a password": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(512), 400),
    "cut off": (SOUND[: len(SOUND) // 2], 400),
    "its end is missing": (SOUND[:-20], 400),
    "a zip of something else": (b"PK\x05\x06" + bytes(18), 400),
    "text": ("指标,期间\n".encode(), 400),
    "nothing": (b"", 400),
}


@pytest.mark.parametrize("name", NO_WORKBOOKS)
def test_files_that_are_no_workbooks(one_desk: Desk, name: str) -> None:
    content, status = NO_WORKBOOKS[name]
    (error,) = refused(one_desk, "observation", content, status)
    assert error["code"] in {"workbook-locked", "malformed", "empty-body"}


@pytest.mark.parametrize("place", range(200, len(SOUND), len(SOUND) // 40))
def test_a_damaged_byte_never_breaks_the_reader(one_desk: Desk, place: int) -> None:
    damaged = SOUND[:place] + bytes([SOUND[place] ^ 0xFF]) + SOUND[place + 1 :]
    answer = one_desk.post("observation", damaged, form="xlsx", query="?dry_run=true")
    assert answer.status_code in {200, 400, 413, 422}, answer.text


def test_macros_are_refused(one_desk: Desk) -> None:
    packed = BytesIO(SOUND)
    with zipfile.ZipFile(packed, "a") as archive:
        archive.writestr("xl/vbaProject.bin", b"x")
    (error,) = refused(one_desk, "observation", packed.getvalue(), 400)
    assert error["code"] == "workbook-macros"
