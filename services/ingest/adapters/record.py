"""The record of a submission: rows as columns, in the form that travels on.

The columns are those of the declaration, of the same names in `submission.proto`; ingest only
writes records. In the form of the record a value is text or None, a time whole microseconds.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from itertools import chain
from operator import sub
from typing import Any, Final

from duibiao.contracts.v1 import submission_pb2 as pb
from services.ingest.domain.columns import Columns
from services.ingest.domain.context import Kind
from services.ingest.domain.rows import ROWS, Field
from services.ingest.domain.times import microseconds

TABLES: Final[Mapping[Kind, tuple[str, pb.RowKind.ValueType]]] = {
    "observation": ("observations", pb.ROW_KIND_OBSERVATION),
    "case": ("cases", pb.ROW_KIND_CASE),
    "progress_report": ("reports", pb.ROW_KIND_PROGRESS_REPORT),
    "approval": ("approvals", pb.ROW_KIND_APPROVAL),
}
_TIMES: Final = frozenset({"time", "past"})


def record(
    submission_id: str,
    kind: Kind,
    *,
    org: str,
    key_id: str,
    received_at: datetime,
    received: int,
    columns: Columns,
    index: Sequence[int] | None = None,
) -> bytes:
    """Return the record of rows; `index` are their places in the request where some were refused.

    Columns are in the form of the record, see `columns.in_record_form`.
    """
    name, number = TABLES[kind]
    received_us = microseconds(received_at)
    message = pb.Submission(
        id=submission_id, org=org, key_id=key_id, kind=number, received_us=received_us,
        received=received,
    )  # fmt: skip
    if index is not None:
        message.rejected = received - len(index)
        if message.rejected:
            message.index.extend(index)
    table = getattr(message, name)
    table.SetInParent()
    _put(table, ROWS[kind].fields, columns, received_us)
    return message.SerializeToString()


def _put(table: Any, fields: Mapping[str, Field], columns: Columns, before: int) -> None:  # noqa: ANN401
    for name, values in columns.items():
        if name == "org":
            continue
        field = fields[name]
        if field.type in _TIMES:
            _put_times(getattr(table, name), values, before)
        elif field.type == "labels":
            _put_labels(table.labels, values)
        elif field.parts:
            _put_parts(getattr(table, name), field, values, before)
        else:
            _put_texts(getattr(table, name), values)


def _put_texts(into: pb.Texts, texts: Sequence[str | None]) -> None:
    if len(texts) == 1:
        if texts[0] is not None:
            into.distinct.append(texts[0])
        return
    known = dict.fromkeys(texts)
    distinct = [text for text in known if text is not None]
    into.distinct.extend(distinct)
    if distinct and (len(distinct) < len(known) or 1 < len(distinct) < len(texts)):
        places: dict[str | None, int] = {text: place for place, text in enumerate(distinct, 1)}
        places[None] = 0
        into.place.extend(map(places.__getitem__, texts))


def _put_times(into: pb.Times, times: Sequence[int | None], before: int) -> None:
    if None in times:
        absent = [row for row, time in enumerate(times) if time is None]
        if len(absent) == len(times):
            return
        into.absent.extend(absent)
        times = list(_filled(times, before))
    into.delta_us.extend(map(sub, times, chain((before,), times)))


def _filled(times: Iterable[int | None], before: int) -> Iterable[int]:
    for time in times:
        before = before if time is None else time
        yield before


def _put_parts(into: Any, field: Field, values: Sequence[Any], before: int) -> None:  # noqa: ANN401
    many = field.type == "objects"
    rows: list[int] = []
    entries: list[Mapping[str, Any]] = []
    for row, value in enumerate(values):
        some = (value or ()) if many else (value,) if value else ()
        rows.extend([row] * len(some))
        entries.extend(some)
    if entries:
        into.row.extend(rows)
        columns: Columns = {
            part.name: [entry[part.name] for entry in entries] for part in field.parts
        }
        _put(into, {part.name: part for part in field.parts}, columns, before)


def _put_labels(into: pb.Labels, values: Sequence[Mapping[str, str] | None]) -> None:
    labels = [
        (row, name, text)
        for row, labels in enumerate(values)
        if labels
        for name, text in sorted(labels.items())
    ]
    if labels:
        rows, names, texts = zip(*labels, strict=True)
        into.row.extend(rows)
        _put_texts(into.name, names)
        _put_texts(into.text, texts)


def rows_of(payload: bytes, kind: Kind, names: Sequence[str]) -> Iterable[tuple[str | None, ...]]:
    """Return some fields of the rows of a record, those that are texts there."""
    message = pb.Submission.FromString(payload)
    count = message.received - message.rejected
    table = getattr(message, TABLES[kind][0])
    return zip(*(_texts(getattr(table, name), count) for name in names), strict=True)


def _texts(column: pb.Texts, count: int) -> Sequence[str | None]:
    distinct: list[str | None] = list(column.distinct)
    if column.place:
        return [[None, *distinct][place] for place in column.place]
    return distinct if len(distinct) == count else (distinct or [None]) * count
