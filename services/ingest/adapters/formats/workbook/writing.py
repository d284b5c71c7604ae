"""A form as a workbook: the sheet to fill in, what to write where, and the codes to choose from.

The same form makes the same bytes: nothing in the file tells the time at which it was made.
"""

import io
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, time
from typing import Any, Final
from unicodedata import east_asian_width

import xlsxwriter

from duibiao.register import Register
from services.ingest.adapters.formats.workbook.sheet import FORM
from services.ingest.domain.forms import Choice, Form
from services.ingest.domain.rows import Field, FieldType
from services.ingest.domain.words import words_of

TITLES: Final = words_of(__package__)["titles"]
_NOTES: Final = "填报说明"
_CODES: Final = "代码表"
_HEADINGS: Final = 3  # lines above the headings
_SPARE: Final = 1_000  # lines below the prepared ones that have lists, too
_EARLIEST: Final = date(2000, 1, 1)
_DATES: Final[Mapping[FieldType, str]] = {
    "day": "yyyy-mm-dd",
    "time": "yyyy-mm-dd hh:mm",
    "past": "yyyy-mm-dd hh:mm",
}
_UNFORMATTED: Final = frozenset({"figure", "count", "flag"})
_NARROWEST, _USUAL, _TEXT, _WIDEST = 12, 18, 40, 62  # widths of columns, in Latin characters
_MARGIN: Final = 2
_LINED: Final = {"border": 1, "border_color": "#BFBFBF", "valign": "vcenter"}
_HEADING: Final = {"bold": True, "border": 1, "text_wrap": True, "valign": "top"}
# What must be filled in is marked by a star too, never by colour alone.
_REQUIRED: Final = {**_HEADING, "bg_color": "#1F4E79", "font_color": "#FFFFFF"}
_OPTIONAL: Final = {**_HEADING, "bg_color": "#DDEBF7"}
_PREPARED: Final = {**_LINED, "num_format": "@", "text_wrap": True, "bg_color": "#F2F2F2"}
_NOTE: Final = {"font_color": "#444444", "valign": "vcenter"}
_MOST_IN_SIGHT: Final = 230  # what a page shows of these and stays readable; more takes two
_SAID: Final = words_of(__package__)["notes"]


def write_form(form: Form, register: Register) -> bytes:
    """Return the .xlsx file of a form."""
    file = io.BytesIO()
    book = xlsxwriter.Workbook(file, {"in_memory": True, "strings_to_numbers": False})
    made = datetime.combine(register.notice.dated, time(), UTC).replace(tzinfo=None)
    _, title = TITLES[form.kind]
    book.set_properties({"title": title, "created": made, "comments": register.version})
    sheets = [book.add_worksheet(name) for name in (FORM, _NOTES, _CODES)]
    _fill(book, sheets[0], form, register)
    _explain(book, sheets[1], form)
    _list(book, sheets[2], form)
    for sheet in sheets:
        sheet.set_landscape()
        sheet.set_paper(9)  # A4
        sheet.set_margins(0.4, 0.4, 0.5, 0.6)
        sheet.set_footer("&C第&P页，共&N页")
    for sheet in sheets[1:]:
        # The headings stay in sight, on paper too, and Chinese text has its height.
        sheet.set_default_row(18)
        sheet.freeze_panes(1, 0)
        sheet.repeat_rows(0)
        sheet.hide_gridlines(0)
        sheet.fit_to_pages(1, 0)
    book.close()
    return file.getvalue()


def _fill(book: Any, sheet: Any, form: Form, register: Register) -> None:  # noqa: ANN401
    """Write the sheet that is filled in."""
    title_en, title = TITLES[form.kind]
    org = None if form.org is None else register.orgs[form.org]
    whose = "" if org is None else f"　{org.name_zh} {org.code}"
    owes = form.choices.get("measure" if form.kind == "progress_report" else "indicator")
    told_en, told = _SAID["told" if owes else "none_owed"]
    large = book.add_format({"bold": True, "font_size": 14, "valign": "vcenter"})
    note = book.add_format(_NOTE)
    sheet.write_string(0, 0, f"{title}（{title_en}）{whose}", large)
    sheet.write_string(1, 0, f"{register.notice.number}：{told}", note)
    sheet.write_string(2, 0, told_en, note)
    last = _HEADINGS + len(form.rows) + _SPARE
    prepared = book.add_format(_PREPARED)
    for place, column in enumerate(form.columns):
        star = " *" if column.starred else ""
        heading = book.add_format(_REQUIRED if column.starred else _OPTIONAL)
        look = {"num_format": _format_of(column), "text_wrap": column.type == "text"}
        sheet.set_column(place, place, _width(column, form), book.add_format(look))
        sheet.write_string(_HEADINGS, place, f"{column.heading}{star}\n{column.name}", heading)
        sheet.data_validation(_HEADINGS + 1, place, last, place, _rule(column, form))
        empty = book.add_format({**_LINED, **look})
        for line, row in enumerate(form.rows, _HEADINGS + 1):
            if column.name in row:
                sheet.write_string(line, place, row[column.name], prepared)
            else:
                sheet.write_blank(line, place, None, empty)
    for line, height in enumerate((26, 18, 18, 32)):
        sheet.set_row(line, height)
    sheet.freeze_panes(_HEADINGS + 1, 1)
    sheet.repeat_rows(_HEADINGS)
    sheet.repeat_columns(0)
    wide = sum(_width(column, form) for column in form.columns)
    sheet.fit_to_pages(1 if wide <= _MOST_IN_SIGHT else 2, 0)


