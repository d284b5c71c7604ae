"""Schemas with a name of their own move to one place."""

import pytest

from duibiao.web.openapi import Schema, named


def row(name: str, **properties: Schema) -> Schema:
    return {"title": name, "type": "object", "properties": properties}


TEXT: Schema = {"type": "string"}


def test_a_named_object_becomes_a_reference_wherever_it_stands() -> None:
    schemas: dict[str, Schema] = {}
    case = row("Case", no=TEXT)
    paths = {"a": [{"schema": case}], "b": {"oneOf": [case, {"type": "array", "items": case}]}}
    reference = {"$ref": "#/components/schemas/Case"}
    assert named(paths, schemas) == {
        "a": [{"schema": reference}],
        "b": {"oneOf": [reference, {"type": "array", "items": reference}]},
    }
    assert schemas == {"Case": case}


def test_what_is_named_inside_is_moved_too() -> None:
    schemas: dict[str, Schema] = {}
    named({"a": row("Case", pause=row("Pause", to=TEXT))}, schemas)
    assert schemas["Case"]["properties"] == {"pause": {"$ref": "#/components/schemas/Pause"}}
    assert schemas["Pause"] == row("Pause", to=TEXT)


@pytest.mark.parametrize(
    "kept",
    [
        {"title": "Response Get Workdays", "type": "object", "properties": {}},
        {"title": "Limit", "type": "integer"},
        {"type": "object", "properties": {"a": TEXT}},
        {"title": "Labels", "type": "object", "additionalProperties": TEXT},
        {"title": {"type": "object"}, "properties": {"type": TEXT}},
    ],
)
def test_what_has_no_name_stays(kept: Schema) -> None:
    schemas: dict[str, Schema] = {}
    assert named({"a": kept}, schemas) == {"a": kept}
    assert schemas == {}


def test_one_name_for_two_schemas_is_an_error() -> None:
    with pytest.raises(ValueError, match="called Case"):
        named({"a": row("Case", no=TEXT), "b": row("Case", number=TEXT)}, {})
