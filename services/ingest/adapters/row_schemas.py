"""JSON schemas of rows, made from their declaration, for the API reference."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from services.ingest.domain.declaration import ROWS
from services.ingest.domain.field_types import Field, FieldType
from services.ingest.domain.terms import Kind

Schema = dict[str, Any]

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
    return _object(kind.title().replace("_", ""), ROWS[kind].fields)


def _object(title: str, fields: Sequence[Field]) -> Schema:
    return {
        "title": title,
        "type": "object",
        "required": [field.name for field in fields if field.required],
        "properties": {field.name: _field(field) for field in fields},
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