def _format_of(column: Field) -> str:
    """Return how the cells of a column look: codes stay text, dates are dates."""
    return "General" if column.type in _UNFORMATTED else _DATES.get(column.type, "@")


def _width(column: Field, form: Form) -> int:
    """Return the width of a column that shows its heading and, if possible, each entry."""
    if column.type == "text":
        return _TEXT
    entries = [choice.text for choice in form.choices.get(column.name, ())]
    narrow = entries or column.type in _UNFORMATTED or column.type == "day"
    longest = _longest([column.name, f"{column.heading} *", *entries])
    return min(max(longest, _NARROWEST if narrow else _USUAL), _WIDEST)


def _longest(texts: Iterable[str]) -> int:
    """Return the width of the longest text, in Latin characters; Chinese ones are twice as wide."""
    return _MARGIN + max(
        sum(2 if east_asian_width(character) in "WF" else 1 for character in text) for text in texts
    )


def _rule(column: Field, form: Form) -> dict[str, Any]:
    """Return what a spreadsheet program says of the cells of a column, and lets into them."""
    rule: dict[str, Any] = {"validate": "any"}
    if column.name in form.choices:
        entries = form.choices[column.name]
        letters = xlsxwriter.utility.xl_col_to_name(_lists(form).index(entries) * 2, col_abs=True)
        source = f"='{_CODES}'!{letters}$2:{letters}${len(entries) + 1}"
        rule = {"validate": "list", "source": source}
    elif column.type in ("figure", "count"):
        rule = {"validate": "decimal", "criteria": ">=", "value": 0}
    elif column.type in _DATES:
        rule = {"validate": "date", "criteria": ">=", "value": _EARLIEST}
    return {
        **rule,
        "input_title": column.heading,
        "input_message": f"{column.note}\n{column.about}",
        "error_title": column.heading,
        "error_message": column.note,
        "error_type": "warning",
    }


def _explain(book: Any, sheet: Any, form: Form) -> None:  # noqa: ANN401
    """Write what belongs into each column."""
    headings = ("栏目 Column", "必填 Required", "说明", "Explained")
    for place, (heading, width) in enumerate(zip(headings, (32, 14, 60, 64), strict=True)):
        sheet.set_column(place, place, width)
        sheet.write_string(0, place, heading, book.add_format(_OPTIONAL))
    for line, column in enumerate(form.columns, 1):
        required = "是 yes" if column.starred else ""
        cells = (f"{column.heading} {column.name}", required, column.note, column.about)
        for place, cell in enumerate(cells):
            sheet.write_string(line, place, cell)
    for line, text in enumerate(reversed(_SAID["told"]), len(form.columns) + 2):
        sheet.write_string(line, 0, text, book.add_format(_NOTE))


def _lists(form: Form) -> list[tuple[Choice, ...]]:
    """Return the lists that the columns choose from, each once."""
    return list(dict.fromkeys(form.choices.values()))


def _list(book: Any, sheet: Any, form: Form) -> None:  # noqa: ANN401
    """Write the lists that the drop-downs show, each with its English beside it."""
    text = book.add_format({"num_format": "@"})
    heading = book.add_format(_OPTIONAL)
    for number, choices in enumerate(_lists(form)):
        columns = [one for one in form.columns if form.choices.get(one.name) == choices]
        shown = ["、".join(one.heading for one in columns), *(choice.text for choice in choices)]
        english = [", ".join(one.name for one in columns), *(choice.name for choice in choices)]
        for place, cells, look in ((number * 2, shown, text), (number * 2 + 1, english, None)):
            sheet.set_column(place, place, min(_longest(cells), _WIDEST), look)
            sheet.write_column(1, place, cells[1:], look)
            sheet.write_string(0, place, cells[0], heading)
