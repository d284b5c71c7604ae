"""The few figures or reports of a unit as fields on a page: a group for each that it owes.

What is typed becomes the table that it stands for, so that it is read and checked as an uploaded
file is: percentages, thousands separators and dates as people write them.
"""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Final

from duibiao.register import Register
from services.ingest.adapters.record import rows_of
from services.ingest.domain.context import Kind
from services.ingest.domain.forms import BAR, Choice, Form
from services.ingest.domain.observations import ALLOWED
from services.ingest.domain.rows import ROWS, Field

# The kinds that can be typed, and which columns tell their rows apart.
TYPED: Final[Mapping[Kind, tuple[str, str]]] = {
    "observation": ("indicator", "region"),
    "progress_report": ("measure", "milestone"),
}
_SAID: Final[Mapping[Kind, tuple[str, ...]]] = {
    "observation": ("value", "numerator", "denominator", "status"),
    "progress_report": ("state", "zero_report"),
}


Codes = tuple[str | None, ...]


@dataclass(frozen=True, slots=True)
class Line:
    """One figure or report that is owed.

    `prepared` are the cells that say which, `last` the period and the texts of the newest that the
    unit has sent.
    """

    key: str
    choices: Sequence[Choice]
    prepared: Mapping[str, str]
    fields: Sequence[Field]
    last: tuple[str | None, Sequence[str | None]] | None

    def name(self, field: Field) -> str:
        """Return the name of a field on the page."""
        return f"{self.key}.{field.name}"


def lines_of(
    form: Form, period: str, register: Register, records: Iterable[bytes]
) -> Sequence[Line]:
    """Return what a form asks of one period; `records`, the newest first, tell `last`."""
    kind, last = form.kind, dict[Codes, tuple[str | None, Sequence[str | None]]]()
    read = (*TYPED[kind], "period", *_SAID[kind])
    for first, second, when, *said in (row for one in records for row in rows_of(one, kind, read)):
        last.setdefault((first, second), (when, said))
    named = {one.text: one for choices in form.choices.values() for one in choices}
    lines = []
    for row in form.rows:
        if row["period"] == period:
            texts = [row.get(name, "") for name in TYPED[kind]]
            codes = tuple(text.partition(BAR)[0] or None for text in texts)
            names = [name for name in ("indicator", "measure", "milestone") if name in row]
            choices, fields = [named[row[name]] for name in names], _fields(form, row, register)
            lines.append(Line("-".join(filter(None, codes)), choices, row, fields, last.get(codes)))
    return lines


def table_of(lines: Sequence[Line], typed: Mapping[str, str]) -> bytes:
    """Return what was typed as CSV; nothing where that is nothing."""
    rows = [
        {**line.prepared, **{one.name: typed[line.name(one)] for one in line.fields}}
        for line in lines
        if any(typed[line.name(one)] for one in line.fields)
    ]
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, list(dict.fromkeys(chain.from_iterable(rows))))
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode() if rows else b""


def _fields(form: Form, row: Mapping[str, str], register: Register) -> Sequence[Field]:
    asked: Iterable[str] = (one.name for one in form.columns)
    if form.kind == "observation":
        indicator = register.indicators[row["indicator"].partition(BAR)[0]]
        asked = (*ALLOWED[indicator.statistic], "status", "comment")
    return [ROWS[form.kind].columns[name] for name in asked if name not in {*row, "milestone"}]
