"""The forms: got by HTTP, filled in with another library, posted back."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from openpyxl.utils import get_column_letter

from services.ingest.adapters.formats import XLSX
from services.ingest.domain.context import Kind
from services.ingest.domain.rows import ROWS
from tests.service.ingest.clerks import fill_cases, fill_figures, fill_reports
from tests.service.ingest.service import Desk, assert_problem
from tests.support.registers import the_register
from tests.support.spreadsheets import CODES, FORM, NOTES, Form, Row

REGISTER = the_register()
NAMES: dict[str, Kind] = {
    "indicator": "observation",
    "cases": "case",
    "progress": "progress_report",
}
UNITS = [code for code, org in REGISTER.orgs.items() if org.kind != "group"]


@pytest.fixture(scope="module")
def notice(folder_mostly_on_sqlite: Path) -> Iterator[Desk]:
    with Desk(folder_mostly_on_sqlite, register=REGISTER) as desk:
        yield desk


def got(desk: Desk, name: str, org: str = "", *, by: str = "office") -> Form:
    query = f"?org={org}" if org else ""
    answer = desk.get(f"/v1/templates/{name}.xlsx{query}", by=by)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == XLSX
    return Form(answer.content)


def posted(desk: Desk, name: str, content: bytes, *, by: str = "office") -> Row:
    answer = desk.post(NAMES[name], content, form="xlsx", by=by)
    assert answer.status_code == 202, answer.text
    told: Row = answer.json()
    return told


def filled(name: str, form: Form) -> int:
    if name == "indicator":
        return fill_figures(form, REGISTER)
    return fill_cases(form, REGISTER) if name == "cases" else fill_reports(form)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("org", UNITS)
def test_every_unit_gets_its_forms_and_what_is_filled_in_is_taken(
    notice: Desk, org: str, name: str
) -> None:
    form = got(notice, name, org)
    rows = filled(name, form)
    if name == "cases":  # nothing is prepared, so the clerk of the office names the unit
        for line in range(form.heading + 1, form.heading + 1 + rows):
            form.put(line, org=form.choices("org")[0])
    if not rows:
        answer = notice.post(NAMES[name], form.saved(), form="xlsx", by="office")
        assert_problem(answer, 422)
        return

    told = posted(notice, name, form.saved())

    assert (told["received"], told["accepted"], told["warnings"]) == (rows, rows, [])


def test_units_with_something_to_report_have_rows_of_their_own(notice: Desk) -> None:
    """Counted from the register by hand: indicators and measures of three units, by 2021-06-01."""
    counts = {"tax-bureau": (5, 3), "big-data-bureau": (4, 10), "commerce-bureau": (0, 4)}
    for org, (indicators, measures) in counts.items():
        figures = [row for _, row in got(notice, "indicator", org).prepared()]
        rows = [row for _, row in got(notice, "progress", org).prepared()]
        reports = [row for row in rows if not row["milestone"]]
        assert len(figures) == indicators * 2, org  # two quarters have begun
        assert len(reports) == measures * 2, org
        assert {row["period"] for row in reports} == {"2021Q1", "2021Q2"}
        assert {row["region"] for row in figures} <= {"610100｜西安市"}
        assert [*got(notice, "cases", org).prepared()] == []


def test_a_milestone_has_a_row_in_the_period_it_falls_into(notice: Desk) -> None:
    rows = [row for _, row in got(notice, "progress", "civil-affairs-bureau").prepared()]
    (milestone,) = [row for row in rows if row["milestone"]]
    assert milestone["milestone"].startswith("1.5-review｜")
    assert milestone["measure"].startswith("1.5｜")
    assert milestone["period"] == "2021Q1"  # by 31 March


def test_the_form_of_a_key_is_that_of_its_org(notice: Desk) -> None:
    form = got(notice, "indicator", by="tax")
    codes = {row["indicator"].partition("｜")[0] for _, row in form.prepared()}
    assert codes == {
        code for code, one in REGISTER.indicators.items() if "tax-bureau" in one.reported_by
    }
    assert "org" not in form.columns
    assert "市税务局" in str(form.sheet["A1"].value)
    rows = fill_figures(form, REGISTER)
    told = posted(notice, "indicator", form.saved(), by="tax")
    assert (told["received"], told["accepted"]) == (rows, rows)


def test_prepared_rows_left_blank_are_no_rows_and_are_mentioned(notice: Desk) -> None:
    form = got(notice, "progress", by="tax")
    lines = [line for line, _ in form.prepared()]
    form.put(lines[4], state=form.choice("state", "in_progress"))

    told = posted(notice, "progress", form.saved(), by="tax")

    assert (told["received"], told["accepted"], told["rejected"]) == (1, 1, 0)
    (warning,) = told["warnings"]
    assert (warning["code"], warning["index"]) == ("prepared-rows-blank", None)
    assert f"{len(lines) - 1}行" in warning["message_zh"]


def test_a_form_sent_as_it_came_holds_no_rows(notice: Desk) -> None:
    form = got(notice, "indicator", by="tax")
    answer = notice.post("observation", form.saved(), form="xlsx")
    (error,) = assert_problem(answer, 422)
    assert error["code"] == "empty-body"


def test_a_fault_names_the_row_of_the_sheet(notice: Desk) -> None:
    form = got(notice, "indicator", by="tax")
    fill_figures(form, REGISTER)
    line = next(iter(form.prepared()))[0] + 3
    form.put(line, value=-1, numerator=None, denominator=None)
    answer = notice.post("observation", form.saved(), form="xlsx")
    errors = assert_problem(answer, 422)
    assert {error["index"] for error in errors} == {3}
    assert all(f"工作表第{line}行" in error["message_zh"] for error in errors)


@pytest.mark.parametrize("name", NAMES)
def test_every_entry_of_every_list_is_understood(notice: Desk, name: str) -> None:
    """Each entry is read back as the code before its bar, by the reader of posted workbooks."""
    form = got(notice, name, by="office")
    for column in form.columns:
        entries = form.choices(column)
        assert all(entry.partition("｜")[0] for entry in entries), column
        if column in {"status", "outcome", "state", "pause1_ground", "zero_report", "resolved"}:
            for entry in entries:
                one = got(notice, name, by="office")
                one.put(one.heading + 1, **{column: entry, "org": "tax-bureau"})
                answer = notice.post(NAMES[name], one.saved(), form="xlsx", by="office")
                faulty = {str(error["pointer"]) for error in answer.json()["errors"]}
                wrong = {f"/{column}", f"/{column.replace('pause1_', 'pauses/0/')}"} & faulty
                assert not wrong, (entry, answer.json()["errors"])


@pytest.mark.parametrize("name", NAMES)
def test_the_same_form_is_the_same_bytes(notice: Desk, tmp_path: Path, name: str) -> None:
    path = f"/v1/templates/{name}.xlsx"
    first = notice.get(path).content
    with Desk(tmp_path, register=REGISTER) as other:
        other.clock.advance(seconds=7200)  # later on the same day
        assert other.get(path).content == first
    assert notice.get(f"{path}?org=commerce-bureau", by="office").content != first


@pytest.mark.parametrize("name", NAMES)
def test_headings_notes_and_lists_are_chinese_first_and_english_second(
    notice: Desk, name: str
) -> None:
    form = got(notice, name, by="tax")
    assert form.book.sheetnames == [FORM, NOTES, CODES]
    columns = ROWS[NAMES[name]].columns
    for field, place in form.columns.items():
        heading = str(form.sheet.cell(form.heading, place).value)
        assert heading.startswith(columns[field].heading)
        assert heading.endswith(f"\n{field}")
        assert ("*" in heading) == columns[field].starred
    notes = {str(row[0].value): row for row in form.book[NOTES].iter_rows(min_row=2)}
    for field in form.columns:
        row = notes[f"{columns[field].heading} {field}"]
        assert (row[2].value, row[3].value) == (columns[field].note, columns[field].about)
    rules = form.sheet.data_validations.dataValidation
    assert len(rules) == len(form.columns)  # each column says what belongs into it
    assert all("\n" in str(rule.prompt) for rule in rules)


@pytest.mark.parametrize("name", NAMES)
def test_headings_stay_in_sight_and_columns_show_their_entries(notice: Desk, name: str) -> None:
    form = got(notice, name, by="tax")
    assert form.sheet.freeze_panes == f"B{form.heading + 1}"
    assert {form.book[sheet].freeze_panes for sheet in (NOTES, CODES)} == {"A2"}
    for field, place in form.columns.items():
        width = form.sheet.column_dimensions[get_column_letter(place)].width
        # A Chinese character is about as wide as two letters.
        longest = max(len(entry.encode("gb18030")) for entry in [*form.choices(field), field])
        assert width >= min(longest, 60), field


def test_columns_with_the_same_list_share_it(notice: Desk) -> None:
    form = got(notice, "cases", by="tax")
    headings = [str(cell.value) for cell in form.book[CODES][1] if cell.value]
    assert headings.count("暂停1事由、暂停2事由") == 1
    assert form.choices("pause1_ground") == form.choices("pause2_ground")


def test_code_columns_are_text_and_dates_are_dates(notice: Desk) -> None:
    form = got(notice, "cases", by="tax")

    def format_of(name: str) -> str:
        letter = get_column_letter(form.columns[name])
        return str(form.sheet.column_dimensions[letter].number_format)

    assert format_of("case_no") == "@"
    assert format_of("accepted_at") == "yyyy-mm-dd hh:mm"
    progress = got(notice, "progress", by="tax")
    line, _ = next(iter(progress.prepared()))
    assert progress.sheet.cell(line, progress.columns["measure"]).number_format == "@"


def test_the_office_gets_a_form_that_fits_every_unit(notice: Desk) -> None:
    form = got(notice, "progress")
    assert [*form.prepared()] == []
    assert {"org", "received_on"} <= set(form.columns)
    assert len(form.choices("measure")) == 75
    assert len(form.choices("org")) == len(UNITS)
    form.put(
        form.heading + 1,
        org=form.choice("org", "tax-bureau"),
        measure=form.choice("measure", "1.2"),
        period="2021Q1",
        state=form.choice("state", "in_progress"),
        received_on="2021年3月24日",
    )
    assert posted(notice, "progress", form.saved())["accepted"] == 1


@pytest.mark.parametrize("name", NAMES)
def test_an_org_gets_no_form_of_another(notice: Desk, name: str) -> None:
    answer = notice.get(f"/v1/templates/{name}.xlsx?org=guanzhong-customs", by="tax")
    (error,) = assert_problem(answer, 403)
    assert error["pointer"] == "/query/org"
    assert notice.get(f"/v1/templates/{name}.xlsx?org=tax-bureau").status_code == 200


def test_forms_and_units_that_do_not_exist(notice: Desk) -> None:
    assert_problem(notice.get("/v1/templates/observations.xlsx"), 404)
    assert_problem(notice.get("/v1/templates/indicator.csv"), 404)
    assert_problem(notice.get("/v1/templates/cases.xlsx?org=moon-bureau", by="office"), 422)
    assert_problem(notice.get("/v1/templates/cases.xlsx", by="nobody"), 401)
    # A key of a unit that the register does not know any more.
    assert_problem(notice.get("/v1/templates/cases.xlsx", by="customs"), 422)


def test_the_file_has_a_name_in_both_languages(notice: Desk) -> None:
    headers = notice.get("/v1/templates/cases.xlsx").headers
    shown = headers["content-disposition"]
    assert 'filename="duibiao-cases-tax-bureau.xlsx"' in shown
    assert "filename*=UTF-8''%E5%8A%9E%E4%BB%B6" in shown  # 办件…


def test_the_forms_are_in_the_api_reference(notice: Desk) -> None:
    document: dict[str, Any] = json.loads(json.dumps(notice.app.openapi()))
    operation = document["paths"]["/v1/templates/{name}.xlsx"]["get"]
    assert operation["operationId"] == "get_template"
    (name, org) = operation["parameters"]
    assert name["schema"]["enum"] == list(NAMES)
    assert (org["name"], org["required"]) == ("org", False)
    assert XLSX in operation["responses"]["200"]["content"]
    assert {"401", "403", "404", "422"} <= set(operation["responses"])
