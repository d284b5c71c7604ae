"""JSON schemas and examples of rows, for the API reference.

The examples name the register's own indicators, regions and measures.
"""

from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any, Final

from duibiao.register import Indicator, Register, Statistic, containing
from duibiao.web.numbers import to_number
from services.ingest.domain.context import Kind
from services.ingest.domain.rows import ROWS, Field, FieldType

Schema = dict[str, Any]
Row = dict[str, Any]

_STRING: Final[Schema] = {"type": "string"}
_TYPES: Final[Mapping[FieldType, Schema]] = {
    "flag": {"type": "boolean"},
    "figure": {"type": "number", "minimum": 0},
    "count": {"type": "integer"},
    "objects": {"type": "array"},
    "object": {"type": "object"},
    "labels": {"type": "object", "additionalProperties": _STRING},
}
_TIME: Final = " (RFC 3339; without an offset Asia/Shanghai; a date alone is its 00:00)"
_FORMS: Final[Mapping[FieldType, str]] = {"time": _TIME, "past": _TIME, "day": " (YYYY-MM-DD)"}
_MOST: Final[Mapping[FieldType, str]] = {
    "objects": "maxItems",
    "labels": "maxProperties",
    "count": "maximum",
}


def row_schema(kind: Kind) -> Schema:
    """Return the schema of one row."""
    return _object(kind.title().replace("_", ""), ROWS[kind].fields.values())


def _object(title: str, fields: Iterable[Field]) -> Schema:
    properties = {field.name: field for field in fields}
    return {
        "title": title,
        "type": "object",
        "required": [name for name, field in properties.items() if field.required],
        "properties": {name: _field(field) for name, field in properties.items()},
        "additionalProperties": False,
    }


def _field(field: Field) -> Schema:
    """Return the schema of a field; one that is not required may be null, too."""
    schema: Schema = {**_TYPES.get(field.type, _STRING)}
    if field.options:
        schema["enum"] = list(field.options)
    if field.least is not None:
        schema["minimum"] = field.least
    if field.most is not None:
        schema[_MOST[field.type]] = field.most
    if field.parts:
        part = _object(field.name.removesuffix("s").title(), field.parts)
        schema = part if field.type == "object" else {**schema, "items": part}
    about = f"{field.note} {field.about}{_FORMS.get(field.type, '')}"
    if field.required:
        return {**schema, "description": about}
    if field.options or field.type == "object":
        # Apart from null, so that generated clients have one type of the words, and of the object.
        return {"anyOf": [schema, {"type": "null"}], "description": about}
    return {**schema, "type": [schema["type"], "null"], "description": about}


def examples_of(register: Register) -> Mapping[Kind, Row]:
    """Return a row of each kind that the register takes, once its watch window has begun."""
    first = register.window.first
    figure, each = _first(register, "mean"), _first(register, "each").code
    thresholds = [target.threshold for target in register.targets_of(figure.code)]
    value = next((one for one in thresholds if one is not None), figure.minimum)
    period = containing(first, figure.period_type).code
    observation: Row = {"indicator": figure.code, "period": period, "value": to_number(value) or 0}
    if figure.statistic != "latest":
        observation["sample_size"] = 120
    case = {
        "case_no": f"DJ-{first.year}-000123",
        "indicator": each,
        "region": next((code for code in register.regions if code != register.city), register.city),
        "accepted_at": f"{first}T09:30:00",
        "completed_at": f"{first + timedelta(days=4)}T16:00:00",
        "outcome": "completed",
    }
    owed = [(duty.measure, duty.period) for duty in register.duties]
    measure, due = owed[0] if owed else (register.measures[0].no, containing(first, "quarter").code)
    report = {"measure": measure, "period": due, "state": "in_progress", "summary": "按计划推进"}
    decision = {"document": "延〔1〕号", "days": 5, "reason": "情况属实，同意"}
    approval = {"indicator": each, "case_no": case["case_no"], **decision}
    return {
        "observation": observation,
        "case": case,
        "progress_report": report,
        "approval": approval,
    }


def _first(register: Register, statistic: Statistic) -> Indicator:
    """Return the first indicator of a statistic, else the first that takes cases, else any."""
    known = register.indicators.values()
    return min(known, key=lambda one: (one.statistic != statistic, not one.takes_cases))
