"""Faults of tables as a clerk finds them: the line of the sheet, the heading of the column."""

from collections.abc import Sequence
from dataclasses import replace

from services.ingest.domain.flaws import Flaw
from services.ingest.domain.posting import TABLES, IncomingRequest
from services.ingest.domain.rows import ROWS, WORDS
from services.ingest.domain.terms import Kind


def placed(flaws: Sequence[Flaw], request: IncomingRequest, lines: Sequence[int]) -> Sequence[Flaw]:
    """Return the flaws of a table by lines and headings, those of other bodies as they are.

    `lines` of the rows, where the body is a workbook.
    """
    if request.media.format not in TABLES:
        return flaws
    return tuple(
        flaw if flaw.index is None else _placed(flaw, request.kind, lines) for flaw in flaws
    )


def _placed(flaw: Flaw, kind: Kind, lines: Sequence[int]) -> Flaw:
    names: dict[str, object] = {**flaw.names}
    column = ROWS[kind].column_at(flaw.pointer or "")
    if column is not None and "field" in names:
        names["field"] = column.name, column.heading
        allowed = names.get("allowed")
        if column.type == "choice" and isinstance(allowed, list):
            names["allowed"] = [(code, f"“{WORDS[code][0]}”") for code in allowed]
    if not lines or flaw.index is None:
        return replace(flaw, names=names)
    other = names.get("duplicate_of")
    if isinstance(other, int):
        line = lines[other]
        names["other"] = f"Row {line} of the sheet", f"工作表第{line}行"
    return replace(flaw, line=lines[flaw.index], names=names)
