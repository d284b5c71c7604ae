"""A form as a workbook: the sheet to fill in, what to write where, and the codes to choose from.

The same form makes the same bytes: nothing in the file tells the time at which it was made.
"""

import io
from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from typing import Any, Final
from unicodedata import east_asian_width

import xlsxwriter

from duibiao.register import Register
from services.ingest.adapters.formats.workbook.sheet import FORM
from services.ingest.domain.columns import DAYS, FLAGS, NUMBERS, TIMES
from services.ingest.domain.field_types import Field
from services.ingest.domain.forms import Choice, Form
from services.ingest.domain.terms import Kind

TITLES: Final[Mapping[Kind, tuple[str, str]]] = {
    "observation": ("指标报送表", "Figures"),
    "case": ("办件报送表", "Cases"),
    "progress_report": ("进展报送表", "Progress reports"),
}
_NOTES: Final = "填报说明"
_CODES: Final = "代码表"
_HEADINGS: Final = 3  # lines above the headings
_SPARE: Final = 1_000  # lines below the prepared ones that have lists, too
_EARLIEST: Final = date(2000, 1, 1)
_TEXTS: Final = frozenset({"summary", "comment"})
_NARROWEST, _USUAL, _TEXT, _WIDEST = 12, 18, 40, 62  # widths of columns, in Latin characters
_MARGIN: Final = 2
_LINED: Final = {"border": 1, "border_color": "#BFBFBF", "valign": "vcenter"}
_LOOKS: Final[Mapping[str, Mapping[str, object]]] = {
    "number": {"num_format": "General"},
    "flag": {"num_format": "General"},
    "day": {"num_format": "yyyy-mm-dd"},
    "moment": {"num_format": "yyyy-mm-dd hh:mm"},
    "text": {"num_format": "@"},
    "texts": {"num_format": "@", "text_wrap": True},
}
_MOST_IN_SIGHT: Final = 230  # what a page shows of these and stays readable; more takes two
_TOLD: Final = (
    (
        "带*的栏必填；有下拉列表的栏请从列表选择。预填而未填写的行不计入报送。"
        "请勿合并单元格，勿改动表头；填好后存为.xlsx，整份报送。"
    ),
    (
        "Fill in columns with *; choose from the lists where there are any. Prepared rows "
        "left blank do not count. Merge no cells, keep the headings, save as .xlsx, send it whole."
    ),
)
_NONE_OWED: Final = (
    "登记册中没有本单位需要报送的内容。",
    "The register knows nothing that this unit reports.",
)


def write_form(form: Form, register: Register) -> bytes:
    """Return the .xlsx file of a form."""
    packed = io.BytesIO()
    book = xlsxwriter.Workbook(packed, {"in_memory": True, "strings_to_numbers": False})
    made = datetime.combine(register.notice.dated, time(), UTC).replace(tzinfo=None)
    title = TITLES[form.kind][0]
    book.set_properties({"title": title, "created": made, "comments": register.version})
    looks = _Looks(book)
    sheets = [book.add_worksheet(name) for name in (FORM, _NOTES, _CODES)]
    _fill(sheets[0], form, register, looks)
    _explain(sheets[1], form, looks)
    _list(sheets[2], form, looks)
    for sheet in sheets:
        sheet.set_landscape()
        sheet.set_paper(9)  # A4
        sheet.set_margins(0.4, 0.4, 0.5, 0.6)
        sheet.set_footer("&C第&P页，共&N页")
    book.close()
    return packed.getvalue()


class _Looks:
    """How cells look. What must be filled in is marked by a star too, never by colour alone."""

    def __init__(self, book: Any) -> None:  # noqa: ANN401 - a workbook of the library
        heading = {"bold": True, "border": 1, "text_wrap": True, "valign": "top"}
        self.title = book.add_format({"bold": True, "font_size": 14, "valign": "vcenter"})
        self.note = book.add_format({"font_color": "#444444", "valign": "vcenter"})
        self.must = book.add_format({**heading, "bg_color": "#1F4E79", "font_color": "#FFFFFF"})
        self.may = book.add_format({**heading, "bg_color": "#DDEBF7"})
        self.text = book.add_format({"num_format": "@"})
        ready = {"num_format": "@", "text_wrap": True, "bg_color": "#F2F2F2"}
        self.ready = book.add_format({**_LINED, **ready})
        self._cells = {kind: book.add_format(look) for kind, look in _LOOKS.items()}
        self._lined = {kind: book.add_format({**_LINED, **look}) for kind, look in _LOOKS.items()}

    def of(self, name: str, *, lined: bool = False) -> Any:  # noqa: ANN401 - a format
        """Return how the cells of a column look: codes stay text, dates are dates."""
        cells = self._lined if lined else self._cells
        kinds = ((NUMBERS, "number"), (FLAGS, "flag"), (DAYS, "day"), (TIMES, "moment"))
        found = next((kind for names, kind in kinds if name in names), "")
        return cells[found or ("texts" if name in _TEXTS else "text")]


