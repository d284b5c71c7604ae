"""Errors of tables as a clerk finds them: the line of the sheet, the heading of the column."""

from collections.abc import Sequence
from dataclasses import replace

from services.ingest.domain.context import Kind
from services.ingest.domain.errors import RowError
from services.ingest.domain.rows import OPTIONS, ROWS
from services.ingest.domain.submission import TABLES, IncomingRequest


def in_sheet_terms(
    errors: Sequence[RowError], request: IncomingRequest, lines: Sequence[int]
) -> Sequence[RowError]:
    """Return the errors of a table by lines and headings, those of other bodies as they are.

    `lines` of the rows, where the body is a workbook.
    """
    if request.media.format not in TABLES:
        return errors
    return tuple(_as_shown(error, request.kind, lines) for error in errors)


def _as_shown(error: RowError, kind: Kind, lines: Sequence[int]) -> RowError:
    if error.index is None:
        return error
    names: dict[str, object] = {**error.names}
    column = ROWS[kind].column_at(error.pointer or "")
    if column is not None and "field" in names:
        names["field"] = column.name, column.heading
        allowed = names.get("allowed")
        if column.type == "choice" and isinstance(allowed, list):
            names["allowed"] = [(code, f"“{OPTIONS[code][0]}”") for code in allowed]
    if not lines:
        return replace(error, names=names)
    other = names.get("duplicate_of")
    if isinstance(other, int):
        line = lines[other]
        names["other"] = f"Row {line} of the sheet", f"工作表第{line}行"
    return replace(error, line=lines[error.index], names=names)
