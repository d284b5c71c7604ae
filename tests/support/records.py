"""Records of the submissions topic as rows: read by the description of the messages alone."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

from duibiao.contracts.v1 import submission_pb2 as pb

TABLES = ("observations", "cases", "reports", "approvals")
FLAGS = {"true": True, "false": False, None: None}
READ: dict[str, Callable[[Any], Any]] = {
    "resolved": FLAGS.__getitem__,
    "zero_report": FLAGS.__getitem__,
    "days": int,
}


class Row(SimpleNamespace):
    """One row; a time is in microseconds under its name with _us, a text that is not given ""."""

    given: set[str]

    def HasField(self, name: str) -> bool:  # noqa: N802 - as a message has it
        return name in self.given


def read_record(data: bytes) -> Any:  # noqa: ANN401 - a record with rows
    """Return a record with its rows in `observations`, `cases`, `reports` or `approvals`."""
    message = pb.Submission.FromString(data)
    record = SimpleNamespace(
        id=message.id,
        org=message.org,
        key_id=message.key_id,
        kind=message.kind,
        received_us=message.received_us,
        received=message.received,
        rejected=message.rejected,
    )
    count = message.received - message.rejected
    index = list(message.index) or list(range(count))
    assert len(index) == count
    for name in TABLES:
        present = message.WhichOneof("rows") == name
        rows = _rows(getattr(message, name), count, message.received_us) if present else []
        for place, row in zip(index, rows, strict=False):
            row.index = place
            row.stated_us = message.received_us if row.stated_us is None else row.stated_us
        setattr(record, name, rows)
    return record


def _rows(table: Any, count: int, received_us: int) -> list[Any]:  # noqa: ANN401 - a message
    rows = [Row(given=set()) for _ in range(count)]
    for field in table.DESCRIPTOR.fields:
        if field.message_type is None:
            continue
        column = getattr(table, field.name)
        name, values = field.name, _values(field.message_type.name, column, count, received_us)
        for row, value in zip(rows, values, strict=True):
            row.given |= set() if value is None else {name}
        if name == "status":
            name, values = "not_applicable", [one == "not_applicable" for one in values]
        elif field.message_type.name == "Times":
            name = f"{name.removesuffix('_at')}_us"
        elif name in READ:
            values = [READ[name](value) for value in values]
        elif field.message_type.name == "Texts":
            values = ["" if value is None else value for value in values]
        for row, value in zip(rows, values, strict=True):
            setattr(row, name, value)
    return rows


def _values(type_: str, column: Any, count: int, received_us: int) -> list[Any]:  # noqa: ANN401
    if type_ == "Texts":
        return _texts(column, count)
    if type_ == "Times":
        return _times(column, count, received_us)
    of_row: list[list[Any]] = [[] for _ in range(count)]
    for entry, row in zip(_rows(column, len(column.row), received_us), column.row, strict=True):
        of_row[row].append(entry)
    if type_ == "Labels":
        return [{entry.name: entry.text for entry in entries} for entries in of_row]
    if type_ == "Extensions":
        return [entries[0] if entries else None for entries in of_row]
    return of_row


def _texts(column: pb.Texts, count: int) -> list[Any]:
    if column.place:
        return [column.distinct[place - 1] if place else None for place in column.place]
    if not column.distinct:
        return [None] * count
    return list(column.distinct) * (count if len(column.distinct) == 1 else 1)


def _times(column: pb.Times, count: int, before: int) -> list[Any]:
    values: list[Any] = []
    for row in range(count):
        before += column.delta_us[row] if column.delta_us else 0
        values.append(None if row in column.absent or not column.delta_us else before)
    return values