def _fill(sheet: Any, form: Form, register: Register, looks: _Looks) -> None:  # noqa: ANN401
    """Write the sheet that is filled in."""
    title, title_en = TITLES[form.kind]
    org = None if form.org is None else register.orgs[form.org]
    whose = "" if org is None else f"　{org.name_zh} {org.code}"
    told, told_en = _TOLD if _owes(form) else _NONE_OWED
    sheet.write_string(0, 0, f"{title}（{title_en}）{whose}", looks.title)
    sheet.write_string(1, 0, f"{register.notice.number}：{told}", looks.note)
    sheet.write_string(2, 0, told_en, looks.note)
    last = _HEADINGS + len(form.rows) + _SPARE
    widths = [_width(column, form) for column in form.columns]
    for place, column in enumerate(form.columns):
        star = " *" if column.starred else ""
        look = looks.must if column.starred else looks.may
        sheet.set_column(place, place, widths[place], looks.of(column.name))
        sheet.write_string(_HEADINGS, place, f"{column.heading}{star}\n{column.name}", look)
        sheet.data_validation(_HEADINGS + 1, place, last, place, _rule(column, form))
        for line, row in enumerate(form.rows, _HEADINGS + 1):
            if column.name in row:
                sheet.write_string(line, place, row[column.name], looks.ready)
            else:
                sheet.write_blank(line, place, None, looks.of(column.name, lined=True))
    for line, height in enumerate((26, 18, 18, 32)):
        sheet.set_row(line, height)
    sheet.freeze_panes(_HEADINGS + 1, 1)
    sheet.repeat_rows(_HEADINGS)
    sheet.repeat_columns(0)
    sheet.fit_to_pages(1 if sum(widths) <= _MOST_IN_SIGHT else 2, 0)


def _owes(form: Form) -> bool:
    return bool(form.choices.get("measure" if form.kind == "progress_report" else "indicator"))


def _width(column: Field, form: Form) -> int:
    """Return the width of a column that shows its heading and, if possible, each entry."""
    if column.name in _TEXTS:
        return _TEXT
    least = _NARROWEST if column.name in NUMBERS | DAYS | FLAGS else _USUAL
    entries = [choice.text for choice in form.choices.get(column.name, ())]
    longest = max(map(_shown_width, [column.name, f"{column.heading} *", *entries])) + _MARGIN
    return min(max(longest, least if not entries else _NARROWEST), _WIDEST)


def _shown_width(text: str) -> int:
    """Return how wide a text is, in Latin characters; Chinese ones are twice as wide."""
    return sum(2 if east_asian_width(character) in "WF" else 1 for character in text)


def _rule(column: Field, form: Form) -> dict[str, Any]:
    """Return what a spreadsheet program says of the cells of a column, and lets into them."""
    told = {
        "input_title": column.heading,
        "input_message": f"{column.note}\n{column.about}",
        "error_title": column.heading,
        "error_message": column.note,
        "error_type": "warning",
    }
    if column.name in form.choices:
        entries = form.choices[column.name]
        place = _lists(form).index(entries) * 2
        rows = len(entries)
        letters = xlsxwriter.utility.xl_col_to_name(place, col_abs=True)
        source = f"='{_CODES}'!{letters}$2:{letters}${rows + 1}"
        return {**told, "validate": "list", "source": source}
    if column.name in NUMBERS:
        return {**told, "validate": "decimal", "criteria": ">=", "value": 0}
    if column.name in DAYS or column.name in TIMES:
        return {**told, "validate": "date", "criteria": ">=", "value": _EARLIEST}
    return {**told, "validate": "any"}


def _explain(sheet: Any, form: Form, looks: _Looks) -> None:  # noqa: ANN401
    """Write what belongs into each column."""
    headings = ("栏目 Column", "必填 Required", "说明", "Explained")
    for place, (heading, width) in enumerate(zip(headings, (32, 14, 60, 64), strict=True)):
        sheet.set_column(place, place, width)
        sheet.write_string(0, place, heading, looks.may)
    for line, column in enumerate(form.columns, 1):
        must = "是 yes" if column.starred else ""
        cells = (f"{column.heading} {column.name}", must, column.note, column.about)
        for place, cell in enumerate(cells):
            sheet.write_string(line, place, cell)
    for line, text in enumerate(_TOLD, len(form.columns) + 2):
        sheet.write_string(line, 0, text, looks.note)
    _settle(sheet)


def _lists(form: Form) -> list[tuple[Choice, ...]]:
    """Return the lists that the columns choose from, each once."""
    return list(dict.fromkeys(form.choices.values()))


def _list(sheet: Any, form: Form, looks: _Looks) -> None:  # noqa: ANN401
    """Write the lists that the drop-downs show, each with its English beside it."""
    for number, choices in enumerate(_lists(form)):
        place = number * 2
        columns = [one for one in form.columns if form.choices.get(one.name) == choices]
        headings = [
            "、".join(one.heading for one in columns),
            ", ".join(one.name for one in columns),
        ]
        cells = [headings, *([choice.text, choice.name] for choice in choices)]
        for beside, look in enumerate((looks.text, None)):
            width = max(_shown_width(line[beside]) for line in cells) + _MARGIN
            sheet.set_column(place + beside, place + beside, min(width, _WIDEST), look)
            sheet.write_string(0, place + beside, headings[beside], looks.may)
        for line, choice in enumerate(choices, 1):
            sheet.write_string(line, place, choice.text, looks.text)
            sheet.write_string(line, place + 1, choice.name)
    _settle(sheet)


def _settle(sheet: Any) -> None:  # noqa: ANN401
    """Keep the headings of a sheet in sight, on paper too, and give Chinese text its height."""
    sheet.set_default_row(18)
    sheet.freeze_panes(1, 0)
    sheet.repeat_rows(0)
    sheet.hide_gridlines(0)
    sheet.fit_to_pages(1, 0)
