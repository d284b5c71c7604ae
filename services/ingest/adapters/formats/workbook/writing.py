"""A form as a workbook: the sheet to fill in, what to write where, and the codes to choose from.

The same form makes the same bytes: nothing in the file tells the time at which it was made.
"""

import io
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any, Final

import xlsxwriter

from duibiao.register import Register
from services.ingest.adapters.formats.workbook.outline import FORM
from services.ingest.domain.columns import DAYS, FLAGS, MOMENTS, NUMBERS, Column
from services.ingest.domain.forms import Form
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
_WIDE: Final = frozenset({"indicator", "measure", "milestone", "summary", "comment"})
_SHORT: Final = frozenset({"period", "numerator", "denominator", "sample_size", *FLAGS})
_WIDTHS: Final = (12, 18, 34)
_TOLD: Final = (
    (
        "带*的栏必填；有下拉列表的栏请从列表选择。预填而未填写的行不计入报送。"
        "请勿合并单元格，勿改动表头；填好后整份文件报送。"
    ),
    (
        "Fill in columns with *; choose from the lists where there are any. Prepared rows "
        "left blank do not count. Merge no cells, keep the headings, send the file as it is."
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
    looks = _looks(book)
    sheets = [book.add_worksheet(name) for name in (FORM, _NOTES, _CODES)]
    _fill(sheets[0], form, register, looks)
    _explain(sheets[1], form, looks)
    _list(sheets[2], form, looks)
    for sheet in sheets:
        sheet.set_landscape()
        sheet.set_paper(9)  # A4
        sheet.fit_to_pages(1, 0)
    book.close()
    return packed.getvalue()


@dataclass(frozen=True, slots=True)
class _Looks:
    """How cells look. What must be filled in is marked by a star too, never by colour alone."""

    title: Any
    note: Any
    must: Any
    may: Any
    text: Any
    number: Any
    day: Any
    moment: Any

    def of(self, name: str) -> Any:  # noqa: ANN401 - a format of the library
        """Return how the cells of a column look: codes stay text, dates are dates."""
        if name in NUMBERS:
            return self.number
        if name in FLAGS:
            return None
        if name in DAYS:
            return self.day
        return self.moment if name in MOMENTS else self.text


def _looks(book: Any) -> _Looks:  # noqa: ANN401 - a workbook of the library
    heading = {"bold": True, "border": 1, "text_wrap": True, "valign": "top"}
    return _Looks(
        title=book.add_format({"bold": True, "font_size": 14}),
        note=book.add_format({"font_color": "#444444"}),
        must=book.add_format({**heading, "bg_color": "#1F4E79", "font_color": "#FFFFFF"}),
        may=book.add_format({**heading, "bg_color": "#DDEBF7"}),
        text=book.add_format({"num_format": "@"}),
        number=book.add_format({"num_format": "General"}),
        day=book.add_format({"num_format": "yyyy-mm-dd"}),
        moment=book.add_format({"num_format": "yyyy-mm-dd hh:mm"}),
    )


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
    for place, column in enumerate(form.columns):
        star = " *" if column.required else ""
        look = looks.must if column.required else looks.may
        sheet.set_column(place, place, _width(column), looks.of(column.name))
        sheet.write_string(_HEADINGS, place, f"{column.title}{star}\n{column.name}", look)
        sheet.data_validation(_HEADINGS + 1, place, last, place, _rule(column, form))
        for line, row in enumerate(form.rows, _HEADINGS + 1):
            if column.name in row:
                sheet.write_string(line, place, row[column.name], looks.text)
    sheet.set_row(_HEADINGS, 32)
    sheet.freeze_panes(_HEADINGS + 1, 1)
    sheet.repeat_rows(_HEADINGS)


def _owes(form: Form) -> bool:
    return bool(form.choices.get("measure" if form.kind == "progress_report" else "indicator"))


def _width(column: Column) -> int:
    small, middle, large = _WIDTHS
    if column.name in _WIDE:
        return large
    return small if column.name in _SHORT else middle


def _rule(column: Column, form: Form) -> dict[str, Any]:
    """Return what a spreadsheet program says of the cells of a column, and lets into them."""
    told = {
        "input_title": column.title,
        "input_message": f"{column.note}\n{column.about}",
        "error_title": column.title,
        "error_message": column.note,
        "error_type": "warning",
    }
    if column.name in form.choices:
        place = list(form.choices).index(column.name) * 2
        rows = len(form.choices[column.name])
        letters = xlsxwriter.utility.xl_col_to_name(place, col_abs=True)
        source = f"='{_CODES}'!{letters}$2:{letters}${rows + 1}"
        return {**told, "validate": "list", "source": source}
    if column.name in NUMBERS:
        return {**told, "validate": "decimal", "criteria": ">=", "value": 0}
    if column.name in DAYS or column.name in MOMENTS:
        return {**told, "validate": "date", "criteria": ">=", "value": _EARLIEST}
    return {**told, "validate": "any"}


def _explain(sheet: Any, form: Form, looks: _Looks) -> None:  # noqa: ANN401
    """Write what belongs into each column."""
    headings = ("栏目 Column", "必填 Required", "说明", "Explained")
    for place, (heading, width) in enumerate(zip(headings, (24, 14, 56, 60), strict=True)):
        sheet.set_column(place, place, width)
        sheet.write_string(0, place, heading, looks.may)
    for line, column in enumerate(form.columns, 1):
        must = "是 yes" if column.required else ""
        cells = (f"{column.title} {column.name}", must, column.note, column.about)
        for place, cell in enumerate(cells):
            sheet.write_string(line, place, cell)
    for line, text in enumerate(_TOLD, len(form.columns) + 2):
        sheet.write_string(line, 0, text, looks.note)


def _list(sheet: Any, form: Form, looks: _Looks) -> None:  # noqa: ANN401
    """Write the lists that the drop-downs show, each with its English beside it."""
    titles = {column.name: column.title for column in form.columns}
    for number, (name, choices) in enumerate(form.choices.items()):
        place = number * 2
        sheet.set_column(place, place, 34, looks.text)
        sheet.set_column(place + 1, place + 1, 30)
        sheet.write_string(0, place, titles[name], looks.may)
        sheet.write_string(0, place + 1, name, looks.may)
        for line, choice in enumerate(choices, 1):
            sheet.write_string(line, place, choice.text, looks.text)
            sheet.write_string(line, place + 1, choice.name)
